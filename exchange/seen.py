"""Which ids a file has named so far."""

import sqlite3


class SeenIds:
    """Remembers the line of each id, on disk: the memory an import takes must not grow with its file."""

    def __init__(self) -> None:
        # The empty name is a private database in a temporary file, gone when it is closed.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("BEGIN")
        self._database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")

    def earlier(self, external_id: str, line: int) -> int | None:
        """The line on which this id was before; None, and it is noted, if it is new."""
        done = self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (external_id, line))
        if done.rowcount:
            return None
        found: int = self._database.execute("SELECT line FROM seen WHERE id = ?", (external_id,)).fetchone()[0]
        return found

    def close(self) -> None:
        self._database.close()
