"""Addresses out of what somebody pasted or uploaded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpha.addresses import BadAddresses, read


def test_a_plain_list_is_read_with_empty_lines_and_any_case() -> None:
    assert read(b"Ada@example.org\r\n\r\n  bob@example.org \n") == ["ada@example.org", "bob@example.org"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_column_is_found_by_its_header_and_the_others_are_not_kept(delimiter: str) -> None:
    rows = [
        ("Name", "E-Mail", "Team"),
        ('"Ada; the first, of many"', "ada@example.org", "x"),
        ("Bob", "bob@example.org", ""),
    ]
    text = "﻿" + "\n".join(delimiter.join(row) for row in rows)
    assert read(text.encode()) == ["ada@example.org", "bob@example.org"]


def test_every_wrong_line_is_named_and_nothing_is_taken() -> None:
    with pytest.raises(BadAddresses) as error:
        read(b"email\nada@example.org\nnobody\nADA@example.org\nbob@example.org,\n@example.org\n")
    assert [line for line, _words in error.value.lines] == [3, 4, 6]
    assert "line 2" in error.value.lines[1][1]


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"email\n", b"\xff\xfe", b"a@b.c\0@example.org", b"x" * 300_000, b'"a@example.org\nb@example.org'],
)
def test_what_holds_no_address_says_so(data: bytes) -> None:
    with pytest.raises(BadAddresses):
        read(data)


def test_too_many_at_once_are_refused() -> None:
    with pytest.raises(BadAddresses, match="more than 500"):
        read("\n".join(f"v{n}@example.org" for n in range(501)).encode())


def test_of_many_wrong_lines_the_first_are_told() -> None:
    with pytest.raises(BadAddresses) as error:
        read(b"nobody\n" * 100)
    assert len(error.value.lines) == 21


@given(st.binary(max_size=300))
def test_whatever_is_sent_is_read_or_refused(data: bytes) -> None:
    try:
        found = read(data)
    except BadAddresses:
        return
    assert found
    assert all("@" in one and one == one.lower() and one.isprintable() for one in found)
