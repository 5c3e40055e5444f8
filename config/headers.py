"""The headers that protect every answer: also those that middleware further in never sees, such as probes.

The content security policy is made once: django-csp's own middleware would make it anew for each answer, so that a view
could loosen it. A view may only bring a policy of its own (files to download are sandboxed).
"""

import functools
from collections.abc import Callable
from typing import TypeVar

from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers

Answer = TypeVar("Answer", bound=HttpResponseBase)


def guard(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, the outermost: whatever answers, the answer goes out protected."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        return protected(get_response(request))

    return respond


def protected(response: Answer) -> Answer:
    """The answer with every header of protection that it does not carry already.

    Who says nothing about caching is not cached: a page about people must not be found by the next one at the machine,
    and the page that says "nothing here" may have something tomorrow.
    """
    response.headers.setdefault("Content-Security-Policy", policy())
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
    response.headers.setdefault("Referrer-Policy", settings.SECURE_REFERRER_POLICY)
    response.headers.setdefault("Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY)
    if "Cache-Control" not in response.headers:
        add_never_cache_headers(response)
    return response


@functools.cache
def policy() -> str:
    """The content security policy, as the settings have it."""
    return str(build_policy())
