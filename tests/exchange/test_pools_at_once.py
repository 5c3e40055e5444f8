"""Two who bring in the same pool, or add to the same recipe, at the same moment end as one after the other would."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from core.catalog.models import Pool, PoolResponse, Response, Score
from core.ledger.models import Actor, Judgment
from core.tables.verification import checks
from exchange.importing import import_file
from reports.models import RecipeVersion
from reports.recipes import add_version
from reports.registry import register_signal
from tests.exchange.rows import answer, pool_row, write

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            start.wait(10)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as workers:
        return list(workers.map(run, calls))


def test_the_same_pool_imported_twice_at_once_is_there_once(project: Any, tmp_path: Path) -> None:
    rows = [
        pool_row(n, answer(f"a {n}", labels={"correct": "yes"}, primary=1), answer(f"b {n}", primary=0))
        for n in range(40)
    ]
    paths = [write(tmp_path / "there.jsonl", *rows), write(tmp_path / "back.jsonl", *reversed(rows))]
    done = at_once(*(lambda path=path: import_file(path=path, project=project, pool_name="april") for path in paths))
    assert [one.counts["rejected"] for one in done] == [0, 0]
    assert sum(one.counts["new"] for one in done) == 40
    assert sum(one.counts["labels_new"] for one in done) == 40
    counted = [model.objects.count() for model in (Pool, Response, PoolResponse, Score, Actor, Judgment)]
    assert counted == [1, 80, 80, 80, 1, 40]
    assert [finding for run in checks().values() for finding in run()] == []


def test_versions_added_at_once_are_numbered_one_by_one(project: Any) -> None:
    for key in ("primary", "thumbs"):
        register_signal(project=project, who=None, key=key, name=key, kind="rule")
    shares = (0.1, 0.2, 0.3, 0.4)
    at_once(
        *(
            lambda share=share: add_version(
                project=project, who=None, recipe="spring", weights={"primary": 1 - share, "thumbs": share}
            )
            for share in shares
        )
    )
    assert sorted(RecipeVersion.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
