"""What an import survives: its process killed in the middle, and another import of the same rows at the same time."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from annotate.models import Slot, Task
from core.catalog.models import Comparison, Content
from core.ledger.models import Actor, Judgment
from exchange.importing import import_file
from tests.exchange.rows import row, vote, write
from tests.workers import ROOT, environment, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
ROWS = 600
PROGRAM = """
import json, sys
from pathlib import Path
import django
django.setup()
from core.accounts.models import Project
from exchange import importing
importing.BATCH_ROWS = 50
done = importing.import_file(
    path=Path(sys.argv[1]), project=Project.objects.get(slug="demo"), campaign_name="first"
)
print(json.dumps(done.counts))
"""


def rows():
    return [row(n, id=f"row {n}", votes=[vote(f"voter {n % 300}", "2")]) for n in range(ROWS)]


def typed(rows):
    return [{**one, "votes": [{**said, "preference": 2} for said in one["votes"]]} for one in rows]


def start(path, tmp_path):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path)], cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE
    )


def decoders():
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if any(word.endswith(b"exchange/unpacking.py") for word in words) and b"killed.parquet" in b" ".join(words):
            found.append(entry)
    return found


@pytest.mark.parametrize("name", ["killed.jsonl", "killed.parquet"])
def test_an_import_that_is_killed_leaves_whole_rows_and_is_finished_by_the_next(project, tmp_path, name):
    path = tmp_path / name
    if name.endswith("jsonl"):
        write(path, *typed(rows()))
    else:
        pq.write_table(pa.Table.from_pylist(rows()), path)
    process = start(path, tmp_path)
    until(lambda: Comparison.objects.count() >= 100)
    process.kill()
    process.wait()
    process.stdout.close()
    landed = Comparison.objects.count()
    assert 0 < landed < ROWS
    assert landed == Judgment.objects.count() == Task.objects.count() == Slot.objects.count() / 3
    until(lambda: not decoders())
    outcome = import_file(path=path, project=project, campaign_name="first")
    assert (outcome.counts["known"], outcome.counts["new"]) == (landed, ROWS - landed)
    whole()


def test_two_imports_of_the_same_rows_at_once_make_each_once(project, tmp_path):
    there = write(tmp_path / "there.jsonl", *typed(rows()))
    back = write(tmp_path / "back.jsonl", *reversed(typed(rows())))
    processes = [start(path, tmp_path) for path in (there, back)]
    said = [json.loads(process.communicate(timeout=120)[0]) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sum(one["new"] for one in said) == sum(one["votes_new"] for one in said) == ROWS
    assert all(one["new"] for one in said), "they must have worked side by side"
    whole()


def whole():
    assert Comparison.objects.count() == Judgment.objects.count() == Task.objects.count() == ROWS
    assert Content.objects.count() == 3 * ROWS
    assert Slot.objects.count() == 3 * ROWS
    assert Actor.objects.count() == 300
