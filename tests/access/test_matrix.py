"""Every address of the site, for everybody, by every method: who gets what stands in `expected.py`.

An address that is not written down there fails.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from abtest.routing import websocket_urlpatterns as abtest
from alpha.routing import websocket_urlpatterns as alpha
from annotate.routing import websocket_urlpatterns as annotate
from tests.access import rows
from tests.access.conftest import ACTORS, World
from tests.access.expected import GETS_THAT_WRITE, OTHER_METHODS, ROUTES, SOCKETS
from tests.security.headers import faults_of

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def routes(patterns: Any = None) -> Iterator[URLPattern]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns)
        else:
            yield pattern


def address(world: World, name: str) -> str:
    [pattern] = [one for one in routes() if one.name == name]
    variables = pattern.pattern.regex.groupindex
    given = {**world.arguments, **world.special.get(name, {})}
    return reverse(name, kwargs={variable: given[variable] for variable in variables})


@contextmanager
def forgotten() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def written() -> dict[str, int]:
    """How many rows of each table this transaction has written so far, rolled back or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return {str(table): int(rows) for table, rows in cursor.fetchall()}


def codes(name: str, method: str) -> dict[str, int]:
    """What each actor should get, from the table."""
    gets, posts = ROUTES[name]
    row = {"GET": gets, "POST": posts, "HEAD": gets}.get(method, "405")
    listed = [int(code) for code in OTHER_METHODS.get((name, method), row).split()]
    return dict(zip(ACTORS, listed if len(listed) > 1 else listed * len(ACTORS), strict=True))


def test_every_address_is_in_the_table() -> None:
    found = [pattern.name for pattern in routes() if not str(pattern.name).startswith("api_")]
    assert None not in found
    assert len(found) == len(set(found))
    assert set(found) == set(ROUTES)
    assert [str(pattern.pattern) for pattern in (*annotate, *abtest, *alpha)] == list(SOCKETS)


@pytest.mark.parametrize("method", UNSAFE)
def test_everybody_gets_what_the_table_says(world: World, method: str) -> None:
    wrong = []
    # What no page takes is refused before anybody asks who it is: of whom it is asked matters little.
    for actor in ACTORS if method == "POST" else ("anonymous", "stranger", "owner"):
        for name in ROUTES:
            client, url = world.client(actor), address(world, name)
            with forgotten():
                answer = client.generic(method, url) if method != "POST" else client.post(url, world.posted.get(name))
                if answer.status_code != codes(name, method)[actor]:
                    wrong.append(f"{method} {name} by {actor}: {answer.status_code}, not {codes(name, method)[actor]}")
    assert wrong == []


def test_everybody_reads_what_the_table_says_and_writes_nothing_by_it(world: World) -> None:
    """The counters see a row that was written and taken back; the hashes see what another transaction left behind."""
    clients = {actor: world.client(actor) for actor in ACTORS}
    statement = rows.hashing(rows.tables())
    kept, wrong = rows.hashes(statement), []
    for name in ROUTES:
        for method in SAFE:
            expected = codes(name, method)
            for actor, client in clients.items():
                counted = written()
                with forgotten():
                    answer = client.generic(method, address(world, name))
                changed = {table for table, count in written().items() if count != counted.get(table, 0)}
                forbidden = changed - set(GETS_THAT_WRITE.get((name, actor), {}))
                wrong += [f"{method} {name} by {actor} wrote {table}" for table in forbidden]
                if answer.status_code != expected[actor]:
                    wrong.append(f"{method} {name} by {actor}: {answer.status_code}, not {expected[actor]}")
        before, kept = kept, rows.hashes(statement)
        wrong += [f"{name} left another {table}" for table, digest in kept.items() if digest != before[table]]
    assert wrong == []


def test_every_exception_to_that_is_needed_and_has_its_reason(world: World) -> None:
    unneeded = []
    statement = rows.hashing(rows.tables())
    for (name, actor), reasons in GETS_THAT_WRITE.items():
        # Whoever comes first renders, so each is looked at as if nobody had been there.
        with forgotten():
            before = rows.hashes(statement)
            world.client(actor).get(address(world, name))
            changed = {table for table, digest in rows.hashes(statement).items() if digest != before[table]}
            unneeded += [f"{name} by {actor}: {table}" for table in set(reasons) - changed]
        assert all(len(reason) > 20 for reason in reasons.values())
    assert unneeded == []


def test_a_row_that_changes_changes_its_hash(world: World, project: Any) -> None:
    statement = rows.hashing(rows.tables())
    before = rows.hashes(statement)
    assert {"accounts_project", "annotate_slot", "ledger_judgment", "django_session"} <= set(before)
    project.name = "Another name"
    project.save()
    after = rows.hashes(statement)
    assert [table for table in after if after[table] != before[table]] == ["accounts_project"]


def test_every_unsafe_request_needs_the_token_of_a_form(world: World) -> None:
    """The refusal comes before anybody asks who it is, so it is the same for all."""
    passed = []
    for actor in ("anonymous", "rater", "owner"):
        client = world.client(actor, enforce_csrf_checks=True)
        for name in ROUTES:
            for method in UNSAFE:
                answer = client.generic(method, address(world, name))
                if answer.status_code != 403:
                    passed.append(f"{method} {name} by {actor}: {answer.status_code}")
    assert passed == []


def test_every_answer_carries_the_headers_that_protect_it(world: World) -> None:
    bare = []
    for actor in ("anonymous", "owner"):
        client = world.client(actor)
        for name in ROUTES:
            for method in ("GET", "POST", "DELETE", "OPTIONS"):
                with forgotten():
                    answer = client.generic(method, address(world, name))
                bare += [f"{method} {name} to {actor}: {fault}" for fault in faults_of(answer)]
    assert bare == []


def test_what_is_not_yours_looks_like_what_is_not_there(world: World) -> None:
    """A page that is kept from somebody is, but for the form's token, the page of an address that does not exist."""
    told = []
    for actor in ACTORS[1:]:
        client = world.client(actor)
        nowhere = plain(client.get("/p/no-such-project/nowhere/"))
        for name in ROUTES:
            if codes(name, "GET")[actor] == 404 and plain(client.get(address(world, name))) != nowhere:
                told.append(f"{name} to {actor}")
    assert told == []


def plain(answer: Any) -> str:
    return re.sub(r"[A-Za-z0-9]{64}", "", answer.content.decode())
