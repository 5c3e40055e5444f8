"""Sessions in the database, as Django keeps them, read by a statement that is planned once: every request asks it."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session

from core.tables.prepared import Columns, rows

_SESSION = Columns(Session, "s")
_FIND = f"""
SELECT {_SESSION.sql} FROM django_session s WHERE s.session_key = %(key)s AND s.expire_date > statement_timestamp()
"""  # noqa: S608  (columns only)


class SessionStore(db.SessionStore):
    """The store that SESSION_ENGINE names."""

    def _get_session_from_db(self) -> Session | None:
        found = rows(_FIND, {"key": self.session_key})
        if not found:
            # As Django does: an unknown key is not taken over, so that nobody can plant one.
            self._session_key = None
            return None
        return _SESSION.build(found[0])
