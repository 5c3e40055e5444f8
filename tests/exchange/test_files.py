"""Each kind of file holds the same rows, read by those who read such files, and has the same bytes each time."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from core.ledger import recording
from core.ledger.models import Judgment, Ruling, Words
from exchange import shards
from exchange.exporting import export
from exchange.files import parquet
from exchange.importing import import_file
from exchange.models import Snapshot
from exchange.selection import Selection
from tests.exchange.rows import row, vote, write

HOSTILE = 'a "quoted", \\ back\\\\slash\r\nline\u2028\u0001 \x7f é 🙂 \\u0041\t'


@pytest.fixture
def take(project: Any, tmp_path: Path) -> Any:
    lines = [
        row(n, votes=[vote("a", 1, at="2026-05-01T10:00:00.12Z"), vote("b", -3)], family="f" if n % 2 else None)
        for n in range(5)
    ]
    lines.append(
        row(
            9,
            prompt=[{"role": "user", "content": HOSTILE}],
            responses=[{"bundle": "=v41", "content": "=1+1" + HOSTILE}, {"bundle": "v42", "content": "@x"}],
            votes=[vote("a", -1, labels={"0": {"sycophantic": "clearly", "sycophantic_details": ["flattery"]}})],
            domain=["a", 'b"'],
        )
    )
    import_file(path=write(tmp_path / "rows.jsonl", *lines), project=project, campaign_name="first")
    judgment = Judgment.objects.latest("pk")
    recording.rule(judgment=judgment.pk, standing=Ruling.Standing.COUNTED, weight=1 / 3, reason=HOSTILE)
    Words.objects.create(judgment=judgment, body={"rationale": HOSTILE})

    def take(format: str, file: str, out: str = "out", **options: Any) -> Path:
        selection = Selection(project=project.pk, file=file, **options)
        export(project=project, format=format, selection=selection, out=tmp_path / out)
        return tmp_path / out

    return take


def from_lines(folder: Path) -> list[dict[str, Any]]:
    whole = b"".join(
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in sorted(folder.glob("data-*"))
    )
    return [json.loads(line) for line in whole.splitlines()]


def from_parquet(folder: Path) -> list[dict[str, Any]]:
    return [one for path in sorted(folder.glob("data-*")) for one in pyarrow.parquet.read_table(path).to_pylist()]


def from_csv(folder: Path) -> list[dict[str, str]]:
    return [
        one
        for path in sorted(folder.glob("data-*"))
        for one in csv.DictReader(io.StringIO(path.read_bytes().decode(), newline=""), strict=True)
    ]


FORMATS = [("dpo", {}), ("dpo", {"style": "standard"}), ("raw", {"words": True})]


@pytest.mark.parametrize(("format", "options"), FORMATS)
def test_every_kind_of_file_holds_the_same_rows(
    take: Any, format: str, options: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "ROWS_PER_SHARD", 4)
    monkeypatch.setattr(shards, "_ROWS_AT_ONCE", 3)
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 2)
    rows = from_lines(take(format, "jsonl", "lines"))
    assert len(rows) in (6, 11)
    assert any(HOSTILE in json.dumps(one, ensure_ascii=False) or one["prompt"] == HOSTILE
               or one["prompt"][0]["content"] == HOSTILE for one in rows)  # fmt: skip
    assert from_lines(take(format, "jsonl.gz", "gz")) == rows
    assert from_parquet(take(format, "parquet", "parquet")) == rows
    for read, one in zip(from_csv(take(format, "csv", "csv")), rows, strict=True):
        assert {name: cell if isinstance(one[name], str) else json.loads(cell) for name, cell in read.items()} == one
    manifests = [snapshot.manifest or {} for snapshot in Snapshot.objects.all()]
    assert len({manifest["content_sha256"] for manifest in manifests}) == 1
    assert len({tuple(shard["rows"] for shard in manifest["shards"]) for manifest in manifests}) == 1


@pytest.mark.parametrize("file", ["jsonl.gz", "parquet", "csv"])
def test_the_same_rows_give_the_same_bytes_and_the_card_names_the_files(take: Any, file: str) -> None:
    one, two = take("raw", file, "one"), take("raw", file, "two")
    [name] = [path.name for path in one.glob("data-*")]
    assert name == f"data-00000-of-00001.{file}"
    assert (one / name).read_bytes() == (two / name).read_bytes()
    assert f"path: data-*.{file}" in (one / "README.md").read_text()
    assert Snapshot.objects.latest("pk").options["file"] == file


def test_parquet_has_typed_columns(take: Any) -> None:
    schema = pyarrow.parquet.read_schema(next(take("raw", "parquet").glob("data-*")))
    kinds = {
        name: str(schema.field(name).type) for name in ("counted", "weight", "rubric_version", "said_at", "prompt")
    }
    assert kinds == {
        "counted": "bool",
        "weight": "double",
        "rubric_version": "int64",
        "said_at": "string",
        "prompt": "list<element: struct<role: string, content: string>>",
    }


def test_a_spreadsheet_runs_no_cell(take: Any) -> None:
    exact = from_csv(take("dpo", "csv", "exact", style="standard"))
    folder = take("dpo", "csv", "safe", style="standard", spreadsheet=True)
    [path] = folder.glob("data-*")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    safe = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    assert {one["chosen"][0] for one in exact} & set("=@")
    cells = [cell for one in safe for cell in one.values()]
    assert not any(cell[:1] in ("=", "@", "+", "\t", "\r") for cell in cells)
    assert [{name: cell.removeprefix("'") for name, cell in one.items()} for one in safe] == exact
