"""What people change about themselves."""

from core.accounts.models import User


def change_profile(*, user: User, name: str, time_zone: str) -> User:
    """Set the person's name and time zone."""
    user.name = name.strip()
    user.time_zone = time_zone
    user.save(update_fields=["name", "time_zone"])
    return user
