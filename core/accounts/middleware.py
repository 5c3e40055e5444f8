"""Each request in the time zone of the person who asks."""

import zoneinfo
from collections.abc import Callable
from datetime import tzinfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone


def person_time_zone(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: times in templates are shown in the signed-in person's own zone.

    Who brings no session is nobody, and is not looked up: probes and first visits cost no query.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return get_response(request)
        with timezone.override(zone_of(getattr(request.user, "time_zone", ""))):
            return get_response(request)

    return respond


def zone_of(name: str) -> tzinfo:
    """The zone of this name, or UTC where the name says nothing to this machine's time zone data."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return zoneinfo.ZoneInfo("UTC")
