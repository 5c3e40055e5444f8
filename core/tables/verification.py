"""The register of checks that `verify` runs on the live database.

Each app declares its own in a module called `verification.py`:

    @check("signals are of their rubric")
    def signals_of_their_rubric() -> Iterator[Finding]: ...

A check reads and yields; it changes nothing. What it yields names the broken row, so that a person can go and look.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken row: the check that found it, its table, its key, and what is wrong with it."""

    check: str
    table: str
    row: str
    message: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


Check = Callable[[], Iterable[Finding]]
_checks: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under a name that reads as a sentence. Raises ValueError if another one has that name."""

    def register(function: Check) -> Check:
        known = _checks.get(name)
        if known is not None and (known.__module__, known.__qualname__) != (function.__module__, function.__qualname__):
            raise ValueError(f"Two checks are called {name!r}: in {known.__module__} and in {function.__module__}.")
        _checks[name] = function
        return function

    return register


def checks() -> dict[str, Check]:
    """Every check of every installed app, by name, in the order of the apps."""
    autodiscover_modules("verification")
    return dict(_checks)


def found(name: str, table: str, sql: str, message: str, parameters: Iterable[Any] = ()) -> Iterator[Finding]:
    """A finding per row of `sql`: its first column is the row's key; `message` is formatted with all columns.

    For checks that one query can make: `found("…", "ledger_signal", "SELECT …", "question {1} is unknown")`.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        rows = cursor.fetchall()
    for row in rows:
        yield Finding(check=name, table=table, row=str(row[0]), message=message.format(*row))
