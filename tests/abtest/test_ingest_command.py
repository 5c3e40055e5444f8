"""`ingest_feedback`: feedback from files."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from abtest.ingest import filing
from abtest.models import Event
from tests.abtest import trials
from tests.abtest.trials import body, event

pytestmark = pytest.mark.django_db


def told(capsys: Any) -> dict[str, Any]:
    return json.loads(capsys.readouterr().out)


def test_a_file_is_taken_in_batches_and_again_changes_nothing(
    project: Any, tmp_path: Path, capsys: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(filing, "AT_ONCE", 3)
    trials.running(project)
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(gzip.compress(body(*(event() for _ in range(8)))))
    call_command("ingest_feedback", str(path), "--project", "demo", "--json")
    assert told(capsys) == {
        "project": "demo",
        "accepted": 8,
        "duplicate": 0,
        "refused": 0,
        "codes": {},
        "rejected": [],
    }
    call_command("ingest_feedback", str(path), "--project", "demo")
    assert capsys.readouterr().out == "0 events are new, 8 had come before.\n"
    assert Event.objects.count() == 8


def test_what_is_refused_is_named_by_its_line_and_the_exit_code_is_3(project: Any, tmp_path: Path, capsys: Any) -> None:
    trials.running(project)
    path = tmp_path / "events.jsonl"
    path.write_bytes(body(event(), b"", event(arm="third"), event()) + b'{"event_id": "half')
    with pytest.raises(CommandError, match="2 of 4 events were refused") as refused:
        call_command("ingest_feedback", str(path), "--project", "demo")
    assert refused.value.returncode == 3
    said = capsys.readouterr()
    assert said.out == "2 events are new, 0 had come before.\n"
    assert said.err.splitlines()[0].startswith("line 3: unknown_arm: ")
    assert said.err.splitlines()[1].startswith("line 5: json: ")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"PK\x03\x04", "a ZIP archive"), (gzip.compress(b"{}\n" * 99)[:-9], "ends too early"), (None, "no such file")],
    ids=["zip", "half a gzip", "nothing"],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(
    project: Any, tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "events"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=words) as refused:
        call_command("ingest_feedback", str(path), "--project", "demo")
    assert refused.value.returncode == 1


def test_a_project_that_does_not_exist_is_one_clear_line(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no such project"):
        call_command("ingest_feedback", str(tmp_path), "--project", "nobodys")


LONG = """
import sys
from pathlib import Path
import django
django.setup()
from abtest.ingest.arriving import lines_of_file
with lines_of_file(Path(sys.argv[1])) as lines:
    print([(line.place, line.too_long, line.length) for line in lines])
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(int(peak.split()[1]) >> 10)
"""


def test_an_enormous_line_takes_little_memory_and_the_next_one_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    with path.open("wb") as file:
        file.seek(300 << 20)
        file.write(b"\n{}\n")
    done = subprocess.run([sys.executable, "-c", LONG, str(path)], capture_output=True, text=True, check=True)
    lines, megabytes = done.stdout.splitlines()
    assert lines == str([(0, True, (300 << 20) + 1), (1, False, 3)])
    assert int(megabytes) < 200
