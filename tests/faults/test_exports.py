"""What an export survives: its process killed at the worst moments, a disk that is full."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from core.accounts.models import User
from core.jobs.models import Job
from core.jobs.running import run
from core.tables.verification import checks
from exchange import orders, sweeping
from exchange.exporting import export
from exchange.importing import import_file
from exchange.models import Snapshot
from exchange.selection import Selection
from exchange.shards import ExportFault, sweep_beside
from tests.exchange.rows import row, vote, write
from tests.workers import ROOT, environment

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

# Each kills its process where it hurts most.
FAILPOINTS = {
    "while a row is written": "shards._Part.write = die",
    "before it is published": "shards.Folder.publish = die",
    "between its two renamings": """
import pathlib
rename = pathlib.Path.rename
pathlib.Path.rename = lambda path, to: die() if str(to).endswith('out') else rename(path, to)
""",
}
KILLED = """
import os, signal, sys
import django
django.setup()
from django.core.management import call_command
from core.jobs.running import run
from exchange import shards
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
{failpoint}
{work}
"""


def killed(data_dir, failpoint, work):
    program = KILLED.format(failpoint=failpoint, work=work)
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(data_dir),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.fixture
def imported(project, tmp_path):
    rng = random.Random(5)
    lines = []
    for n in range(60):
        words = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz0123456789 ", k=2000))
        lines.append(row(n, votes=[vote()], prompt=[{"role": "user", "content": words}]))
    import_file(path=write(tmp_path / "rows.jsonl", *lines), project=project, campaign_name="first")
    return project


@pytest.mark.parametrize("where", FAILPOINTS)
def test_an_export_that_is_killed_is_not_there_and_the_next_one_is_whole(imported, tmp_path, where):
    out = tmp_path / "exports" / "out"
    export(project=imported, format="raw", selection=Selection(imported.pk), out=out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    work = f"call_command('export_preferences', '--project', 'demo', '--format', 'dpo', '--out', {str(out)!r})"
    killed(tmp_path, FAILPOINTS[where], work)
    assert any(path.name.startswith(".") for path in out.parent.iterdir())
    row = Snapshot.objects.get(format="dpo")
    assert (row.state, row.manifest) == ("running", None)
    assert (sweeping.sweep_rows(), sweeping.sweep_rows()) == (1, 0)
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", sweeping.DIED)
    assert sweep_beside(out.parent)
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    export(project=imported, format="dpo", selection=Selection(imported.pk), out=out)
    assert json.loads((out / "manifest.json").read_text())["rows"] == 60


def test_a_job_whose_process_is_killed_makes_the_export_when_it_is_tried_again(imported, tmp_path):
    who = User.objects.create_user(email="lead@example.org", name="Lead")
    made = orders.order(
        project=imported, who=who, format="dpo", campaign=None, selection=Selection(imported.pk, file="parquet")
    )
    killed(
        tmp_path,
        f"from django.conf import settings\nsettings.EXPORT_DIR = {str(settings.EXPORT_DIR)!r}\n"
        + FAILPOINTS["before it is published"],
        f"run({str(made.job)!r})",
    )
    made.refresh_from_db()
    assert made.state == "running"
    assert sweeping.sweep_rows() == 0
    assert not orders.folder_of(made).exists()
    Job.objects.filter(pk=made.job).update(state="queued")
    assert run(made.job)
    made.refresh_from_db()
    assert (made.state, made.manifest["rows"]) == ("ready", 60)
    there = [path.name for path in Path(settings.EXPORT_DIR).iterdir() if str(made.pk) in path.name]
    assert there == [str(made.pk)]


@contextmanager
def no_file_larger_than(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("file", ["jsonl", "jsonl.gz", "parquet", "csv"])
def test_a_full_disk_is_one_line_and_leaves_nothing(imported, tmp_path, file):
    out = tmp_path / "exports" / "out"
    selection = Selection(imported.pk, file=file)
    with (
        no_file_larger_than(40_000),
        pytest.raises(ExportFault, match=r"out: cannot be written \(File too large\)") as e,
    ):
        export(project=imported, format="dpo", selection=selection, out=out)
    assert "\n" not in str(e.value)
    assert list(out.parent.iterdir()) == []
    assert Snapshot.objects.get().state == "failed"


def test_an_export_that_is_at_work_is_not_swept(imported, tmp_path, monkeypatch):
    """By another process, as the locks are between processes."""
    found = []

    def look(done):
        code = "import django\ndjango.setup()\nfrom exchange import sweeping, shards\nfrom pathlib import Path\n"
        code += f"print(sweeping.sweep_rows(), shards.sweep_beside(Path({str(tmp_path)!r})))"
        asked = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=120,
        )
        found.append(asked.stdout.strip())

    monkeypatch.setattr("exchange.exporting._TOLD_AFTER", 60)
    export(project=imported, format="dpo", selection=Selection(imported.pk), out=tmp_path / "out", progress=look)
    assert found == ["0 0"]


def test_a_file_that_was_changed_is_named(imported):
    name = "the files of every export are those of its manifest"
    who = User.objects.create_user(email="lead@example.org", name="Lead")
    made = orders.order(project=imported, who=who, format="dpo", campaign=None, selection=Selection(imported.pk))
    run(made.job)
    assert list(checks()[name]()) == []
    shard = orders.folder_of(made) / "data-00000-of-00001.jsonl"
    whole = bytearray(shard.read_bytes())
    whole[1000] ^= 1
    shard.write_bytes(whole)
    [finding] = checks()[name]()
    assert finding.row == str(made.pk)
    assert "data-00000-of-00001.jsonl has another checksum" in finding.message
    os.unlink(shard)
    [finding] = checks()[name]()
    assert "data-00000-of-00001.jsonl cannot be read" in finding.message
    orders.order_again(snapshot=made, who=who)
    made.refresh_from_db()
    assert run(made.job)
    assert list(checks()[name]()) == []
