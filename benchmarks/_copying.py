"""The floor of whatever loads rows: the bare COPY of the same rows into the same empty tables of another database."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from benchmarks._server import seconds_of

BLOCK = 1 << 20


@contextmanager
def clone(base: str, name: str) -> Iterator[str]:
    """The address of a new database that is as `base` was when nothing had been imported."""
    url = os.environ["DATABASE_URL"]
    there = url.replace(urlsplit(url).path, "/postgres", 1)
    name = f"{base}_{name}"
    with psycopg.connect(there, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(base)))
        try:
            yield url.replace(urlsplit(url).path, f"/{name}", 1)
        finally:
            # Without FORCE, which a vacuum of the server's own would refuse; it ends by itself.
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def copied(
    source: str, target: str, folder: Path, *, tables: Sequence[str], given: Sequence[str] = ()
) -> dict[str, Any]:
    """Copy the rows of one database into another, table by table in one transaction: how long the writing took.

    What is in the tables `given` must be there before the first row, and is not charged.
    """
    spent: dict[str, float] = {}
    written, worked = 0, 0.0
    with psycopg.connect(source) as here, psycopg.connect(target) as there:
        for table in (*given, *tables):
            path = folder / "copied"
            # Texts are not rendered when an import is done; nothing else was made later either.
            with path.open("wb") as file, here.cursor().copy(f"COPY {table} TO STDOUT") as out:
                for block in out:
                    file.write(block)
            began, before = time.perf_counter(), _worked(there)
            with path.open("rb") as file, there.cursor() as cursor:
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    while block := file.read(BLOCK):
                        copy.write(block)
                if table in tables:
                    written += cursor.rowcount
            if table in tables:
                spent[table] = time.perf_counter() - began
                worked += _worked(there) - before
        began, before = time.perf_counter(), _worked(there)
        there.commit()
        spent["commit"] = time.perf_counter() - began
        worked += _worked(there) - before
    return {"floor": sum(spent.values()), "floor_processor": worked, "floor_steps": spent, "written": written}


def _worked(connection: psycopg.Connection[Any]) -> float:
    """The processor seconds of this process and of its database session so far."""
    return time.process_time() + seconds_of(connection.info.backend_pid)
