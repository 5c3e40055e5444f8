"""Who a session belongs to, read by a statement that is planned once: every request asks it."""

from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend

from core.accounts.models import User
from core.tables.prepared import Columns, rows

_USER = Columns(User, "u")
_FIND = f"SELECT {_USER.sql} FROM accounts_user u WHERE u.id = %(id)s"  # noqa: S608  (columns only)


class AuthenticationBackend(AllauthBackend):  # type: ignore[misc]  # allauth has no types
    """allauth's backend with a quicker look at the person."""

    def get_user(self, user_id: UUID) -> User | None:
        """The person with this id, if they may sign in."""
        found = rows(_FIND, {"id": user_id})
        user = _USER.build(found[0]) if found else None
        return user if user is not None and self.user_can_authenticate(user) else None
