"""What a page costs the server: `python -m benchmarks.pages [--million] [--on DATABASE_URL]`.

The first page of every role on the demonstration project, then the pages of those who run a project of 10,000 (or a
million) comparisons: the browser with every filter, every pair of filters, from the newest and from far back. Over
real HTTP against a server as the demo has it, beside an empty page of the same stack. Each figure is the best round's.
"""

import argparse
import contextlib
import http.client
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit
from uuid import UUID

from benchmarks import _catalog, _ground
from benchmarks._server import server
from benchmarks._table import Row, report

FIRST_PAGE_MS, BROWSER_MS = 80.0, 120.0
REQUESTS, ROUNDS = 15, 3
ROLES = ("owner", "ml_lead", "reviewer", "expert", "rater", "volunteer")
FILTERS = {
    "family": ("giant-and-old", "family-1", "family-50", "one-of-a-kind", "nobody's"),
    "bundle": ("baseline", "bundle-49", "old", "once", "never"),
    "source": ("big.jsonl", "second.jsonl", "file-950.jsonl", "few.jsonl", "nothing.jsonl"),
    "campaign": ("every-even", "old", "hundredth", "few", "empty"),
    "label": ("correct:yes", "cold:somewhat", "correct:no", "sycophantic.fuels_anger:yes", "sycophantic.flattery:yes",
              "sycophantic.urges_impulse:yes"),
}  # fmt: skip


_RARE_FAMILY = """
SELECT min(family) FROM (
    SELECT family FROM catalog_comparison WHERE project_id = %s AND family IS NOT NULL
    GROUP BY family HAVING count(*) = 1
) f
"""
# A third of the way from the oldest.
_DEEP = """
SELECT id::text FROM catalog_comparison WHERE project_id = %s
ORDER BY id OFFSET (SELECT count(*) / 3 FROM catalog_comparison WHERE project_id = %s) LIMIT 1
"""


