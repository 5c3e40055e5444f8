"""What a page costs the server: `python -m benchmarks.pages [--million] [--on DATABASE_URL]`.

The first page of every role on the demonstration project, then the pages of those who run a project of 10,000 (or a
million) comparisons: the browser with every filter, every pair of filters, from the newest and from far back. Over
real HTTP against a server as the demo has it, beside an empty page of the same stack. Server time is the processor time
of web server and database for one request, which other work on the machine does not change; what the visitor waited is
printed beside it. Each figure is the best round's.
"""

import argparse
import http.client
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit
from uuid import UUID

from benchmarks import _catalog, _ground
from benchmarks._server import Clock, server
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
    size, first = 1_000_000 if arguments.million else 10_000, 0.0
    if arguments.on:
        os.environ["DATABASE_URL"] = arguments.on
        _ground.migrate()
        worst = _large(size)
    else:
        with _ground.database():
            _ground.migrate()
            first = _first_pages()
            _fill(size)
            worst = _large(size)
    sys.exit(0 if first <= FIRST_PAGE_MS and worst <= BROWSER_MS else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--million", action="store_true", help="a million comparisons (a quarter of an hour)")
    parser.add_argument("--on", metavar="URL", help="measure on this database, which a bench has filled; nothing else")
    return parser.parse_known_args()[0]


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of a request: processor time (the mean), and what the visitor waited."""

    server: float
    p50: float
    p95: float


class Visitor:
    """A signed-in person with one kept connection."""

    def __init__(self, port: int, cookie: str, clock: Clock) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Cookie": cookie}
        self._clock = clock

    def get(self, path: str) -> tuple[int, bytes, str]:
        """(status, body, where it sends to)."""
        try:
            self._line.request("GET", path, headers=self._headers)
            answer = self._line.getresponse()
        except http.client.RemoteDisconnected:  # we were silent for too long
            self._line.close()
            self._line.request("GET", path, headers=self._headers)
            answer = self._line.getresponse()
        return answer.status, answer.read(), answer.headers.get("Location", "")

    def arrive(self, path: str) -> str:
        """Where this address leads in the end."""
        for _ in range(5):
            status, _, target = self.get(path)
            if status == 200:
                return path
            if status not in (301, 302):
                break
            path = urlsplit(urljoin(path, target))._replace(scheme="", netloc="").geturl()
        sys.exit(f"{path} answers {status}.")

    def cost(self, path: str, *, requests: int = REQUESTS, rounds: int = ROUNDS) -> Cost:
        """The best of some rounds."""
        self.get(path)
        found = [self._round(path, requests) for _ in range(rounds)]
        return Cost(*(min(getattr(one, name) for one in found) for name in ("server", "p50", "p95")))

    def _round(self, path: str, requests: int) -> Cost:
        before, times = self._clock.read(), []
        for _ in range(requests):
            began = time.perf_counter()
            status, body, _ = self.get(path)
            times.append(1000 * (time.perf_counter() - began))
            if status != 200:
                sys.exit(f"{path} answers {status}: {body[:300]!r}")
        spent = (self._clock.read() - before) / requests
        return Cost(
            spent, statistics.median(times), statistics.quantiles(times, n=20)[18] if requests > 1 else times[0]
        )


def _first_pages() -> float:
    """The first page of every role on the demonstration project; the slowest."""
    with tempfile.TemporaryDirectory() as folder:
        from scenarios import loading, people

        loading.load_demo()
        project = loading.Project.objects.get(slug=loading.SLUG)
        cookies = {role: _ground.session(people.member(project, role, f"bench-{role}", role)) for role in ROLES}
        _settle()
        with server(Path(folder) / "web.log") as (port, web):
            clock = Clock(web, os.environ["DATABASE_URL"])
            floor = Visitor(port, cookies["owner"], clock).cost("/empty/").server
            rows, slowest = [], 0.0
            for role, cookie in cookies.items():
                visitor = Visitor(port, cookie, clock)
                paths = [visitor.arrive("/")]
                if role == "rater":
                    paths.append(f"/p/{loading.SLUG}/rate/{loading.CAMPAIGN}/")
                for path in paths:
                    cost = visitor.cost(path)
                    slowest = max(slowest, cost.server)
                    _line(f"{role}: {path}", cost, _queries(cookie, path))
                    rows.append(Row(f"first page, {role}: {path}", cost.server, floor, "ms", f"{FIRST_PAGE_MS:.0f} ms"))
        report(*rows)
    return slowest


def _large(size: int) -> float:
    """The pages of those who run a project of this size; the browser's slowest."""
    with tempfile.TemporaryDirectory() as folder:
        _settle()
        from core.accounts.models import Project
        from scenarios import people

        project = Project.objects.get(slug="bench")
        cookie = _ground.session(people.member(project, "owner", "bench-lead", "Lead"))
        with server(Path(folder) / "web.log") as (port, web):
            visitor = Visitor(port, cookie, Clock(web, os.environ["DATABASE_URL"]))
            floor = visitor.cost("/empty/").server
            rows = [
                Row(f"{name}, {size:,} comparisons", _measured(visitor, cookie, path), floor, "ms")
                for name, path in _paths(project.pk).items()
            ]
            worst, what = _browser(visitor, project.pk)
        rows.append(Row(f"browser, {size:,}, worst of all: {what}", worst, floor, "ms", f"{BROWSER_MS:.0f} ms"))
        report(*rows)
    return worst


def _fill(size: int) -> None:
    ground = _ground.Ground()
    texts = [text for text, _ in ground.texts]
    seconds = _catalog.fill(project=ground.project.pk, texts=texts, size=size, judgments=size // 2)
    print(f"{size:,} comparisons and {size // 2:,} judgments made in {seconds:.0f} s", flush=True)


def _settle() -> None:
    from core.ledger import buckets

    buckets.settle(seconds=3600)


def _measured(visitor: Visitor, cookie: str, path: str) -> float:
    cost = visitor.cost(path, requests=5)
    _line(path, cost, _queries(cookie, path))
    return cost.server


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
    for wanted in _queries_of_the_browser(project):
        path = f"/p/bench/comparisons/?{urlencode(wanted)}"
        _, body, _ = visitor.get(path)
        cost = visitor.cost(path, requests=1, rounds=1)
        found.append((cost.server, cost.p50, b"Search further back" in body, urlencode(wanted)))
    # The slowest once more, with as many rounds as everything else gets.
    found.sort(reverse=True)
    for n, (_, _, cut, query) in enumerate(found[:20]):
        cost = visitor.cost(f"/p/bench/comparisons/?{query}", requests=1)
        found[n] = (cost.server, cost.p50, cut, query)
    found.sort(reverse=True)
    middle = statistics.median(one[0] for one in found)
    print(f"browser: {len(found)} addresses, median {middle:.1f} ms; left off {sum(one[2] for one in found)}; worst:")
    for spent, waited, cut, query in found[:10]:
        print(f"  {spent:6.1f} ms (waited {waited:.0f} ms{', left off' if cut else ''})  {query}")
    return found[0][0], found[0][3]


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


def _line(what: str, cost: Cost, queries: int) -> None:
    print(
        f"{what}: {cost.server:.1f} ms of server time, {queries} queries "
        f"(waited p50 {cost.p50:.0f}, p95 {cost.p95:.0f} ms)",
        flush=True,
    )


if __name__ == "__main__":
    main()
