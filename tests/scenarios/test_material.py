"""The written material of the demonstration project: complete, well formed, blind, and even in length."""

import json
import re
from collections import Counter
from typing import Any

import pytest

from scenarios.reading import MANNERS, MATERIAL, guideline, stories

DOMAINS = {"science", "medicine", "money", "code", "advice"}
PRESSURES = {"pressure:mild", "pressure:authority", "pressure:emotional", "pressure:threat"}
VARIANTS = {"base", "false-premise", "rephrased", "are-you-sure", "true-premise"} | PRESSURES
SUB_LABELS = {
    "agrees_with_false_claim": "agrees with a false claim",
    "flattery": "flattery",
    "validates_doubt": "validates a doubt",
    "fuels_anger": "fuels anger",
    "urges_impulse": "urges an impulse",
    "reinforces_negative_emotion": "reinforces a negative emotion",
}
REQUIRED = {"family", "variant", "premise", "domain", "memory", "prompt", "answers", "sub_labels"}
# A rater who reads one of these would know, or believe to know, who wrote the answer.
NAMES = re.compile(
    r"\bv\d{1,3}\b|\bbundles?\b|\bgpt|\bclaude\b|\bllama\b|\bgemini\b|\bmistral\b|\bqwen\b|plumbline", re.I
)


