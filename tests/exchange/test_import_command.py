"""`import_comparisons`, as people and their scripts call it."""

import json
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.catalog.models import Comparison
from exchange.rejects import place_for
from tests.exchange.rows import row, vote, write


def run(path: Path, *more: str) -> str:
    out = StringIO()
    call_command(
        "import_comparisons", str(path), "--project", "demo", "--campaign", "first", *more, stdout=out, stderr=out
    )
    return out.getvalue()


def test_it_says_what_it_did(project: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl.gz", row(1, votes=[vote()]), row(2))
    assert run(path) == "2 rows: 2 new comparisons, 0 already there, 0 rejected; 1 new votes, 0 already there.\n"
    told = json.loads(run(path, "--json"))
    assert (told["known"], told["format"], told["dry_run"], told["rejected_file"]) == (2, "plumbline", False, None)
    assert run(path, "--dry-run").startswith("Dry run: 2 rows")


def test_rejected_rows_exit_3_and_are_named(project: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", row(1), row(2, colour="red"))
    with pytest.raises(CommandError) as error:
        run(path)
    assert error.value.returncode == 3
    assert str(error.value) == f"1 of 2 lines rejected; see {path}.rejected.jsonl."
    assert Comparison.objects.count() == 1
    assert json.loads((tmp_path / "rows.jsonl.rejected.jsonl").read_text())["code"] == "unknown_key"


def test_a_file_that_is_not_there_exits_1(project: Any, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nothing\.jsonl: there is no such file.* Nothing was imported\.$") as error:
        run(tmp_path / "nothing.jsonl")
    assert error.value.returncode == 1


def test_a_project_that_is_not_there_exits_1(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--project demo: there is no such project") as error:
        run(write(tmp_path / "rows.jsonl", row()))
    assert error.value.returncode == 1


def test_rejected_rows_lie_beside_the_file_unless_its_folder_is_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    data = tmp_path / "data"
    here.mkdir()
    data.mkdir()
    monkeypatch.chdir(here)
    assert place_for(data / "rows.jsonl") == data / "rows.jsonl.rejected.jsonl"
    data.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert place_for(data / "rows.jsonl") == here / "rows.jsonl.rejected.jsonl"
    data.chmod(0o700)


def test_no_place_for_rejected_rows_is_known_before_anything_lands(project: Any, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="rejected lines cannot be written there"):
        run(write(tmp_path / "rows.jsonl", row()), "--rejected", str(tmp_path / "nowhere" / "rejected"))
    assert not Comparison.objects.exists()
