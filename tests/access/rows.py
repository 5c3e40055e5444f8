"""What is kept, as hashes: of every row of every table, and of every file of the folders that people's work lies in."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.db import connection

_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') ORDER BY 1
"""


def tables() -> list[str]:
    """The names of all tables, ours and the libraries'."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return [str(name) for (name,) in cursor.fetchall()]


def hashing(names: list[str]) -> str:
    """One statement that gives a hash for each of these tables, whatever the order of their rows."""
    one = (
        "SELECT '{0}', count(*), md5(coalesce(string_agg(h, '' ORDER BY h), '')) "
        'FROM (SELECT md5(t::text) h FROM "{0}" t) r'
    )
    return " UNION ALL ".join(one.format(name) for name in names)


def hashes(statement: str) -> dict[str, str]:
    """The hash of each table, by its name, and of the folders of files, by theirs."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found = {str(name): f"{rows} rows, {digest}" for name, rows, digest in cursor.fetchall()}
    return found | {name: _folder(Path(getattr(settings, name))) for name in ("UPLOAD_DIR", "EXPORT_DIR")}


def _folder(path: Path) -> str:
    files = sorted(one for one in path.rglob("*") if one.is_file())
    return hashlib.md5(
        b"".join(str(one).encode() + one.read_bytes() for one in files), usedforsecurity=False
    ).hexdigest()
