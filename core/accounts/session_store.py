"""Sessions in the database, as Django keeps them, read by a statement that is planned once: every request asks it.

The cookie holds the key and the table only its digest, so that who reads a dump of the database is signed in nowhere.
"""

import hashlib

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session

from core.tables.prepared import Columns, rows

_SESSION = Columns(Session, "s")
_FIND = f"""
SELECT {_SESSION.sql} FROM django_session s WHERE s.session_key = %(key)s AND s.expire_date > statement_timestamp()
"""  # noqa: S608  (columns only)
# As many characters as the column has: 160 bits of a key that is random, so no salt is needed.
_LENGTH = 40


def stored(key: str) -> str:
    """What the table holds of a session's key."""
    return hashlib.sha256(key.encode()).hexdigest()[:_LENGTH]


class SessionStore(db.SessionStore):
    """The store that SESSION_ENGINE names. Its asynchronous twins, which nothing here calls, find no session."""

    def _get_session_from_db(self) -> Session | None:
        found = rows(_FIND, {"key": stored(self.session_key or "")})
        if not found:
            # As Django does: an unknown key is not taken over, so that nobody can plant one.
            self._session_key = None
            return None
        return _SESSION.build(found[0])

    def create_model_instance(self, data: dict[str, object]) -> AbstractBaseSession:
        made = super().create_model_instance(data)
        made.session_key = stored(made.session_key)
        return made

    def exists(self, session_key: str) -> bool:
        return super().exists(stored(session_key))

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(stored(key))
