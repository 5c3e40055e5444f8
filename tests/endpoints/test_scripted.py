"""The scripted adapter: what it says when, at what speed, and which faults it shows on demand."""

import json
import time
from typing import Any

import pytest

from core.endpoints.adapters import script
from core.endpoints.asking import Spent
from core.endpoints.faults import WORDS, Fault, ModelFault
from tests.endpoints.conftest import asked, scripted


def test_the_first_line_that_fits_the_last_message_answers() -> None:
    lines = [{"when": r"\bmoon\b", "say": "Of the moon."}, {"when": "earth|sun", "say": "Of the earth."}, {"say": "?"}]
    for words, said in (("The MOON then", "Of the moon."), ("moonlit Earth", "Of the earth."), ("else", "?")):
        assert "".join(asked(scripted(*lines), words)[0]) == said


def test_a_line_for_a_model_answers_for_no_other() -> None:
    lines = [{"model": "plain", "say": "No."}, {"model": "sweet", "say": "What a question."}]
    assert asked(scripted(*lines, model="sweet"))[0] == ["What a quest", "ion."]
    with pytest.raises(ModelFault) as caught:
        asked(scripted(*lines, model="third"))
    assert caught.value.fault == Fault.REFUSED


def test_an_answer_comes_in_chunks_with_its_cost() -> None:
    pieces, spent = asked(scripted({"say": "abcdefgh", "chunk": 3}, system="Be brief."), "1234")
    assert pieces == ["abc", "def", "gh"]
    assert spent == Spent(tokens_in=4 + 3 + 4 + 1, tokens_out=2, finish="stop")


def test_it_begins_when_it_should_and_keeps_its_pace() -> None:
    begun = time.monotonic()
    asked(scripted({"say": "x" * 50, "chunk": 10, "first_ms": 80, "chars_per_second": 400}))
    assert 0.18 <= time.monotonic() - begun < 1.0


def test_a_long_answer_ends_at_the_bundles_limit() -> None:
    pieces, spent = asked(scripted({"say": "x" * 400, "chunk": 4}, sampling={"max_tokens": 5}))
    assert "".join(pieces) == "x" * 20
    assert (spent.tokens_out, spent.finish) == (5, "length")


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_strikes_after_so_many_characters(fault: Fault) -> None:
    seen: list[str] = []
    called = scripted({"say": "one two three", "fault": fault, "after": 7, "chunk": 4})
    with pytest.raises(ModelFault) as caught:
        _collect(called, seen)
    assert caught.value.fault == fault
    assert str(caught.value) == str(WORDS[fault])
    assert "".join(seen) == "one two"


def _collect(called: Any, seen: list[str]) -> None:
    import asyncio

    from core.endpoints import asking

    async def ask() -> None:
        async for piece in asking.stream_of(called, asking.Ask([{"role": "user", "content": "?"}], "u")):
            seen.append(str(piece))

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "Line 1: no JSON"),
        ("[" * 100_000, "Line 1: no JSON"),
        ("[]", "Line 1: no object"),
        ('{"says": "x"}', "Line 1: there is no key “says”"),
        ('{"say": 1}', "Line 1: “say” must be text"),
        ('{"when": "x"}', "Line 1: a line needs “say” or “fault”"),
        ('{"say": "x", "chunk": 0}', "Line 1: “chunk” must be a number up to 10000"),
        ('{"say": "x", "first_ms": true}', "Line 1: “first_ms” must be a number up to 60000"),
        ('{"fault": "tired"}', "Line 1: there is no fault “tired”"),
        ('{"say": "x", "when": "("}', "Line 1: “when” is no pattern"),
        ('{"say": "x", "when": "(a|aa)+$"}', "Line 1: “when” is too long, or repeats a group"),
        ('{"say": "x", "when": "a*b*c"}', "Line 1: “when” repeats too much"),
        ("", "A script needs at least one line."),
    ],
)
def test_a_script_that_cannot_be_read_names_its_line(line: str, why: str) -> None:
    with pytest.raises(script.BadScript) as caught:
        script.read(line)
    assert str(caught.value) == why


@pytest.mark.parametrize("pattern", ["^.*x$", "a?b?c?d?e", r"\w+(?:yes|no)", "[*+?]{1,3}a", r"(?i)don\'t"])
def test_what_a_pattern_may_be_is_quick_in_any_message(pattern: str) -> None:
    line = script.read(json.dumps({"say": "x", "when": pattern}))[0]
    begun = time.process_time()
    for words in ("a" * 8_000, "abcd" * 2_000, "+" * 8_000, "w" * 7_999 + "!"):
        line.answers("m", words)
    assert time.process_time() - begun < 0.5
