from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from core.accounts.gate import signed_in


@signed_in
def empty(request: HttpRequest) -> HttpResponse:
    """What the same stack costs with nothing in it: middleware, session, the person, an answer without words."""
    return HttpResponse("")


urlpatterns = [path("empty/", empty), path("", include("config.urls"))]
