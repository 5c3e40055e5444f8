"""`export_preferences`, as people and their scripts call it."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from exchange.importing import import_file
from tests.exchange.rows import row, vote, write


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("export_preferences", "--project", "demo", *arguments, stdout=out)
    return out.getvalue()


def test_it_says_what_it_did(project: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", row(1, votes=[vote()]), row(2, votes=[vote(preference=0)]))
    import_file(path=path, project=project, campaign_name="first")
    out = str(tmp_path / "out")
    assert run("--format", "dpo", "--out", out) == f"1 row in 1 file in {out} (left out: 1 tie).\n"
    told = json.loads(run("--format", "raw", "--out", out, "--campaign", "first", "--json"))
    assert (told["rows"], told["format"], told["campaign"]) == (2, "raw", "first")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--campaign", "nothing"), "--campaign nothing: the project has no such campaign"),
        ((), "There is nothing to export"),
    ],
)
def test_what_cannot_be_exported_exits_1_with_one_line(
    project: Any, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    with pytest.raises(CommandError, match=says) as error:
        run("--format", "dpo", "--out", str(tmp_path / "out"), *arguments)
    assert error.value.returncode == 1
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_project_that_is_not_there_exits_1(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--project demo: there is no such project"):
        run("--format", "dpo", "--out", str(tmp_path / "out"))
