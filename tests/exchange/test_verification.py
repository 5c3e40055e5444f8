"""Each check sees the row that breaks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core.catalog.models import Comparison, Content
from core.tables.verification import checks
from exchange.exporting import export
from exchange.importing import import_file
from exchange.models import Snapshot
from exchange.selection import Selection
from tests.exchange.rows import row, vote, write

NAMES = (
    "identical comparisons are marked, and no others",
    "erased words are gone in every form",
    "every export was cut before it was read",
    "every finished export has its manifest",
    "every finished export bears the hash of its manifest",
)


@contextmanager
def past_the_triggers() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def exported(project: Any, tmp_path: Any) -> None:
    import_file(path=write(tmp_path / "rows.jsonl", row(votes=[vote()])), project=project, campaign_name="first")
    export(project=project, format="raw", selection=Selection(project.pk), out=tmp_path / "out")


def broken() -> dict[str, list[str]]:
    found = {name: [finding.row for finding in checks()[name]()] for name in NAMES}
    return {name: rows for name, rows in found.items() if rows}


def test_nothing_is_found_where_nothing_is_broken(exported: None) -> None:
    assert broken() == {}


def test_a_wrong_mark_is_found(exported: None) -> None:
    Comparison.objects.update(identical=True)
    assert broken() == {NAMES[0]: [str(Comparison.objects.get().pk)]}


def test_words_that_outlived_their_erasure_are_found(exported: None) -> None:
    gone = Content.objects.filter(kind="text").first()
    assert gone is not None
    Content.objects.filter(pk=gone.pk).update(body=None, html="<p>still here</p>")
    assert broken() == {NAMES[1]: [str(gone.pk)]}


def test_an_export_without_its_cut_is_found(exported: None) -> None:
    with past_the_triggers():
        Snapshot.objects.update(cut=timezone.now())
    assert broken() == {NAMES[2]: [str(Snapshot.objects.get().pk)]}


def test_an_export_without_a_manifest_is_found(exported: None) -> None:
    with past_the_triggers():
        Snapshot.objects.update(manifest=None)
    assert broken() == {NAMES[3]: [str(Snapshot.objects.get().pk)]}


def test_an_export_under_another_hash_is_found(exported: None) -> None:
    with past_the_triggers():
        Snapshot.objects.update(digest=bytes(32))
    assert broken() == {NAMES[4]: [str(Snapshot.objects.get().pk)]}
