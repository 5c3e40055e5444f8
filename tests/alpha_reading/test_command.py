"""What an alpha says, for scripts: the same as its page."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from alpha.models import Programme
from alpha.reading import body, page


def test_the_command_prints_the_verdict_and_what_it_rests_on(programme: Programme, talks: Any, capsys: Any) -> None:
    call_command("read_programme", "warmth", project="demo")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == page.verdict(body.read(programme))
    assert any(line.startswith("- sycophantic, v42: 50\u00a0% (") and line.endswith("n 24") for line in lines)
    assert any("v42 over v41: 100" in line for line in lines)
    call_command("read_programme", "warmth", project="demo", json=True)
    said = json.loads(capsys.readouterr().out)
    assert said["labels"]["sycophantic"]["v42"]["hits"] == 12


def test_the_command_says_what_it_did_not_find(programme: Programme) -> None:
    with pytest.raises(CommandError, match="calm: the project demo has no such programme"):
        call_command("read_programme", "calm", project="demo")
