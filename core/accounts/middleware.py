"""Each request in the time zone and the language of the person who asks."""

import zoneinfo
from collections.abc import Callable
from datetime import tzinfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import get_language, get_supported_language_variant


def as_the_person_prefers(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: times are shown in the signed-in person's own zone, words in the language that they have chosen.

    Who brings no session is nobody, and is not looked up: probes and first visits cost no query, and get the language
    that their browser asks for.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return get_response(request)
        language = language_of(getattr(request.user, "language", "")) or get_language()
        zone = zone_of(getattr(request.user, "time_zone", ""))
        with timezone.override(zone), translation.override(language):
            response = get_response(request)
            response.headers.setdefault("Content-Language", language or settings.LANGUAGE_CODE)
            return response

    return respond


def language_of(code: str) -> str | None:
    """The language of this code as it is offered here; None where the code says nothing."""
    if not code:
        return None
    try:
        return get_supported_language_variant(code)
    except LookupError:
        return None


def zone_of(name: str) -> tzinfo:
    """The zone of this name, or UTC where the name says nothing to this machine's time zone data."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return zoneinfo.ZoneInfo("UTC")
