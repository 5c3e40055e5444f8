"""What people change about themselves."""

from collections.abc import Mapping

from core.accounts.models import User


def change_profile(*, user: User, name: str, time_zone: str, language: str = "") -> User:
    """Set the person's name, time zone and language; an empty language is the one that their browser asks for."""
    user.name = name.strip()
    user.time_zone = time_zone
    user.language = language
    user.save(update_fields=["name", "time_zone", "language"])
    return user


def keep_keys(*, user: User, keys: Mapping[str, str], single_keys: bool) -> None:
    """Keep the person's own keys, by what they do, and whether single keys act at all."""
    user.keys, user.single_keys = dict(keys), single_keys
    user.save(update_fields=["keys", "single_keys"])


def switch_single_keys(*, user: User, on: bool) -> None:
    """Let single keys act for this person, or not."""
    user.single_keys = on
    user.save(update_fields=["single_keys"])
