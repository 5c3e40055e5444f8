"""One line of feedback: what it says, checked against what the project has."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from abtest import metrics
from abtest.ingest.faults import Refused
from abtest.ingest.ground import KEPT, SKEW, Branch, Ground, Trial
from abtest.ingest.talk import Talk, talk_of
from abtest.models import Event
from core.accounts.keys import key_of, keyed_digest
from core.ledger import rubrics

Kind = Event.Kind

LONGEST_NAME = 200
LONGEST_REASON = 2_000
MOST_TURNS = 1_000_000
MOST_FACTORS = 10
RESERVED = "simulate:"
"""How the names of what simulations say by themselves begin."""


@dataclass(slots=True)
class Incoming:
    """One event as it is to be written. `place` is its line in the batch; `turn` counts in `conversation`.

    `question` and `answer` are its signal in the ledger, if somebody says something by it; `talk` a turn's words.
    """

    place: int
    event_id: str
    digest: bytes
    kind: str
    trial: Trial | None
    branch: Branch | None
    unit: UUID | None
    metric: str
    value: int | None
    cell: str
    said_at: datetime
    user: str
    conversation: str
    turn: int | None
    bundle: UUID | None
    memory: str
    segment: Mapping[str, str]
    solicited: bool
    question: str
    answer: int
    arm_key: str
    reason: str
    talk: Talk | None


_COMMON = ("event_id", "at", "kind", "user", "conversation", "turn", "experiment", "arm", "bundle", "memory", "segment")
_MORE: Mapping[str, tuple[str, ...]] = {
    Kind.EXPOSURE: (),
    Kind.TURN: ("messages",),
    Kind.THUMB: ("value", "solicited", "reason"),
    Kind.SIDE_BY_SIDE: ("first", "second", "preference", "solicited", "reason"),
    Kind.USAGE: ("action", "value"),
}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    Kind.EXPOSURE: ("experiment", "arm"),
    Kind.TURN: ("experiment", "arm", "conversation", "turn", "messages"),
    Kind.THUMB: ("value", "user", "conversation", "turn"),
    Kind.SIDE_BY_SIDE: ("experiment", "arm", "user", "conversation", "turn", "first", "second", "preference"),
    Kind.USAGE: ("action",),
}
_KNOWN = {kind: frozenset((*_COMMON, *more)) for kind, more in _MORE.items()}
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_FACTOR = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LEVEL = re.compile(r"[^;=\x00-\x1f\x7f\ud800-\udfff]{1,80}")


class Reading:
    """Reads the lines of one batch: what many of them share is computed once."""

    def __init__(self, ground: Ground, *, simulated: bool = False) -> None:
        self._ground = ground
        self._simulated = simulated
        self._key = key_of(ground.project)
        self._units: dict[str, UUID] = {}
        self._factors: set[tuple[str, str]] = set()
        self._earliest, self._latest = ground.now - KEPT, ground.now + SKEW

    def read(self, place: int, line: Any) -> Incoming:
        """The event of one parsed line. Raises Refused."""
        if type(line) is not dict:
            raise Refused("not_object", "the line is not an object.")
        kind = line.get("kind")
        if kind is None:
            raise Refused("missing_key", "the key 'kind' is missing.")
        known = _KNOWN.get(kind) if type(kind) is str else None
        if known is None:
            raise Refused("unknown_kind", f"kind is {_shown(kind)}; use one of {', '.join(_KNOWN)}.")
        _only_known(line, known, kind)
        event_id = _name(line, "event_id")
        if event_id.startswith(RESERVED) and not self._simulated:
            raise Refused("bad_text", f"event_id must not begin with {RESERVED!r}.")
        said_at = self._moment(line)
        trial, branch = self._where(line, said_at)
        user, conversation = _optional_name(line, "user"), _optional_name(line, "conversation")
        memory = _memory(line)
        segment = self._segment(line["segment"]) if "segment" in line else {}
        event = Incoming(
            place=place,
            event_id=event_id,
            digest=b"",
            kind=kind,
            trial=trial,
            branch=branch,
            unit=self._unit(trial, user, conversation) if trial else None,
            metric="",
            value=None,
            cell=_cell(trial, memory, segment),
            said_at=said_at,
            user=user,
            conversation=conversation,
            turn=_whole(line, "turn", 0, MOST_TURNS) if "turn" in line else None,
            bundle=self._bundle(line, branch),
            memory=memory,
            segment=segment,
            solicited=_solicited(line),
            question="",
            answer=0,
            arm_key=branch.said if branch else "",
            reason=_words(line["reason"], "reason", LONGEST_REASON) if "reason" in line else "",
            talk=None,
        )
        _BY_KIND[kind](event, line)
        event.digest = hashlib.blake2b(_sense(event).encode(), digest_size=8, key=self._key).digest()
        return event

    def _moment(self, line: Mapping[str, Any]) -> datetime:
        said = line.get("at")
        if type(said) is not str:
            raise _absent(line, "at", "a time as 2026-05-01T10:00:00Z")
        try:
            at = datetime.fromisoformat(said) if len(said) <= 40 else None
            at = at.astimezone(UTC) if at is not None and at.tzinfo is not None else None
        except (ValueError, OverflowError):
            at = None
        if at is None:
            raise Refused("time", f"at is {_shown(said)}; write a time with its zone, as 2026-05-01T10:00:00Z.")
        if at > self._latest:
            raise Refused("clock_future", f"at is {said}, and here it is {self._ground.now:%Y-%m-%dT%H:%M:%SZ}.")
        if at < self._earliest:
            raise Refused("clock_past", f"at is {said}, more than {KEPT.days} days ago.")
        return at

    def _where(self, line: Mapping[str, Any], at: datetime) -> tuple[Trial | None, Branch | None]:
        if "experiment" not in line and "arm" not in line:
            return None, None
        named = _text(line, "experiment")
        trial = self._ground.trials.get(named)
        if trial is None:
            raise Refused("unknown_experiment", f"the project has no experiment {_shown(named)}.")
        branch = _arm(trial, _text(line, "arm"))
        if not trial.ran_at(at):
            raise Refused("not_running", f"the experiment {named} did not run at {at:%Y-%m-%dT%H:%M:%SZ}.")
        return trial, branch

    def _unit(self, trial: Trial, user: str, conversation: str) -> UUID:
        name = user if trial.by_user else conversation
        if not name:
            of = "user" if trial.by_user else "conversation"
            raise Refused("missing_key", f"the key {of!r} is missing: it is the unit of the experiment.")
        found = self._units.get(name)
        if found is None:
            found = UUID(bytes=keyed_digest(self._ground.project, b"unit", name.encode())[:16])
            self._units[name] = found
        return found

    def _segment(self, value: Any) -> dict[str, str]:
        if type(value) is not dict:
            raise Refused("wrong_type", 'segment must be an object, as {"locale": "en"}.')
        if len(value) > MOST_FACTORS:
            raise Refused("segment", f"segment has {len(value)} factors; at most {MOST_FACTORS} are taken.")
        for factor, level in value.items():
            if type(level) is not str or (factor, level) not in self._factors:
                _require_factor(factor, level)
                self._factors.add((factor, level))
        return value

    def _bundle(self, line: Mapping[str, Any], branch: Branch | None) -> UUID | None:
        if "bundle" not in line:
            return branch.bundle if branch else None
        name = _text(line, "bundle")
        if branch is not None and name != branch.bundle_name:
            raise Refused(
                "unknown_bundle", f"the arm {branch.key} serves {_shown(branch.bundle_name)}, not {_shown(name)}."
            )
        found = self._ground.bundles.get(name)
        if found is None:
            raise Refused("unknown_bundle", f"the project has no bundle {_shown(name)}.")
        return found


def _exposure(event: Incoming, line: Mapping[str, Any]) -> None:
    """Adds nothing: that it is there says that the unit is exposed."""


def _turn(event: Incoming, line: Mapping[str, Any]) -> None:
    event.metric, event.value = metrics.TURN, 1
    event.talk = talk_of(line["messages"])


def _thumb(event: Incoming, line: Mapping[str, Any]) -> None:
    value = line["value"]
    if type(value) is not int or value not in (1, -1):
        raise Refused("out_of_range", f"value is {_shown(value)}; a thumb is 1 (up) or -1 (down).")
    event.metric, event.value = "thumb_asked" if event.solicited else "thumb", int(value > 0)
    event.question, event.answer = "thumb", value


def _side_by_side(event: Incoming, line: Mapping[str, Any]) -> None:
    assert event.trial is not None
    first, second = (_arm(event.trial, _text(line, side)) for side in ("first", "second"))
    if first is second:
        raise Refused("out_of_range", f"first and second are both {first.key}; a choice is between two arms.")
    said = line["preference"]
    if said != "both_bad" and (type(said) is not int or not -3 <= said <= 3):
        raise Refused("out_of_range", f'preference is {_shown(said)}; use a whole number from -3 to 3, or "both_bad".')
    event.question, event.answer = "overall", rubrics.BOTH_BAD if said == "both_bad" else said
    # Who was shown first is kept beside the choice.
    event.arm_key = f"{event.trial.key}/{first.key}:{second.key}"
    # A choice between two candidates, neither of which is the control, is kept and adds nothing. Nor does one against a
    # candidate that is not the unit's own arm where there are several: it would add to the arm's own candidate.
    candidate = second if first.control else first
    told_apart = len(event.trial.arms) == 2 or event.branch is candidate
    if (first.control or second.control) and told_apart:
        event.metric = "preference"
        event.value = metrics.preference_points(said, candidate_first=second.control)


def _usage(event: Incoming, line: Mapping[str, Any]) -> None:
    action = line["action"]
    if type(action) is not str or action not in metrics.ACTIONS:
        raise Refused("out_of_range", f"action is {_shown(action)}; use one of {', '.join(metrics.ACTIONS)}.")
    timed = action == "latency"
    if timed and "value" not in line:
        raise Refused("missing_key", "the key 'value' is missing: the milliseconds of the latency.")
    if "value" in line and not timed:
        raise Refused("unknown_key", f"the action {action} has no value.")
    event.metric, event.value = action, _whole(line, "value", 0, metrics.LATENCY_MAX_MS) if timed else 1


_BY_KIND: Mapping[str, Callable[[Incoming, Mapping[str, Any]], None]] = {
    Kind.EXPOSURE: _exposure,
    Kind.TURN: _turn,
    Kind.THUMB: _thumb,
    Kind.SIDE_BY_SIDE: _side_by_side,
    Kind.USAGE: _usage,
}


def _sense(event: Incoming) -> str:
    """All that an event says, the same however it was written. No part has a NUL in it."""
    said = (
        event.kind,
        event.said_at.isoformat(),
        event.arm_key,
        event.branch.said if event.branch else str(event.bundle),
        event.user,
        event.conversation,
        str(event.turn),
        event.memory,
        str(event.solicited),
        event.metric,
        str(event.value),
        str(event.answer),
        event.reason,
        ";".join(f"{factor}={level}" for factor, level in sorted(event.segment.items())),
        repr(event.talk) if event.talk else "",
    )
    return "\0".join(said)


def _only_known(line: Mapping[str, Any], known: frozenset[str], kind: str) -> None:
    if not line.keys() <= known:
        name = next(key for key in line if key not in known)
        raise Refused("unknown_key", f"unknown key {_shown(name)}; a {kind} has {', '.join(sorted(known))}.")
    for name in _NEEDED[kind]:
        if name not in line:
            raise Refused("missing_key", f"the key {name!r} is missing.")


def _arm(trial: Trial, key: str) -> Branch:
    found = trial.arms.get(key)
    if found is None:
        raise Refused("unknown_arm", f"the experiment {trial.key} has no arm {_shown(key)}.")
    return found


def _text(line: Mapping[str, Any], key: str) -> str:
    value = line.get(key)
    if type(value) is not str:
        raise _absent(line, key, "a text")
    return value


def _name(line: Mapping[str, Any], key: str) -> str:
    return _words(_text(line, key), key, LONGEST_NAME)


def _optional_name(line: Mapping[str, Any], key: str) -> str:
    return _name(line, key) if key in line else ""


def _words(value: Any, key: str, longest: int) -> str:
    if type(value) is not str:
        raise Refused("wrong_type", f"{key} must be a text.")
    if not value.strip() or len(value) > longest or _UNSTORABLE.search(value):
        raise Refused("bad_text", f"{key} must be 1 to {longest} characters without NUL or half surrogate pairs.")
    return value


def _whole(line: Mapping[str, Any], key: str, least: int, most: int) -> int:
    value = line[key]
    if type(value) is not int:
        raise Refused("wrong_type", f"{key} must be a whole number.")
    if not least <= value <= most:
        raise Refused("out_of_range", f"{key} must be from {least} to {most}.")
    return value


def _memory(line: Mapping[str, Any]) -> str:
    value = line.get("memory", "off")
    if value != "off" and value != "on":
        raise Refused("out_of_range", f"memory is {_shown(value)}; it is on or off.")
    return str(value)


def _solicited(line: Mapping[str, Any]) -> bool:
    value = line.get("solicited", False)
    if type(value) is not bool:
        raise Refused("wrong_type", "solicited must be true or false.")
    return value


def _require_factor(factor: str, level: Any) -> None:
    if not _FACTOR.fullmatch(factor) or factor == "memory":
        raise Refused("segment", f"segment has the factor {_shown(factor)}; use up to 40 of a-z, 0-9 and _.")
    if type(level) is not str or not _LEVEL.fullmatch(level):
        raise Refused("segment", f"segment.{factor} must be a text of 1 to 80 characters without ; and =.")


def _cell(trial: Trial | None, memory: str, segment: Mapping[str, str]) -> str:
    if trial is None:
        return ""
    parts = [f"memory={memory}"]
    parts.extend(f"{factor}={segment[factor]}" for factor in trial.slices if factor in segment)
    return ";".join(parts)


def _absent(line: Mapping[str, Any], key: str, what: str) -> Refused:
    if key not in line:
        return Refused("missing_key", f"the key {key!r} is missing.")
    return Refused("wrong_type", f"{key} must be {what}.")


def _shown(value: object) -> str:
    whole = ascii(value)
    return whole if len(whole) <= 60 else whole[:59] + "…"
