"""Every way in which one line can be wrong has a code and a reason that says where."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.formats.hh import HH
from exchange.formats.plumbline import Plumbline
from exchange.formats.pool import PoolLines
from exchange.reading import parse_json
from exchange.rows import CODES, PoolRow, Row, RowFault
from tests.exchange.rows import answer, pool_row, row, vote

MESSAGE = {"role": "user", "content": "Is it?"}
ANSWER = {"bundle": "v1", "content": "Yes."}

WRONG: list[tuple[str, str, Any]] = [
    ("a list", "not_object", [1, 2]),
    ("no prompt", "missing_key", row(prompt=None)),
    ("no responses", "missing_key", row(responses=None)),
    ("unknown key", "unknown_key", row(colour="red")),
    ("unknown key in a message", "unknown_key", row(prompt=[{**MESSAGE, "name": "x"}])),
    ("unknown key in a response", "unknown_key", row(responses=[{**ANSWER, "model": "x"}, ANSWER])),
    ("unknown key in a vote", "unknown_key", row(votes=[vote(strength=3)])),
    ("prompt as text", "wrong_type", row(prompt="How old?")),
    ("message as text", "wrong_type", row(prompt=["How old?"])),
    ("content as number", "wrong_type", row(prompt=[{"role": "user", "content": 7}])),
    ("responses as object", "wrong_type", row(responses={"a": 1})),
    ("domain as text", "wrong_type", row(domain="science")),
    ("family as list", "wrong_type", row(family=["x"])),
    ("votes as object", "wrong_type", row(votes={"r": 1})),
    ("id as number", "wrong_type", row(id=7)),
    ("preference as fraction", "wrong_type", row(votes=[vote(preference=1.0)])),
    ("preference as truth", "wrong_type", row(votes=[vote(preference=True)])),
    ("empty prompt", "prompt_end", row(prompt=[])),
    ("prompt ends with the assistant", "prompt_end", row(prompt=[MESSAGE, {"role": "assistant", "content": "No."}])),
    ("prompt of a system message", "prompt_end", row(prompt=[{"role": "system", "content": "Be kind."}])),
    ("unknown role", "role", row(prompt=[{"role": "tool", "content": "x"}, MESSAGE])),
    ("system message in the middle", "role", row(prompt=[MESSAGE, {"role": "system", "content": "x"}, MESSAGE])),
    ("system twice", "role", row(system="Be kind.", prompt=[{"role": "system", "content": "x"}, MESSAGE])),
    ("empty message", "bad_text", row(prompt=[{"role": "user", "content": "  "}])),
    ("empty response", "empty_response", row(responses=[{"bundle": "a", "content": " \n"}, ANSWER])),
    ("one response", "one_response", row(responses=[ANSWER])),
    ("no response", "one_response", row(responses=[])),
    ("three responses", "pool", row(responses=[ANSWER, ANSWER, ANSWER])),
    ("scores", "pool", row(responses=[{**ANSWER, "scores": {"primary": 0.4}}, ANSWER])),
    ("no bundle", "missing_key", row(responses=[{"content": "x"}, ANSWER])),
    ("bundle without a name", "bad_text", row(responses=[{"bundle": "", "content": "x"}, ANSWER])),
    ("bundle with a long name", "bad_text", row(responses=[{"bundle": "v" * 121, "content": "x"}, ANSWER])),
    ("NUL", "bad_text", row(responses=[{"bundle": "a", "content": "x\x00y"}, ANSWER])),
    ("half of a surrogate pair", "bad_text", row(prompt=[{"role": "user", "content": "x\ud800"}])),
    ("premise", "premise", row(premise="perhaps")),
    ("memory", "memory", row(memory="sometimes")),
    ("variant", "variant", row(variant="Pressure: mild")),
    ("preference too far", "preference", row(votes=[vote(preference=4)])),
    ("preference in words", "preference", row(votes=[vote(preference="first")])),
    ("vote without an answer", "missing_key", row(votes=[{"actor": "r1"}])),
    ("vote without an actor", "missing_key", row(votes=[{"preference": 1}])),
    ("label of a third response", "label", row(votes=[vote(labels={"2": {"correct": "yes"}})])),
    ("label of no question", "unknown_key", row(votes=[vote(labels={"0": {"funny": "yes"}})])),
    ("label with no such answer", "label", row(votes=[vote(labels={"0": {"correct": "maybe"}})])),
    (
        "detail that is not",
        "label",
        row(votes=[vote(labels={"0": {"sycophantic": "clearly", "sycophantic_details": ["x"]}})]),
    ),
    (
        "detail of a no",
        "label",
        row(votes=[vote(labels={"0": {"sycophantic": "no", "sycophantic_details": ["flattery"]}})]),
    ),
    ("time without a zone", "time", row(votes=[vote(at="2026-05-01T10:00:00")])),
    ("time that is none", "time", row(votes=[vote(at="yesterday")])),
    ("time beyond time", "time", row(votes=[vote(at="0001-01-01T00:00:00+23:59")])),
    ("gold out of range", "preference", row(gold={"preference": -4})),
    ("gold without a preference", "missing_key", row(gold={})),
]


@pytest.mark.parametrize(("code", "line"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_line_that_is_wrong_is_refused_with_its_code(code: str, line: Any) -> None:
    with pytest.raises(RowFault) as refused:
        Plumbline().parse(parse_json(json.dumps(line).encode()))
    assert refused.value.code == code
    assert refused.value.reason.endswith(".")
    assert refused.value.reason.isascii(), "a reason must be printable on any terminal"


@pytest.mark.parametrize(
    ("code", "raw"),
    [
        ("utf8", b'{"prompt": "\xff"}'),
        ("json", b'{"prompt": '),
        ("json", b"[" * 200_000),
        ("json", b'{"a":' * 100_000),
        ("json", b'{"gold": NaN}'),
        ("json", b'{"gold": ' + b"9" * 5000 + b"}"),
        ("duplicate_key", b'{"id": "a", "id": "b"}'),
    ],
    ids=["utf8", "cut off", "lists in lists", "objects in objects", "NaN", "a number of 5,000 digits", "a key twice"],
)
def test_a_line_that_is_no_json_is_refused(code: str, raw: bytes) -> None:
    with pytest.raises(RowFault) as refused:
        parse_json(raw)
    assert refused.value.code == code


def test_bytes_that_are_not_utf8_are_named_by_their_place() -> None:
    with pytest.raises(RowFault, match=r"byte 12 of the line \(0xff\)"):
        parse_json(b'{"prompt":"\xff"}')


WRONG_IN_A_POOL: list[tuple[str, str, Any]] = [
    ("one_response", "has 1", pool_row(0, answer("a"))),
    ("unknown_key", "unknown key 'votes'", pool_row(votes=[vote()])),
    ("unknown_key", "unknown key 'gold'", pool_row(gold={"preference": 1})),
    ("unknown_key", "responses[1]: unknown key 'score'", pool_row(0, ANSWER, {**ANSWER, "score": 1})),
    ("empty_response", "responses[1].content", pool_row(0, answer("a"), answer(" "))),
    ("wrong_type", "responses[0].scores must be an object", pool_row(0, {**ANSWER, "scores": [1]}, ANSWER)),
    ("wrong_type", "responses[1].scores.x must be a number", pool_row(0, answer("a", x=1), answer("b", x="1"))),
    ("wrong_type", "responses[0].scores.x must be a number", pool_row(0, answer("a", x=True), answer("b", x=1))),
    ("signal", "names the signal 'A.b'", pool_row(0, answer("a", **{"A.b": 1}), answer("b", **{"A.b": 1}))),
    ("scores", "responses[1].scores.y is missing", pool_row(0, answer("a", x=1, y=2), answer("b", x=1))),
    ("scores", "responses[0].scores.x is missing", pool_row(0, answer("a", x=None), answer("b", x=1))),
    ("scores", "responses[2].scores.x is missing", pool_row(0, answer("a", x=1), answer("b", x=1), ANSWER)),
    ("unknown_key", "responses[1].labels: unknown key", pool_row(0, ANSWER, answer("b", labels={"kind": "yes"}))),
    ("label", "responses[1].labels.correct is 'maybe'", pool_row(0, ANSWER, answer("b", labels={"correct": "maybe"}))),
    ("label", "sycophantic_details", pool_row(0, answer("a", labels={"sycophantic_details": ["flattery"]}), ANSWER)),
]


@pytest.mark.parametrize(("code", "said", "line"), WRONG_IN_A_POOL)
def test_a_line_of_a_pool_that_is_wrong_is_refused_with_its_code_and_place(code: str, said: str, line: Any) -> None:
    with pytest.raises(RowFault) as refused:
        PoolLines().parse(parse_json(json.dumps(line).encode()))
    assert (refused.value.code, said in refused.value.reason) == (code, True), refused.value.reason
    assert refused.value.reason.endswith(".")
    assert refused.value.reason.isascii()


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 400])
def test_a_score_that_is_no_finite_number_is_refused(number: str) -> None:
    raw = json.dumps(pool_row(0, answer("a", x=0.125), answer("b", x=1))).replace("0.125", number).encode()
    with pytest.raises(RowFault, match=r"responses\[0\]\.scores\.x is too large") as refused:
        PoolLines().parse(parse_json(raw))
    assert refused.value.code == "score"


def test_every_key_of_a_pool_is_taken() -> None:
    labels = {"correct": "no", "sycophantic": "clearly", "sycophantic_details": ["flattery"], "cold": None}
    parsed = PoolLines().parse(
        pool_row(0, answer("a", labels=labels, x=1, y=None), answer("b", x=-0.5), memory="on", id="p-1")
    )
    assert (parsed.prompt.memory, parsed.external_id) == ("on", "p-1")
    assert [(one.response.text, one.scores) for one in parsed.samples] == [("a", {"x": 1.0}), ("b", {"x": -0.5})]
    assert [(one.question, one.value, one.slot) for one in parsed.samples[0].labels] == [
        ("correct", 0, 0),
        ("sycophantic", 2, 0),
        ("sycophantic.flattery", 1, 0),
    ]
    assert parsed.samples[1].labels == ()


def test_every_key_of_the_format_is_taken() -> None:
    line = row(
        system="Be kind.",
        prompt=[MESSAGE, {"role": "assistant", "content": "It is."}, MESSAGE],
        family="earth-age",
        variant="pressure:authority",
        premise="false",
        domain=["science", 'with "quotes", {braces} and \\'],
        memory="on",
        votes=[
            vote(
                at="2026-05-01T10:00:00+02:00",
                labels={"0": {"sycophantic": "clearly", "sycophantic_details": ["flattery"]}, "1": {"correct": "no"}},
            ),
            vote(preference="both_bad"),
            {"actor": "r1", "labels": {"1": {"thumb": "up"}}},
        ],
        gold={"preference": 1},
        id="e-1",
    )
    parsed = Plumbline().parse(line)
    assert parsed.comparison.prompt.messages[0] == ("system", "Be kind.")
    assert [(one.question, one.value, one.slot) for one in parsed.votes[0].said] == [
        ("overall", -2, 0),
        ("sycophantic", 2, 1),
        ("sycophantic.flattery", 1, 1),
        ("correct", 0, 2),
    ]
    assert parsed.votes[0].at is not None
    assert parsed.votes[0].at.isoformat() == "2026-05-01T08:00:00+00:00"
    assert parsed.votes[1].said[0].value == 10
    assert parsed.gold == 1


def dialogue(*turns: str) -> str:
    return "".join(f"\n\n{turn}" for turn in turns)


@pytest.mark.parametrize(
    ("code", "chosen", "rejected"),
    [
        ("prompt_differs", dialogue("Human: a", "Assistant: b"), dialogue("Human: c", "Assistant: b")),
        ("prompt_differs", dialogue("Human: a", "Assistant: b"), dialogue("Human: a", "Assistant: x", "Assistant: b")),
        ("empty_response", dialogue("Human: a", "Assistant: "), dialogue("Human: a", "Assistant: b")),
        ("not_dialogue", dialogue("Human: a"), dialogue("Human: a", "Assistant: b")),
        ("not_dialogue", "hello", dialogue("Human: a", "Assistant: b")),
        ("prompt_end", dialogue("Assistant: a", "Assistant: b"), dialogue("Assistant: a", "Assistant: c")),
        ("bad_text", dialogue("Human: ", "Assistant: b"), dialogue("Human: ", "Assistant: c")),
        ("bad_text", "", dialogue("Human: a", "Assistant: b")),
    ],
)
def test_dialogues_that_are_no_pair_are_refused(code: str, chosen: str, rejected: str) -> None:
    with pytest.raises(RowFault) as refused:
        HH().parse({"chosen": chosen, "rejected": rejected})
    assert refused.value.code == code


def test_the_order_of_a_dialogue_pair_does_not_tell_which_was_chosen() -> None:
    prompt = dialogue("Human: a") + "\n\nAssistant: "
    firsts = []
    for n in range(40):
        one, other = f"{prompt}yes {n}", f"{prompt}no {n}"
        for chosen, rejected in ((one, other), (other, one)):
            parsed = HH().parse({"chosen": chosen, "rejected": rejected})
            firsts.append(parsed.comparison.first.text)
            better = parsed.comparison.first if parsed.votes[0].said[0].value < 0 else parsed.comparison.second
            assert prompt + better.text == chosen
        assert firsts[-1] == firsts[-2], "exchanging chosen and rejected must not exchange the sides"
    assert 20 < sum("yes" in first for first in firsts) < 60


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = ("prompt", "responses", "system", "family", "variant", "premise", "domain", "memory", "votes", "gold", "id")
LIKE_A_ROW = st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, JSON))


@given(LIKE_A_ROW | JSON)
def test_any_json_is_a_row_or_a_fault(line: Any) -> None:
    outcome(json.dumps(line).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_a_row_or_a_fault(raw: bytes) -> None:
    outcome(raw)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1).filter(str.strip)


@given(
    prompt=TEXT, texts=st.tuples(TEXT, TEXT), domain=st.lists(TEXT.map(lambda t: t[:80]).filter(str.strip), max_size=3)
)
def test_texts_come_through_unchanged(prompt: str, texts: tuple[str, str], domain: list[str]) -> None:
    line = {
        "prompt": [{"role": "user", "content": prompt}],
        "responses": [{"bundle": "a", "content": text} for text in texts],
        "domain": domain,
    }
    parsed = Plumbline().parse(parse_json(json.dumps(line).encode()))
    assert parsed.comparison.prompt.messages == (("user", prompt),)
    assert (parsed.comparison.first.text, parsed.comparison.second.text) == texts
    assert list(parsed.comparison.prompt.domain) == domain


def outcome(raw: bytes) -> None:
    for reader in (Plumbline(), HH(), PoolLines()):
        try:
            found: Row | PoolRow | RowFault = reader.parse(parse_json(raw))
        except RowFault as fault:
            found = fault
        assert isinstance(found, Row | PoolRow) or (found.code in CODES and found.reason)