def _rows() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path in sorted(MATERIAL.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            found.append((f"{path.name}:{number}", json.loads(line)))
    return found


ROWS = _rows()
each_row = pytest.mark.parametrize("row", [row for _, row in ROWS], ids=[where for where, _ in ROWS])


def _words(text: str) -> int:
    return len(text.split())


def _texts(row: dict[str, Any]) -> list[str]:
    return [row.get("system", ""), *(turn["content"] for turn in row["prompt"]), *row["answers"].values()]


def test_there_are_enough_prompts_in_enough_families() -> None:
    families = Counter(row["family"] for _, row in ROWS)
    assert len(ROWS) >= 60
    assert len(families) >= 20
    assert min(families.values()) >= 3, families.most_common()[-1]


def test_every_domain_has_its_share_of_prompts() -> None:
    domains = Counter(row["domain"][0] for _, row in ROWS)
    assert set(domains) == DOMAINS
    assert min(domains.values()) >= 10, domains


def test_every_kind_of_variant_occurs_several_times() -> None:
    variants = Counter(row["variant"] for _, row in ROWS)
    assert set(variants) == VARIANTS
    assert min(variants.values()) >= 3, variants


def test_every_sub_label_is_shown_several_times() -> None:
    labels = Counter(label for _, row in ROWS for given in row["sub_labels"].values() for label in given)
    assert set(labels) == set(SUB_LABELS)
    assert min(labels.values()) >= 5, labels


def test_the_material_shows_off_what_can_be_rendered() -> None:
    texts = [text for _, row in ROWS for text in _texts(row)]
    for mark in ("```python", "|---|", "\n- ", "\n1. ", "\n> ", "$$"):
        assert any(mark in text for text in texts), mark


@each_row
def test_a_row_has_the_keys_and_values_of_the_schema(row: dict[str, Any]) -> None:
    assert REQUIRED <= set(row) <= REQUIRED | {"system"}
    assert row["variant"] in VARIANTS
    assert row["premise"] in {"true", "false", "none"}
    assert row["memory"] in {"off", "on"}
    assert row["domain"]
    assert set(row["domain"]) <= DOMAINS
    assert set(row["answers"]) == set(MANNERS)
    assert row["family"] == row["family"].lower().strip()


@each_row
def test_the_premise_fits_the_variant(row: dict[str, Any]) -> None:
    expected = {"true-premise": {"true"}, "false-premise": {"false"}, "base": {"none"}}
    assert row["premise"] in expected.get(row["variant"], {"true", "false", "none"})


@each_row
def test_a_prompt_takes_turns_and_ends_with_the_person(row: dict[str, Any]) -> None:
    roles = [turn["role"] for turn in row["prompt"]]
    assert roles == ["user" if index % 2 == 0 else "assistant" for index in range(len(roles))]
    assert roles[-1] == "user"
    assert all(set(turn) == {"role", "content"} and turn["content"].strip() for turn in row["prompt"])


@each_row
def test_are_you_sure_follows_an_answer(row: dict[str, Any]) -> None:
    if row["variant"] == "are-you-sure":
        assert len(row["prompt"]) >= 3


@each_row
def test_only_the_two_pleasing_manners_have_sub_labels_and_both_have_them(row: dict[str, Any]) -> None:
    assert set(row["sub_labels"]) == {"sycophantic", "flattering"}
    for labels in row["sub_labels"].values():
        assert labels
        assert set(labels) <= set(SUB_LABELS)
        assert len(labels) == len(set(labels))
    assert row["sub_labels"]["flattering"] == ["flattery"]


@each_row
def test_nobody_is_said_to_agree_with_a_false_claim_when_there_was_none(row: dict[str, Any]) -> None:
    if row["premise"] != "false":
        assert "agrees_with_false_claim" not in row["sub_labels"]["sycophantic"]


@each_row
def test_the_four_answers_differ(row: dict[str, Any]) -> None:
    assert len({" ".join(answer.split()).lower() for answer in row["answers"].values()}) == len(MANNERS)


@each_row
def test_an_answer_is_neither_a_word_nor_an_essay(row: dict[str, Any]) -> None:
    lengths = {manner: _words(answer) for manner, answer in row["answers"].items()}
    assert all(40 <= words <= 220 for words in lengths.values()), lengths


@each_row
def test_no_text_names_a_bundle_or_a_model(row: dict[str, Any]) -> None:
    for text in _texts(row):
        assert not NAMES.search(text), NAMES.search(text)


@each_row
def test_warm_and_cold_answers_do_not_shout(row: dict[str, Any]) -> None:
    for manner in ("warm", "cold"):
        prose = re.sub(r"```.*?```|`[^`]*`", "", row["answers"][manner], flags=re.S)
        assert "!" not in prose


def test_length_does_not_tell_the_manner() -> None:
    means = {manner: sum(_words(row["answers"][manner]) for _, row in ROWS) / len(ROWS) for manner in MANNERS}
    assert max(means.values()) < 1.25 * min(means.values()), means


def test_every_manner_is_sometimes_the_longest_and_sometimes_the_shortest() -> None:
    longest: Counter[str] = Counter()
    shortest: Counter[str] = Counter()
    for _, row in ROWS:
        by_length = sorted(MANNERS, key=lambda manner: _words(row["answers"][manner]))
        shortest[by_length[0]] += 1
        longest[by_length[-1]] += 1
    assert set(longest) == set(shortest) == set(MANNERS)
    assert max(longest.values()) < len(ROWS) / 2, longest
    assert max(shortest.values()) < len(ROWS) / 2, shortest


def test_no_prompt_and_no_answer_occurs_twice() -> None:
    prompts = Counter(json.dumps([row.get("system"), row["prompt"]]) for _, row in ROWS)
    answers = Counter(answer for _, row in ROWS for answer in row["answers"].values())
    assert prompts.most_common(1)[0][1] == 1
    assert answers.most_common(1)[0][1] == 1


def test_the_reader_gives_every_row_of_the_files() -> None:
    assert len(stories()) == len(ROWS)


def test_the_guideline_explains_each_word_that_raters_meet_and_names_no_bundle() -> None:
    text = guideline()
    for word in ("Correct", "Sycophantic", "Cold", "More right", "Better to talk to", "Both bad", "Cannot judge", "−3"):
        assert word in text, word
    for label, words in SUB_LABELS.items():
        assert words in text, label
    assert not NAMES.search(text)
    assert "!" not in text


def test_only_texts_lie_in_the_folder() -> None:
    assert {path.suffix for path in MATERIAL.rglob("*") if path.is_file()} == {".jsonl", ".md"}
