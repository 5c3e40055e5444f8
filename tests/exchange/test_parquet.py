"""Parquet comes in row by row, and whatever such a file says of itself costs little memory and ends in one fault."""

import struct
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from core.catalog.models import Comparison
from core.files.opening import FileFault, Limits
from core.ledger.models import Judgment, Signal
from exchange import parquet
from exchange.importing import import_file
from exchange.reading import read, survey
from exchange.rows import Row, RowFault
from tests.exchange.rows import row, vote

FLAT = {"prompt": "How old?", "response_a": "4.5", "response_b": "Great!", "bundle_a": "v41", "bundle_b": "v42"}


def table(path: Path, *rows: dict[str, Any], **options: Any) -> Path:
    pq.write_table(pa.Table.from_pylist(list(rows)), path, **options)
    return path


def outcomes(path: Path, **options: Any) -> list[Row | RowFault]:
    found = survey(path, **options)
    assert found.reader.name == "parquet"
    return [line.outcome for line in read(path, found.reader, **options)]


def test_nested_rows_land_as_the_same_rows_of_json_do(tmp_path: Path, project: Any) -> None:
    path = table(
        tmp_path / "rows",
        row(1, votes=[vote(preference="-2", labels={"1": {"correct": "no"}})], id="e1", gold={"preference": 1}),
        row(2, votes=[vote(preference="both_bad", labels=None)], domain=["science"], premise="false"),
    )
    outcome = import_file(path=path, project=project, campaign_name="first")
    assert (outcome.format, outcome.counts["new"], outcome.counts["votes_new"]) == ("parquet", 2, 2)
    assert Comparison.objects.get(external_id="e1").first.content.body == "About 4.5 billion years. (1)"
    assert sorted(Signal.objects.filter(question="overall").values_list("value", flat=True)) == [-2, 10]
    again = import_file(path=path, project=project, campaign_name="first")
    assert (again.counts["known"], again.counts["votes_known"]) == (2, 2)


def test_a_column_of_the_wrong_type_is_a_fault_of_each_row(tmp_path: Path, project: Any) -> None:
    path = table(tmp_path / "rows", {**row(1), "votes": 5})
    outcome = import_file(path=path, project=project, campaign_name="first")
    assert [(fault.code, fault.reason[:5]) for fault in outcome.faults] == [("wrong_type", "votes")]


def test_the_decoder_is_told_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "canary")
    told: list[dict[str, str]] = []
    start = parquet.subprocess.Popen

    def watched(*args: Any, **options: Any) -> Any:
        told.append(options["env"])
        return start(*args, **options)

    monkeypatch.setattr(parquet.subprocess, "Popen", watched)
    assert isinstance(outcomes(table(tmp_path / "rows", row(1)))[0], Row)
    assert told
    assert "canary" not in str(told)


def test_flat_rows_may_be_typed_and_have_gaps(tmp_path: Path, project: Any) -> None:
    at = datetime(2026, 5, 1, 10, tzinfo=UTC)
    path = table(
        tmp_path / "rows",
        {**FLAT, "actor": "r1", "preference": -2.0, "at": at, "a.correct": "yes", "domain": ["law"]},
        {**FLAT, "actor": None, "preference": None, "at": None, "a.correct": None, "domain": None},
        {**FLAT, "actor": "r2", "preference": 0.5, "at": None, "a.correct": None, "domain": None},
    )
    outcome = import_file(path=path, project=project, campaign_name="first")
    assert [(fault.line, fault.code) for fault in outcome.faults] == [(3, "wrong_type")]
    said = Judgment.objects.get()
    assert said.said_at == at
    assert said.comparison is not None
    assert said.comparison.prompt.domain == ["law"]


