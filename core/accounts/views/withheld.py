"""What a person reads who may not do something now."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views import defaults
from django_htmx.http import HttpResponseClientRefresh

from core.accounts.access import Right, Withheld


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer 403. For what is withheld for now it is a page that says why; a fragment has the whole page say it."""
    if not isinstance(exception, Withheld):
        return defaults.permission_denied(request, exception)
    if request.headers.get("HX-Request") == "true":
        response: HttpResponse = HttpResponseClientRefresh()
        response.status_code = 403
    else:
        member = exception.member
        context = {"slug": member.project.slug, "may_check": member.may(Right.SPOT_CHECK)}
        response = render(request, exception.template, context, status=403)
    add_never_cache_headers(response)
    return response
