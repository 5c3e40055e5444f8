"""Whatever a file holds, reading it takes little memory and ends in rows, faults of rows, or one fault of the file."""

import gzip
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from core.files.opening import FileFault, Limits
from exchange.reading import read, survey
from exchange.rows import Row, RowFault
from tests.exchange.rows import row, write

USUAL = Limits()


def lines(path: Path, limits: Limits = USUAL) -> list[Row | RowFault]:
    found = survey(path, limits=limits)
    return [line.outcome for line in read(path, found.reader, limits=limits)]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_plain_and_gzip_give_the_same_rows(tmp_path: Path, name: str) -> None:
    got = lines(write(tmp_path / name, row(1), row(2)))
    assert [one.comparison.first.text for one in got if isinstance(one, Row)] == [
        "About 4.5 billion years. (1)",
        "About 4.5 billion years. (2)",
    ]


def test_gzip_is_known_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    path.write_bytes(gzip.compress(json.dumps(row()).encode()) + gzip.compress(b"\n" + json.dumps(row(2)).encode()))
    assert all(isinstance(one, Row) for one in lines(path))
    assert len(lines(path)) == 2


def test_a_byte_order_mark_blank_lines_and_carriage_returns_are_tolerated(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(row()).encode() + b"\r\n\r\n  \n" + json.dumps(row(2)).encode())
    assert [type(one) for one in lines(path)] == [Row, Row]
    assert [line.number for line in read(path, survey(path).reader)] == [1, 4]


def test_the_format_is_found_in_the_first_lines(tmp_path: Path) -> None:
    pair = {"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "\n\nHuman: a\n\nAssistant: c"}
    assert survey(write(tmp_path / "hh", b"rubbish", pair)).reader.name == "hh"
    assert survey(write(tmp_path / "own", row())).reader.name == "plumbline"
    assert survey(write(tmp_path / "neither", {"colour": "red"})).reader.name == "plumbline"


def truncated(path: Path) -> Path:
    path.write_bytes(gzip.compress(b"\n".join(json.dumps(row(n)).encode() for n in range(2000)))[:-20])
    return path


def damaged(path: Path) -> Path:
    packed = bytearray(gzip.compress(random.Random(1).randbytes(200_000)))
    packed[1000:1010] = bytes(10)
    path.write_bytes(packed)
    return path


def of_bytes(whole: bytes):  # type: ignore[no-untyped-def]
    def make(path: Path) -> Path:
        path.write_bytes(whole)
        return path

    return make


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path, "there is no such file"),
        (lambda path: path.parent, "this is a folder"),
        (truncated, "truncated"),
        (damaged, "damaged"),
        (of_bytes(b""), "the file is empty"),
        (of_bytes(b"\xef\xbb\xbf\n \n\n"), "the file is empty"),
        (of_bytes(b"PK\x03\x04rest"), "a ZIP archive"),
        (of_bytes(b"PAR1rest"), "the Parquet is damaged or not complete"),
        (of_bytes(gzip.compress(b"PAR1rest")), "not text but a Parquet file"),
        (of_bytes('{"a": 1}'.encode("utf-16")), "UTF-16"),
        (of_bytes(gzip.compress(b"PK\x03\x04rest")), "a ZIP archive"),
        (of_bytes(gzip.compress(b"{}\n") + b"trailing rubbish"), "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_fault_that_names_it(tmp_path: Path, make, says: str) -> None:  # type: ignore[no-untyped-def]
    path = make(tmp_path / "file")
    with pytest.raises(FileFault, match=says) as fault:
        survey(path)
    assert str(path) in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("name", ["pipe", "endless"])
def test_what_is_no_file_is_refused_before_it_is_opened(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(FileFault, match="a pipe or a device"):
        survey(path, limits=Limits(total=1 << 20))


def test_a_file_that_may_not_be_read_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileFault, match="may not be read"):
        survey(tmp_path / "file")


def test_a_line_over_the_limit_is_a_fault_of_that_line_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "rows", row(1), b'{"prompt": "' + b"x" * 5000 + b'"}', row(3))
    got = lines(path, Limits(line=1000))
    assert [type(one) for one in got] == [Row, RowFault, Row]
    assert isinstance(got[1], RowFault)
    assert (got[1].code, got[1].reason) == ("too_long", "the line has 5,015 bytes; at most 1,000 are allowed.")


def test_a_gzip_that_unpacks_beyond_reason_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(30 << 20)))
    with pytest.raises(FileFault, match="more than 200 times its size"):
        survey(path, limits=Limits(free=1 << 20))


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFault, match="more than 1,000 bytes"):
        survey(write(tmp_path / "rows", *(row(n) for n in range(20))), limits=Limits(total=1000))


MEASURE = """
import sys
from pathlib import Path
from exchange.reading import read, survey
from core.files.opening import FileFault
path = Path(sys.argv[1])
try:
    found = survey(path)
    outcomes = [line.outcome.code for line in read(path, found.reader)]
except FileFault as fault:
    outcomes = ["FileFault"]
# Not ru_maxrss, which a process has from whoever started it.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(outcomes, int(peak.split()[1]) >> 10)
"""


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_an_enormous_line_takes_little_memory(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "long.jsonl"
    with gzip.open(path, "wb", compresslevel=1) if packed else path.open("wb") as file:
        if packed:
            for _ in range(128):
                file.write(b"x" * (1 << 20))
        else:
            file.seek(300 << 20)
            file.write(b"\n")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.test_settings"}
    program = "import django; django.setup()\n" + MEASURE
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True, env=environment
    )
    outcome, _, megabytes = done.stdout.strip().rpartition(" ")
    assert outcome == ("['FileFault']" if packed else "['too_long']")
    assert int(megabytes) < 200
