"""Plumbline's own JSON Lines: one comparison a line. See docs/formats.md."""

import re
from collections.abc import Mapping
from typing import Any

from core.catalog.adding import NewComparison
from core.catalog.content import Messages
from core.catalog.parts import NewPrompt, NewResponse
from core.ledger import rubrics
from core.ledger.recording import Said
from exchange.fields import moment, object_with, one_of, shown, text, typed
from exchange.rows import Row, RowFault, Vote

_REQUIRED = ("prompt", "responses")
_OPTIONAL = ("system", "family", "variant", "premise", "domain", "memory", "votes", "gold", "id")
_PREMISES = ("none", "true", "false")
_MEMORIES = ("off", "on")
_VARIANT = re.compile(r"[a-z0-9][a-z0-9_-]*(:[a-z0-9][a-z0-9_-]*)?")
_BOTH_BAD = "both_bad"
_OF_RESPONSE = {q.key: q for q in rubrics.DEFAULT.questions if q.per == "response" and not q.text}
_DETAILS = {f"{q.key}_details": q for q in _OF_RESPONSE.values() if q.details}
_SLOTS = {"0": 1, "1": 2}
KEYS = (*_REQUIRED, *_OPTIONAL)
LABEL_KEYS = (*_OF_RESPONSE, *_DETAILS)
DETAIL_KEYS = frozenset(_DETAILS)


class Plumbline:
    """The reader of Plumbline's own rows."""

    name = "plumbline"
    label = "Plumbline JSON Lines"
    container = "lines"
    repeats = False

    def recognises(self, line: Mapping[str, Any]) -> bool:
        return "responses" in line or "prompt" in line

    def parse(self, line: Any) -> Row:
        """The row of one parsed line. Raises RowFault."""
        given = object_with(line, "", required=_REQUIRED, optional=_OPTIONAL)
        first, second = _responses(given["responses"])
        comparison = NewComparison(
            prompt=prompt_of(given),
            first=first,
            second=second,
            external_id=text(given["id"], "id", longest=200) if "id" in given else None,
        )
        votes = typed(given.get("votes", []), list, "votes")
        return Row(
            comparison=comparison,
            votes=tuple(_vote(vote, f"votes[{n}]") for n, vote in enumerate(votes)),
            gold=_gold(given["gold"]) if "gold" in given else None,
        )


def prompt_of(given: Mapping[str, Any]) -> NewPrompt:
    """The prompt of a row's keys. Raises RowFault."""
    variant = text(given.get("variant", ""), "variant", longest=80, empty=True)
    if variant and not _VARIANT.fullmatch(variant):
        raise RowFault(
            "variant", f"variant is {shown(variant)}; use lower-case words as in base or pressure:authority."
        )
    domain = typed(given.get("domain", []), list, "domain")
    return NewPrompt(
        messages=_messages(given),
        family=text(given["family"], "family", longest=200) if "family" in given else None,
        variant=variant,
        premise=one_of(given.get("premise", "none"), _PREMISES, "premise", code="premise"),
        domain=tuple(text(tag, f"domain[{n}]", longest=80) for n, tag in enumerate(domain)),
        memory=one_of(given.get("memory", "off"), _MEMORIES, "memory", code="memory"),
    )


def _messages(given: Mapping[str, Any]) -> Messages:
    listed = typed(given["prompt"], list, "prompt")
    messages = [_message(message, f"prompt[{n}]") for n, message in enumerate(listed)]
    if "system" in given:
        messages.insert(0, ("system", text(given["system"], "system")))
    for n, (role, _) in enumerate(messages):
        if role == "system" and n > 0:
            raise RowFault(
                "role", "a system message can only stand first, and only once (as `system` or in the prompt)."
            )
    if not messages or messages[-1][0] != "user":
        ends = f"with {messages[-1][0]}" if messages else "before it begins"
        raise RowFault("prompt_end", f"prompt ends {ends}; its last message must be the user's.")
    return tuple(messages)


