"""System checks: what would make the promises of this app untrue in production."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from core.outbound.allowed import Allowed

_UNSHARED = ("locmem", "dummy")


@register(Tags.security, deploy=True)
def rate_limits_hold(**kwargs: Any) -> list[CheckMessage]:
    """Sign-in is slowed down, and all processes share the memory of who tried what."""
    messages: list[CheckMessage] = []
    if getattr(settings, "ACCOUNT_RATE_LIMITS", None) is False:
        messages.append(
            Error(
                "ACCOUNT_RATE_LIMITS is off: passwords and links can be guessed at full speed.",
                hint="Remove the setting, or name limits.",
                id="accounts.E001",
            )
        )
    backend = settings.CACHES["default"]["BACKEND"]
    if any(word in backend for word in _UNSHARED):
        messages.append(
            Error(
                f"The cache {backend} is not shared between processes: the rate limits of sign-in would be many.",
                hint="Use the database cache, or Redis.",
                id="accounts.E002",
            )
        )
    return messages


@register(Tags.security, deploy=True)
def mail_is_sent(**kwargs: Any) -> list[CheckMessage]:
    """Sign-in links and invitations travel by mail."""
    if settings.PRODUCTION and "filebased" in settings.EMAIL_BACKEND:
        return [
            Warning(
                "EMAIL_URL is not set: invitations and sign-in links are written to files and reach nobody.",
                hint="Set EMAIL_URL, for example smtp+tls://user:password@host:587.",
                id="accounts.W001",
            )
        ]
    return []


@register(Tags.security)
def outbound_allowance_is_read(**kwargs: Any) -> list[CheckMessage]:
    """What calls to other hosts may reach is known before the first of them."""
    try:
        Allowed.by_operator()
    except ValueError as error:
        return [Error(str(error), hint="Write hooks.inside:8443 or 10.2.0.0/16.", id="accounts.E004")]
    return []


@register(Tags.security, deploy=True)
def passwords_are_hashed_slowly(**kwargs: Any) -> list[CheckMessage]:
    """The first hasher is the one that new passwords get."""
    if "MD5" in settings.PASSWORD_HASHERS[0]:
        return [Error("PASSWORD_HASHERS begins with a fast hash.", hint="Use Argon2.", id="accounts.E003")]
    return []