def main() -> None:
    arguments = _arguments()
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks._settings"
    first = _first_pages() if not arguments.on else 0.0
    worst = _large(arguments.on, 1_000_000 if arguments.million else 10_000)
    sys.exit(0 if first <= FIRST_PAGE_MS and worst <= BROWSER_MS else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--million", action="store_true", help="a million comparisons (a quarter of an hour)")
    parser.add_argument("--on", metavar="URL", help="measure on this database, which a bench has filled; nothing else")
    return parser.parse_known_args()[0]


class Visitor:
    """A signed-in person with one kept connection."""

    def __init__(self, port: int, cookie: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Cookie": cookie}

    def get(self, path: str) -> tuple[float, int, bytes, str]:
        """(milliseconds, status, body, where it sends to)."""
        began = time.perf_counter()
        self._line.request("GET", path, headers=self._headers)
        answer = self._line.getresponse()
        body = answer.read()
        return 1000 * (time.perf_counter() - began), answer.status, body, answer.headers.get("Location", "")

    def arrive(self, path: str) -> str:
        """Where this address leads in the end."""
        for _ in range(5):
            _, status, _, target = self.get(path)
            if status == 200:
                return path
            if status not in (301, 302):
                break
            path = urlsplit(urljoin(path, target))._replace(scheme="", netloc="").geturl()
        sys.exit(f"{path} answers {status}.")

    def cost(self, path: str, *, requests: int = REQUESTS, rounds: int = ROUNDS) -> tuple[float, float]:
        """(p50, p95) of the best of some rounds."""
        found = []
        for _ in range(rounds):
            times = []
            for _ in range(requests):
                milliseconds, status, body, _ = self.get(path)
                if status != 200:
                    sys.exit(f"{path} answers {status}: {body[:300]!r}")
                times.append(milliseconds)
            cuts = statistics.quantiles(times, n=20)
            found.append((statistics.median(times), cuts[18]))
        return min(p50 for p50, _ in found), min(p95 for _, p95 in found)


def _first_pages() -> float:
    """The first page of every role on the demonstration project; the slowest."""
    with tempfile.TemporaryDirectory() as folder, _ground.database():
        _ground.migrate()
        from scenarios import loading, people

        loading.load_demo()
        project = loading.Project.objects.get(slug=loading.SLUG)
        cookies = {role: _ground.session(people.member(project, role, f"bench-{role}", role)) for role in ROLES}
        _settle()
        with server(Path(folder) / "web.log") as (port, _):
            floor = Visitor(port, cookies["owner"]).cost("/empty/")
            rows, slowest = [], 0.0
            for role, cookie in cookies.items():
                visitor = Visitor(port, cookie)
                paths = [visitor.arrive("/")]
                if role == "rater":
                    paths.append(f"/p/{loading.SLUG}/rate/{loading.CAMPAIGN}/")
                for path in paths:
                    p50, p95 = visitor.cost(path)
                    slowest = max(slowest, p50)
                    _line(f"{role}: {path}", p50, p95, _queries(cookie, path))
                    rows.append(Row(f"first page, {role} ({path})", p50, floor[0], "ms", f"{FIRST_PAGE_MS:.0f} ms"))
        report(*rows)
    return slowest


def _large(on: str | None, size: int) -> float:
    """The pages of those who run a project of this size; the browser's slowest."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        _prepare(stack, on, size)
        from core.accounts.models import Project
        from scenarios import people

        project = Project.objects.get(slug="bench")
        cookie = _ground.session(people.member(project, "owner", "bench-lead", "Lead"))
        with server(Path(folder) / "web.log") as (port, _):
            visitor = Visitor(port, cookie)
            floor = visitor.cost("/empty/")
            rows = [
                Row(f"{name}, {size:,} comparisons", _measured(visitor, cookie, path), floor[0], "ms")
                for name, path in _paths(project.pk).items()
            ]
            worst, what = _browser(visitor, project.pk)
        rows.append(Row(f"browser, {size:,}, worst of all: {what}", worst, floor[0], "ms", f"{BROWSER_MS:.0f} ms"))
        report(*rows)
    return worst


def _prepare(stack: contextlib.ExitStack, on: str | None, size: int) -> None:
    if on:
        os.environ["DATABASE_URL"] = on
    else:
        stack.enter_context(_ground.database())
    _ground.migrate()
    if on is None:
        ground = _ground.Ground()
        texts = [text for text, _ in ground.texts]
        seconds = _catalog.fill(project=ground.project.pk, texts=texts, size=size, judgments=size // 2)
        print(f"{size:,} comparisons and {size // 2:,} judgments made in {seconds:.0f} s", flush=True)
    _settle()


def _settle() -> None:
    from core.ledger import buckets

    buckets.settle(seconds=3600)


def _measured(visitor: Visitor, cookie: str, path: str) -> float:
    p50, p95 = visitor.cost(path, requests=7)
    _line(path, p50, p95, _queries(cookie, path))
    return p50


def _paths(project: UUID) -> dict[str, str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT comparison_id FROM ledger_judgment WHERE project_id = %s AND comparison_id IS NOT NULL LIMIT 1",
            [project],
        )
        judged = cursor.fetchone()[0]
    return {
        "overview": "/p/bench/overview/",
        "campaign list": "/p/bench/campaigns/",
        "campaign of half of them": "/p/bench/campaigns/every-even/",
        "browser, no filter": "/p/bench/comparisons/",
        "one comparison": f"/p/bench/comparisons/{judged}/",
        "jobs": "/p/bench/jobs/",
        "imports": "/p/bench/imports/",
        "exports": "/p/bench/exports/",
        "people": "/p/bench/members/",
    }


def _browser(visitor: Visitor, project: UUID) -> tuple[float, str]:
    """The slowest of all filters and pairs of filters, from the newest and from far back."""
    found = []
    for query in _queries_of_the_browser(project):
        path = f"/p/bench/comparisons/?{urlencode(query)}"
        times, cut = [], False
        for _ in range(ROUNDS):
            milliseconds, status, body, _ = visitor.get(path)
            if status != 200:
                sys.exit(f"{path} answers {status}")
            times.append(milliseconds)
            cut = b"Search further back" in body
        found.append((min(times), cut, urlencode(query)))
    found.sort(reverse=True)
    middle = statistics.median(milliseconds for milliseconds, _, _ in found)
    print(
        f"browser: {len(found)} addresses, median {middle:.1f} ms; left off {sum(cut for _, cut, _ in found)}; worst:"
    )
    for milliseconds, cut, query in found[:8]:
        print(f"  {milliseconds:7.1f} ms{' (left off)' if cut else ''}  {query}")
    return found[0][0], found[0][2]


def _queries_of_the_browser(project: UUID) -> Iterator[dict[str, str]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_RARE_FAMILY, [project])
        rare = cursor.fetchone()[0] or ""
        cursor.execute(_DEEP, [project, project])
        deep = cursor.fetchone()[0]
    values = {**FILTERS, "family": tuple(rare if one == "one-of-a-kind" else one for one in FILTERS["family"])}
    for after in ({}, {"after": deep}):
        for name, some in values.items():
            for value in some:
                yield {name: value, **after}
        for one, other in itertools.combinations(values, 2):
            for value, second in itertools.product(values[one], values[other]):
                yield {one: value, other: second, **after}


def _queries(cookie: str, path: str) -> int:
    """How many statements the page sends to the database."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="127.0.0.1")
    name, _, value = cookie.partition("=")
    client.cookies[name] = value
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return len(queries)


def _line(what: str, p50: float, p95: float, queries: int) -> None:
    print(f"{what}: p50 {p50:.1f} ms, p95 {p95:.1f} ms, {queries} queries", flush=True)


if __name__ == "__main__":
    main()
