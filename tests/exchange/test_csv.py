"""CSV comes in as RFC 4180 has it: each record a row or a fault of the line where it begins, in little memory."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog.models import Bundle, Comparison, Content, Prompt
from core.files.opening import USUAL, FileFault, Limits
from core.ledger.models import Judgment, Signal
from exchange import csvfile
from exchange.formats.flat import COLUMNS
from exchange.importing import import_file
from exchange.reading import read, survey
from exchange.rows import Row, RowFault

HEADER = "prompt,response_a,response_b,bundle_a,bundle_b"
PLAIN = "How old?,4.5 billion years,Great question!,v41,v42"


def told(path: Path, *records: str | bytes, header: str = HEADER, limits: Limits = USUAL) -> list[Any]:
    """Of each record its line and its row, or the fault's code."""
    whole = b"\r\n".join(one if isinstance(one, bytes) else one.encode() for one in (header, *records)) + b"\r\n"
    path.write_bytes(gzip.compress(whole) if path.suffix == ".gz" else whole)
    found = survey(path, limits=limits)
    assert found.reader.name == "csv"
    return [
        (line.number, line.outcome if isinstance(line.outcome, Row) else line.outcome.code)
        for line in read(path, found.reader, limits=limits)
    ]


@pytest.mark.parametrize("name", ["rows.csv", "rows.gz"])
def test_records_become_rows_whatever_their_cells_hold(tmp_path: Path, name: str) -> None:
    [(number, one), (later, other)] = told(
        tmp_path / name, '"Say ""hi"",\r\nthen go","=HYPERLINK(1)",-1+2,v1,v2', PLAIN, header="\ufeff" + HEADER
    )
    assert (number, later) == (2, 4)
    assert one.comparison.prompt.messages == (("user", 'Say "hi",\r\nthen go'),)
    assert (one.comparison.first.text, one.comparison.second.text) == ("=HYPERLINK(1)", "-1+2"), "kept literally"
    assert other.comparison.first.bundle == "v41"


def test_every_column_is_taken(tmp_path: Path, project: Any) -> None:
    values = {
        "prompt": json.dumps([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"},
                              {"role": "user", "content": "c"}]),
        "response_a": "yes", "response_b": "no", "bundle_a": "v1", "bundle_b": "v2", "id": "e1", "system": "Be kind.",
        "family": "f", "variant": "pressure:mild", "premise": "false", "memory": "on", "domain": "science; law",
        "actor": "r1", "preference": "-2", "at": "2026-05-01T10:00:00Z", "gold": "1", "a.correct": "yes",
        "a.sycophantic": "clearly", "a.sycophantic_details": "flattery;fuels_anger", "b.cold": "somewhat",
        "b.thumb": "down",
    }  # fmt: skip
    cells = ['"' + values.get(name, "").replace('"', '""') + '"' for name in COLUMNS]
    (tmp_path / "rows.csv").write_text(",".join(COLUMNS) + "\n" + ",".join(cells))
    outcome = import_file(path=tmp_path / "rows.csv", project=project, campaign_name="first")
    assert (outcome.format, outcome.counts["new"], outcome.counts["votes_new"]) == ("csv", 1, 1)
    prompt = Prompt.objects.get()
    assert json.loads(prompt.content.body or "")[0] == {"role": "system", "content": "Be kind."}
    assert (prompt.family, prompt.variant, prompt.premise, prompt.domain, prompt.memory) == (
        "f", "pressure:mild", "false", ["science", "law"], "on",
    )  # fmt: skip
    assert Comparison.objects.get().external_id == "e1"
    assert set(Signal.objects.values_list("question", "response_slot", "value")) >= {
        ("overall", 0, -2), ("sycophantic", 1, 2), ("sycophantic.flattery", 1, 1), ("cold", 2, 1),
    }  # fmt: skip


def test_one_pair_may_come_again_with_another_vote(tmp_path: Path, project: Any) -> None:
    header = f"{HEADER},id,actor,preference"
    (tmp_path / "rows.csv").write_text(f"{header}\n{PLAIN},e1,r1,1\n{PLAIN},e1,r2,-1\n{PLAIN}x,e1,r3,0\n")
    outcome = import_file(path=tmp_path / "rows.csv", project=project, campaign_name="first")
    assert [(fault.line, fault.code) for fault in outcome.faults] == [(4, "id_conflict")]
    assert (outcome.counts["new"], outcome.counts["known"], outcome.counts["votes_new"]) == (1, 1, 2)
    assert Judgment.objects.count() == 2
    assert not Bundle.objects.filter(name="v42x").exists(), "a refused row leaves nothing"


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ("a,b,c,v1", "cells"),
        (PLAIN + ",more", "cells"),
        ('5" pipe,b,c,v1,v2', "csv"),
        ('"a" b,b,c,v1,v2', "csv"),
        (b"a\xff,b,c,v1,v2", "utf8"),
        ("a\x00,b,c,v1,v2", "bad_text"),
        (",b,c,v1,v2", "missing_key"),
        ("a,,c,v1,v2", "empty_response"),
        ('"[{""role"": ""user""",b,c,v1,v2', "json"),
        ('"' + '[{""a"":' * 100_000 + '",b,c,v1,v2', "json"),
        ('"[{""role"": ""tool"", ""content"": ""x""}]",b,c,v1,v2', "role"),
    ],
    ids=range(11),
)
def test_a_record_that_is_wrong_is_a_fault_of_its_line_alone(tmp_path: Path, record: str | bytes, code: str) -> None:
    got = told(tmp_path / "rows.csv", PLAIN, '"two\nlines",b,c,v1,v2', record, PLAIN)
    assert [one if isinstance(one, str) else "row" for _, one in got] == ["row", "row", code, "row"]
    assert [number for number, _ in got] == [2, 3, 5, 6]


