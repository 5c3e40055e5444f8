"""What nobody confirmed and what a killed process left is cleared away, and nothing else."""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F

from exchange import leftovers, shards, uploads
from exchange.models import Import

DAY = 86_400.0


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    live.UPLOAD_DIR.mkdir()
    return tmp_path / "uploads"


@pytest.fixture
def upload(project: Any, owner: Any, folder: Path) -> Any:
    def upload(days: float, state: str = "uploaded") -> Import:
        file = SimpleUploadedFile("rows.jsonl", b"{}\n")
        made = uploads.store(project=project, who=owner, file=file, campaign_name="c", format="auto")
        Import.objects.filter(pk=made.pk).update(created_at=F("created_at") - timedelta(days=days), state=state)
        _age(uploads.path_of(made), days)
        return made

    return upload


def _age(path: Path, days: float) -> None:
    os.utime(path, (time.time() - days * DAY,) * 2)


def test_an_upload_that_waited_too_long_is_forgotten(
    upload: Any, folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    kept = [upload(leftovers.DAYS - 1), upload(100, "running"), upload(100, "done"), upload(100, "failed")]
    gone = [upload(leftovers.DAYS + 1), upload(400)]
    with django_capture_on_commit_callbacks(execute=True):
        assert leftovers._unconfirmed() == 2
    assert leftovers.sweep() == leftovers.Swept(uploads=0, files=0)
    assert set(Import.objects.values_list("pk", flat=True)) == {one.pk for one in kept}
    assert {path.name for path in folder.iterdir()} == {one.path for one in kept}
    assert not any(uploads.path_of(one).exists() for one in gone)


def test_files_of_no_import_go_when_they_are_old(upload: Any, folder: Path) -> None:
    known = upload(3, "done")
    kept = {known.path, f"{known.path}.rejected.jsonl", "a" * 32, ".b.rejected.jsonl.young"}
    for name in kept:
        (folder / name).touch()
    _age(folder / f"{known.path}.rejected.jsonl", 300)
    lost = {"c" * 32, f"{'d' * 32}.rejected.jsonl", f".{known.path}.rejected.jsonl.x1y2"}
    for name in lost:
        (folder / name).touch()
        _age(folder / name, 3)
    (folder / "a-folder").mkdir()
    assert leftovers.sweep() == leftovers.Swept(uploads=0, files=len(lost))
    assert {path.name for path in folder.iterdir()} == kept | {"a-folder"}


def test_there_is_nothing_to_sweep_before_the_first_upload(db: None, settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_DIR = tmp_path / "none"
    assert leftovers.sweep() == leftovers.Swept(0, 0)


def test_one_that_is_confirmed_at_the_same_moment_stays(upload: Any, owner: Any, monkeypatch: Any) -> None:
    one = upload(100)

    def confirmed(*, record: Import) -> None:
        uploads.confirm(record=record, who=owner)
        raise uploads.NotWaiting

    monkeypatch.setattr(uploads, "discard", confirmed)
    assert leftovers.sweep().uploads == 0
    assert uploads.path_of(one).exists()


def test_a_preview_shows_the_beginning_of_a_long_text_soon(project: Any, owner: Any, folder: Path) -> None:
    import json

    hostile = "[" * 900_000
    row = {
        "prompt": [{"role": "user", "content": hostile}, {"role": "assistant", "content": "x"}] * 2
        + [{"role": "user", "content": "last"}],
        "responses": [{"bundle": "a", "content": hostile}, {"bundle": "b", "content": "b"}],
    }
    row["prompt"] = row["prompt"][2:]
    file = SimpleUploadedFile("rows.jsonl", json.dumps(row).encode() + b"\n")
    record = uploads.store(project=project, who=owner, file=file, campaign_name="c", format="plumbline")
    began = time.process_time()
    preview = uploads.preview(record)
    assert (preview.good, preview.whole) == (1, True)
    [specimen] = preview.specimens
    assert "…" in specimen.answers[0].html
    assert "last" not in specimen.prompt
    assert len(specimen.answers[0].html) < 200_000
    assert time.process_time() - began < 10


def test_a_hidden_folder_stays_locked_until_it_is_swept_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".out.abcdefgh.exporting").mkdir()
    locks = []
    monkeypatch.setattr(shards.shutil, "rmtree", lambda path, **_: locks.append(shards._lock(path)))
    assert shards.sweep_beside(tmp_path) == 1
    # Else an export that has just made it would take it for its own.
    assert locks == [None]
