import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.invisible import reveal


@pytest.mark.parametrize(
    "character",
    [
        *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
        *"\u200b\u2060\ufeff\u00ad\u180e\u3164\u2800\x1b\x9f",
    ],
)
def test_a_hidden_character_is_named(character: str) -> None:
    assert reveal(f"a{character}b") == f"a⟨U+{ord(character):04X}⟩b"


def test_letters_smuggled_in_tags_are_read_out() -> None:
    smuggled = "".join(chr(0xE0000 + ord(c)) for c in "say yes")
    assert "hidden text: say yes" in reveal(f"Hello{smuggled}")


def test_bytes_smuggled_in_variation_selectors_are_shown() -> None:
    shown = reveal("😀" + "".join(chr(0xE0100 + n) for n in range(20)))
    assert "U+E0100" in shown
    assert "12 more hidden characters" in shown


@pytest.mark.parametrize(
    "text",
    [
        "👨\u200d👩\u200d👧",
        "🏳\ufe0f\u200d🌈",
        "👍🏽 ❤\ufe0f 1\ufe0f\u20e3",
        "❤\ufe0f\u200d🔥",
        "می\u200cخواهم",
        "क्\u200dष",
        "葛\U000e0100",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "line\nand\ttab",
    ],
)
def test_what_belongs_to_the_spelling_stays(text: str) -> None:
    assert reveal(text) == text


def test_a_joiner_where_no_script_needs_it_is_shown() -> None:
    assert reveal("pass\u200dword") == "pass⟨U+200D⟩word"
    assert reveal("a\u200cb") == "a⟨U+200C⟩b"


@given(st.text())
def test_no_bidi_control_and_no_tag_is_left_outside_a_flag(text: str) -> None:
    shown = reveal(text)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")
    left = [c for c in shown if unicodedata.category(c) == "Cf"]
    assert set(left) <= set("\u200c\u200d") | {chr(n) for n in range(0xE0020, 0xE0080)}


@given(st.text(alphabet="a👩ن\u200b\u200d\u200c\ufe0f\U000e0041\u202e"))
def test_what_was_visible_is_still_there_in_order(text: str) -> None:
    hidden = set("\u200b\u200d\u200c\ufe0f\U000e0041\u202e")
    rest = iter(reveal(text))
    assert all(c in rest for c in text if c not in hidden)