def _message(value: Any, where: str) -> tuple[str, str]:
    given = object_with(value, where, required=("role", "content"))
    role = one_of(given["role"], ("system", "user", "assistant"), f"{where}.role", code="role")
    return role, text(given["content"], f"{where}.content")


def _responses(value: Any) -> tuple[NewResponse, NewResponse]:
    listed = typed(value, list, "responses")
    if len(listed) < 2:
        raise RowFault("one_response", f"responses has {len(listed)}; a comparison needs two.")
    if len(listed) > 2 or any(isinstance(one, dict) and {"scores", "labels"} & one.keys() for one in listed):
        raise RowFault(
            "pool",
            "this is a row of a pool (more than two responses, scores or labels of a response); import it into a pool.",
        )
    first, second = (response_of(one, f"responses[{n}]") for n, one in enumerate(listed))
    return first, second


def response_of(value: Any, where: str) -> NewResponse:
    """One response at a place in the row. Raises RowFault."""
    given = object_with(value, where, required=("bundle", "content"))
    words = text(given["content"], f"{where}.content", empty=True)
    if not words.strip():
        raise RowFault("empty_response", f"{where}.content is empty.")
    return NewResponse(text(given["bundle"], f"{where}.bundle", longest=120), words)


def _vote(value: Any, where: str) -> Vote:
    given = object_with(value, where, required=("actor",), optional=("preference", "at", "labels"))
    said: list[Said] = []
    if "preference" in given:
        said.append(Said("overall", _preference(given["preference"], f"{where}.preference")))
    if "labels" in given:
        said.extend(_labels(given["labels"], f"{where}.labels"))
    if not said:
        raise RowFault("missing_key", f"{where}: a vote needs a preference or labels.")
    return Vote(
        actor=text(given["actor"], f"{where}.actor", longest=200),
        said=tuple(said),
        at=moment(given["at"], f"{where}.at") if "at" in given else None,
    )


def _preference(value: Any, where: str) -> int:
    if value == _BOTH_BAD:
        return rubrics.BOTH_BAD
    if type(value) is str or (type(value) is int and not -3 <= value <= 3):
        raise RowFault("preference", f'{where} is {shown(value)}; use a whole number from -3 to 3, or "both_bad".')
    return int(typed(value, int, where))


def _gold(value: Any) -> int:
    return _preference(object_with(value, "gold", required=("preference",))["preference"], "gold.preference")


def _labels(value: Any, where: str) -> list[Said]:
    said: list[Said] = []
    for index, answers in typed(value, dict, where).items():
        if index not in _SLOTS:
            raise RowFault("label", f'{where} names response {shown(index)}; the responses are "0" and "1".')
        given = object_with(answers, f"{where}.{index}", required=(), optional=(*_OF_RESPONSE, *_DETAILS))
        said.extend(answers_of(given, _SLOTS[index], f"{where}.{index}"))
    return said


def answers_of(given: Mapping[str, Any], slot: int, where: str) -> list[Said]:
    """What labels, all of known keys, say of the response of this slot. Raises RowFault."""
    said = []
    for key, value in given.items():
        if key in _OF_RESPONSE:
            question = _OF_RESPONSE[key]
            allowed = [option.key for option in question.options]
            answer = one_of(value, allowed, f"{where}.{key}", code="label")
            said.append(Said(key, question.value_of(answer), slot))
        else:
            said.extend(_details(given, key, slot, where))
    return said


def _details(given: Mapping[str, Any], key: str, slot: int, where: str) -> list[Said]:
    question = _DETAILS[key]
    allowed = [detail.key for detail in question.details]
    listed = typed(given[key], list, f"{where}.{key}")
    chosen = [one_of(one, allowed, f"{where}.{key}[{n}]", code="label") for n, one in enumerate(listed)]
    if len(set(chosen)) != len(chosen):
        raise RowFault("label", f"{where}.{key} names the same detail twice.")
    if chosen and given.get(question.key, "no") == "no":
        raise RowFault("label", f"{where}.{key} refines {question.key}, which must be answered and not with no.")
    return [Said(f"{question.key}.{detail}", 1, slot) for detail in chosen]
