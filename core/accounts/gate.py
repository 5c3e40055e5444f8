"""The first question of every page: is somebody signed in?"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from core.accounts.models import User

Params = ParamSpec("Params")


class SignedInRequest(HttpRequest):
    """A request behind `signed_in`: its user is a person."""

    user: User
    htmx: HtmxDetails


class VisitorRequest(HttpRequest):
    """A request of anybody, after the middleware."""

    user: User | AnonymousUser
    htmx: HtmxDetails


def signed_in(
    view: Callable[Concatenate[SignedInRequest, Params], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, Params], HttpResponseBase]:
    """Decorator: `view` runs for signed-in people; others are sent to sign in and come back to where they were.

    A fragment request is answered with `HX-Redirect`, so that the whole page goes and not a part of it. The answer
    is never cached: what one person may see must not be found by the next one at the same machine.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Params.args, **kwargs: Params.kwargs) -> HttpResponseBase:
        known = request.user.is_authenticated
        response: HttpResponseBase
        response = view(cast("SignedInRequest", request), *args, **kwargs) if known else _to_sign_in(request)
        add_never_cache_headers(response)
        return response

    return guarded


def safe_next(request: HttpRequest, wanted: str | None) -> str:
    """`wanted` if it is a path of this site, else the empty string."""
    if not wanted or not wanted.startswith("/"):
        return ""
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())
    return wanted if safe else ""


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    url = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': _where_they_were(request)}, safe='/')}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)


def _where_they_were(request: HttpRequest) -> str:
    """The page to come back to. What was posted to need not be a page, so there it is the page it came from."""
    if request.headers.get("HX-Request") == "true":
        came_from = request.headers.get("HX-Current-URL", "")
    elif request.method in ("GET", "HEAD"):
        return request.get_full_path()
    else:
        came_from = request.headers.get("Referer", "")
    try:
        parts = urlsplit(came_from)
    except ValueError:
        return "/"
    if parts.netloc != request.get_host():
        return "/"
    return safe_next(request, parts.path + (f"?{parts.query}" if parts.query else "")) or "/"
