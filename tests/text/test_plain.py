import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.plain import excerpt
from core.text.spreadsheet import safe_cell


@given(st.text(max_size=400), st.integers(0, 60))
def test_an_excerpt_is_one_line_of_at_most_n_characters(body: str, n: int) -> None:
    line = excerpt(body, n)
    assert len(line) <= n
    assert "\n" not in line


@pytest.mark.parametrize(
    ("body", "n", "line"),
    [
        ("# Title\n\nSome *text* with `code`.", 80, "Title Some *text* with code."),
        ("one two three four", 12, "one two…"),
        ("abcdefghijklmnop", 6, "abcde…"),
        ("- a\n- b", 20, "a b"),
        ("2 * 3 - 1", 20, "2 * 3 - 1"),
        ("a\u202eb", 20, "a⟨U+202E⟩b"),
        ("", 20, ""),
    ],
)
def test_an_excerpt_drops_decoration_and_cuts_between_words(body: str, n: int, line: str) -> None:
    assert excerpt(body, n) == line


def test_an_excerpt_of_a_long_text_says_that_it_is_cut() -> None:
    assert excerpt("word " * 100_000, 40).endswith("…")
    assert excerpt(" " * 1000 + "word", 40).endswith("…")


@pytest.mark.parametrize("start", list("=+-@\t\r\n\x00") + ["＝", "＋", "－", "＠", " =", "\ufeff=", "\u200b@"])
def test_a_cell_that_could_be_a_formula_is_text(start: str) -> None:
    assert safe_cell(f"{start}1") == f"'{start}1"


@pytest.mark.parametrize("text", ["", "hello", "a=b", "1+1", "(=1)", " x"])
def test_a_harmless_cell_is_left_alone(text: str) -> None:
    assert safe_cell(text) == text


@given(st.text())
def test_no_cell_begins_like_a_formula_after_a_spreadsheet_has_read_it(text: str) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerow([safe_cell(text)])
    buffer.seek(0)
    (row,) = csv.reader(buffer)
    assert row[0].lstrip(" \u200b\ufeff")[:1] not in set("=+-@\t\r\n\x00＝＋－＠")
    assert row[0].endswith(text)
