"""Rendering a text while it comes: harmless at every moment, nothing lost, nothing twice."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alpha.generating.markdown import Growing
from core.text.rendering import render
from tests.text import payloads
from tests.text.test_rendering import SOUP
from tests.text.walking import complaints

BLOCKS = [
    "# A title",
    "Some *words* and `code`\nover two lines.",
    "- one\n- two\n  - three",
    "1. first\n\n2. second, loose",
    "> a quote\nthat goes on lazily",
    "```python\ndef f():\n\n    return 1\n```",
    "a | b\n--|--\n1 | 2",
    "    indented code",
    "A heading\n===",
    "$$\nx^2\n$$",
    "---",
    "words\n#no heading",
    "words\n# a heading",
]
TEXTS = st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=5).map("\n\n".join)


def shown(growing: Growing) -> str:
    return "".join(growing.blocks) + growing.tail


def tight(html: str) -> str:
    return re.sub(r"\s+", "", html)


@pytest.mark.parametrize("payload", payloads.ALL)
def test_a_hostile_text_cut_anywhere_is_nothing_but_allowed_elements(payload: str) -> None:
    for text in (payload, f"- x\n\n{payload}\n\n> {payload}"):
        growing, told = Growing(), 0
        # At each character of what is hostile, and a few at a time of the few that are long.
        for cut in range(1, len(text) + 1, 1 + len(text) // 300):
            growing.upto(text[:cut])
            assert complaints(growing.tail) == []
            for block in growing.blocks[told:]:
                assert complaints(block) == []
            told = len(growing.blocks)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SOUP, st.lists(st.integers(0, 200), max_size=8))
def test_any_text_cut_anywhere_is_nothing_but_allowed_elements(text: str, cuts: list[int]) -> None:
    growing = Growing()
    for cut in [*sorted(cuts), len(text)]:
        growing.upto(text[:cut])
        assert complaints(shown(growing)) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, st.sampled_from(["\n", "\r\n"]), st.lists(st.integers(0, 200), max_size=12))
def test_however_a_text_is_cut_it_reads_as_when_it_is_rendered_whole(text: str, line: str, cuts: list[int]) -> None:
    text = text.replace("\n", line)
    growing = Growing()
    for cut in [*sorted(cuts), len(text)]:
        before = list(growing.blocks)
        growing.upto(text[:cut])
        # What was sent as finished never changes.
        assert growing.blocks[: len(before)] == before
    assert tight(shown(growing)) == tight(render(text))


def test_a_block_is_finished_when_a_line_of_the_next_is_whole() -> None:
    growing = Growing()
    assert growing.upto("One.\n\nTwo")
    assert (growing.blocks, growing.tail) == ([], render("One.\n\nTwo"))
    assert not growing.upto("One.\n\nTwo")
    assert growing.upto("One.\n\nTwo\n")
    assert (growing.blocks, growing.tail) == ([render("One.")], render("Two\n"))
    # Half a line may still be taken for something else.
    assert growing.upto("One.\n\nTwo\n#")
    assert len(growing.blocks) == 1