def test_dialogues_in_parquet_are_read_as_in_json(tmp_path: Path) -> None:
    pair = {"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "\n\nHuman: a\n\nAssistant: c"}
    [one] = outcomes(table(tmp_path / "rows", pair))
    assert isinstance(one, Row)
    assert one.votes[0].actor == "hh"


def test_rows_that_are_wrong_are_faults_of_their_own(tmp_path: Path) -> None:
    got = outcomes(table(tmp_path / "rows", FLAT, {**FLAT, "response_b": None}, {**FLAT, "prompt": "x" * 2000}, FLAT),
                   limits=Limits(line=1000))  # fmt: skip
    assert [one.code if isinstance(one, RowFault) else "row" for one in got] == [
        "row", "empty_response", "too_long", "row",
    ]  # fmt: skip


def claiming(path: Path, rows: int) -> Path:
    """A file whose index says that it has so many rows: three fields of the index are written anew."""
    whole = bytearray(table(path, *[FLAT] * 3, compression="none").read_bytes())
    length = struct.unpack("<I", whole[-8:-4])[0]
    index = bytes(whole[-8 - length : -8])

    def varint(number: int) -> bytes:
        number = number << 1  # zigzag
        found = b""
        while number > 127:
            found, number = found + bytes([number & 127 | 128]), number >> 7
        return found + bytes([number])

    # Thrift's compact form: field 3 of the file's index, an i64, comes right after the list of the schema.
    at = index.index(b"\x16" + varint(3) + b"\x19")
    forged = index[:at] + b"\x16" + varint(rows) + index[at + 2 :]
    path.write_bytes(whole[: -8 - length] + forged + struct.pack("<I", len(forged)) + b"PAR1")
    return path


def cut(path: Path, places: slice) -> Path:
    whole = table(path, *[{**FLAT, "id": str(n)} for n in range(5000)], row_group_size=500).read_bytes()
    path.write_bytes(whole[places])
    return path


def overwritten(path: Path) -> Path:
    whole = bytearray(cut(path, slice(None)).read_bytes())
    whole[4:2000] = bytes(1996)
    path.write_bytes(whole)
    return path


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: claiming(path, 1 << 31), "declares 2,147,483,648 rows"),
        (lambda path: claiming(path, 4), "damaged or not complete|declares 4 rows and holds 3"),
        (lambda path: cut(path, slice(0, -1000)), "damaged or not complete"),
        (lambda path: cut(path, slice(0, 40)), "damaged or not complete"),
        (overwritten, "damaged or not complete"),
        (lambda path: table(path, {**FLAT, "colour": "red"}), "the column 'colour' is unknown"),
        (lambda path: table(path, {"prompt": "x"}), "the column 'response_a' is missing"),
        (lambda path: table(path, row(colour="red")), "the column 'colour' is unknown"),
        (lambda path: table(path, {**FLAT, "id": b"\xff"}), "the column 'id' is of the type binary"),
    ],
    ids=["2^31 rows", "a row more", "no index", "a beginning", "zeros", "unknown", "missing", "nested", "bytes"],
)  # fmt: skip
def test_a_parquet_file_that_does_not_fit_is_one_fault(tmp_path: Path, make: Any, says: str, project: Any) -> None:
    path = make(tmp_path / "file")
    with pytest.raises(FileFault, match=says) as fault:
        import_file(path=path, project=project, campaign_name="first")
    assert str(path) in str(fault.value)
    assert "\n" not in str(fault.value)
    assert not Comparison.objects.exists()


def test_one_word_that_a_dictionary_repeats_without_end_is_refused(tmp_path: Path) -> None:
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 200_000, pa.int32()), pa.array(["x" * 100_000]))
    columns = {**{name: pa.array([value] * 200_000) for name, value in FLAT.items()}, "response_a": words}
    path = tmp_path / "bomb"
    pq.write_table(pa.table(columns), path, compression="zstd")
    assert path.stat().st_size < 1 << 20
    rows = read(path, survey(path).reader, limits=Limits(free=8 << 20))
    with pytest.raises(FileFault, match="200 times its size"):
        deque(rows, maxlen=0)


def test_a_page_that_unpacks_to_more_than_memory_allows_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path / "bomb", {**FLAT, "response_a": "x" * (64 << 20)}, compression="zstd", use_dictionary=False)
    with pytest.raises(FileFault, match="times its size"):
        survey(path, limits=Limits(free=8 << 20))
    with pytest.raises(FileFault, match="needs more memory"):
        survey(path, limits=Limits(ratio=1 << 20, memory=150 << 20))
