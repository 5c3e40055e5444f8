"""How often one may try. The limits stand in settings, under ACCOUNT_RATE_LIMITS; allauth counts."""

from typing import cast

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse


def refusal(
    request: HttpRequest, action: str, *, key: str | None = None, limit_get: bool = False
) -> HttpResponse | None:
    """The 429 answer if `action` was tried too often from this address or for this `key`; None if it may go on."""
    answer = ratelimit.consume_or_429(request, action=action, key=key, limit_get=limit_get)
    return cast("HttpResponse | None", answer)