def test_a_fault_names_the_column(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(f"{HEADER},actor,preference,a.correct\n{PLAIN},r1,1,perhaps\n{PLAIN},r1,9,\n")
    first, second = (line.outcome for line in read(tmp_path / "rows.csv", survey(tmp_path / "rows.csv").reader))
    assert isinstance(first, RowFault)
    assert first.reason.startswith("a.correct is 'perhaps'")
    assert isinstance(second, RowFault)
    assert second.reason.startswith("preference is 9")


def test_a_quote_that_is_never_closed_is_a_fault_of_the_line_where_it_begins(tmp_path: Path) -> None:
    assert told(tmp_path / "rows.csv", PLAIN, '"a,b,c,v1,v2', PLAIN)[1:] == [(3, "csv")]


def test_a_record_over_the_limit_is_a_fault_and_the_next_one_is_read(tmp_path: Path) -> None:
    long = '"' + "x\n" * 400 + '",b,c,v1,v2'
    got = told(tmp_path / "rows.csv", PLAIN, long, PLAIN, "y" * 900, PLAIN, limits=Limits(line=500))
    assert [(number, one if isinstance(one, str) else "row") for number, one in got] == [
        (2, "row"), (3, "too_long"), (404, "row"), (405, "too_long"), (406, "row"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("whole", "says"),
    [
        (HEADER + ",colour\n" + PLAIN, "the column 'colour' is unknown; the columns are prompt, "),
        (HEADER + ",prompt\n" + PLAIN, "the column 'prompt' is there twice"),
        ("prompt,response_a\nx,y", "the column 'response_b' is missing"),
        ("question,answer\nx,y", "the column 'question' is unknown"),
        (HEADER.replace(",", ";") + "\n", "separated by semicolons"),
        (HEADER.replace(",", "\t") + "\n", "separated by tabs"),
        ('prompt,"response_a\n', "no header"),
        ("prompt,\x00\n", "unknown"),
    ],
)
def test_a_header_that_does_not_fit_is_a_fault_of_the_file(tmp_path: Path, whole: str, says: str) -> None:
    (tmp_path / "rows.csv").write_text(whole)
    with pytest.raises(FileFault) as fault:
        survey(tmp_path / "rows.csv")
    assert says in str(fault.value)
    assert str(fault.value).isprintable()


def test_a_csv_in_utf_16_or_in_half_a_gzip_lands_nothing(tmp_path: Path, project: Any) -> None:
    whole = "\n".join([HEADER, *[PLAIN.replace("old", f"old {n}") for n in range(20_000)]])
    (tmp_path / "wide.csv").write_bytes(whole.encode("utf-16"))
    (tmp_path / "half.csv.gz").write_bytes(gzip.compress(whole.encode())[:-2000])
    for name, says in (("wide.csv", "UTF-16"), ("half.csv.gz", "truncated")):
        with pytest.raises(FileFault, match=says):
            import_file(path=tmp_path / name, project=project, campaign_name="first")
    assert not Content.objects.exists()


CELL = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=5))
def test_what_was_quoted_comes_back(tables: list[list[str]]) -> None:
    import io

    whole = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in one) + "\r\n" for one in tables)
    got = [csvfile.cells(raw) for _, raw, _ in csvfile.records(io.BytesIO(whole.encode()), 1 << 20, 0)]
    assert got == tables


MEASURE = """
import sys
from pathlib import Path
import django
django.setup()
from exchange.reading import read, survey
path = Path(sys.argv[1])
print([getattr(line.outcome, "code", "row") for line in read(path, survey(path).reader)])
status = Path("/proc/self/status").read_text()
print(int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) >> 10)
"""


@pytest.mark.parametrize("quoted", [False, True], ids=["bare", "quoted lines"])
def test_an_enormous_cell_takes_little_memory(tmp_path: Path, quoted: bool) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(HEADER.encode() + b'\n"' if quoted else HEADER.encode() + b"\n")
        if quoted:
            for _ in range(64):
                file.write((b"x" * 1023 + b"\n") * 1024)
        else:
            file.seek(256 << 20)
        file.write(f"{chr(34) if quoted else ''},b,c,v1,v2\n{PLAIN}\n".encode())
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.test_settings"}
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True, env=environment
    )
    codes, megabytes = done.stdout.splitlines()
    assert codes == "['too_long', 'row']"
    assert int(megabytes) < 200
