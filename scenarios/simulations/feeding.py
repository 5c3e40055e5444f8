"""What a product with an experiment sends: its traffic as events that a client writes, in order of arrival."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from scenarios.products import ARMS, BOTH_BAD, Traffic
from scenarios.simulations.talking import DRAWS, Talk, words
from scenarios.worlds import DOMAINS
from stats.pools import Array, Mask, Whole

# The share of events that come late, by up to so many days; and of those that the client sends twice.
_LATE, _LATEST, _TWICE = 0.01, 1.5, 0.005
# How often the client does not send the words of a turn that was chosen: with the candidate somewhat oftener.
_LOST = (0.05, 0.08)
_TIMED = 0.1
"""The share of turns whose time to answer is sent."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One event: when it comes in (days from the start), and what it says. `turn` is its number in the traffic."""

    day: float
    turn: int
    body: dict[str, Any]

    def line(self) -> bytes:
        """The event as a line of NDJSON."""
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


@dataclass(frozen=True, eq=False, slots=True)
class Feed:
    """The client of one experiment. `begin` is the start, `takes_part` (n,) says which turns are of users who take part
    then, and `chosen(conversation, turn)` is the published hash. `bundles` are the arms', control first."""

    experiment: str
    bundles: tuple[str, str]
    begin: datetime
    traffic: Traffic
    takes_part: Mask
    chosen: Callable[[str, int], bool]

    def user(self, number: int) -> str:
        return user_name(self.experiment, number)

    def conversation(self, turn: int) -> str:
        """The name of the conversation of this turn of the traffic."""
        return f"{self.experiment}-c{int(self.traffic.conversation[turn]) + 1:06d}"

    def events(self, rng: np.random.Generator) -> list[Sent]:
        """All events in the order in which they come in; some come late, and some come twice."""
        sent = [
            Sent(float(self.traffic.day[turn]), turn, body)
            for turn, body in self._said(np.flatnonzero(self.takes_part), rng)
        ]
        for number, one in enumerate(sent):
            one.body["event_id"] = f"simulate:{self.experiment}:{number + 1}"
        late = np.where(rng.random(len(sent)) < _LATE, _LATEST * rng.random(len(sent)), 0.0)
        come = [Sent(one.day + float(wait), one.turn, one.body) for one, wait in zip(sent, late, strict=True)]
        again = [one for one, twice in zip(come, rng.random(len(come)) < _TWICE, strict=True) if twice]
        come += [Sent(one.day + 0.1, one.turn, one.body) for one in again]
        return sorted(come, key=lambda one: one.day)

    def _said(self, turns: Whole, rng: np.random.Generator) -> Iterator[tuple[int, dict[str, Any]]]:
        """What each turn makes the client send, in order of time."""
        known: set[int] = set()
        seen: dict[int, int] = {}
        lost, timed = rng.random(len(self.traffic)), rng.random(len(self.traffic)) < _TIMED
        drawn, domains = rng.integers(DRAWS, size=len(self.traffic)), rng.integers(len(DOMAINS), size=len(self.traffic))
        for turn in turns.tolist():
            user = int(self.traffic.user[turn])
            if user not in known:
                known.add(user)
                yield turn, self._event(turn, "exposure")
            day = int(self.traffic.day[turn])
            if seen.setdefault(user, day) < day:
                seen[user] = day
                yield turn, self._used(turn, "return")
            chosen = self.chosen(self.conversation(turn), int(self.traffic.place[turn]))
            if chosen and lost[turn] >= _LOST[int(self.traffic.arm[user])]:
                yield turn, self._words(turn, DOMAINS[int(domains[turn])], int(drawn[turn]))
            yield from ((turn, body) for body in self._done(turn, chosen, bool(timed[turn])))

    def _done(self, turn: int, chosen: bool, timed: bool) -> Iterator[dict[str, Any]]:
        """What the user did at this turn. Whose turn was chosen is asked for a thumb."""
        traffic = self.traffic
        yield self._used(turn, "message")
        if timed:
            yield self._used(turn, "latency", value=int(traffic.latency[turn]))
        if traffic.left[turn]:
            yield self._thumb(turn, solicited=False)
        if (chosen or traffic.asks[turn]) and traffic.answers[turn]:
            yield self._thumb(turn, solicited=True)
        if traffic.chooses[turn]:
            yield self._choice(turn)
        for action, did in (
            ("regenerate", traffic.regenerates),
            ("abandon", traffic.abandons),
            ("safety_report", traffic.reports),
        ):
            if did[turn]:
                yield self._used(turn, action)

    def _event(self, turn: int, kind: str, /, **more: Any) -> dict[str, Any]:
        traffic = self.traffic
        user = int(traffic.user[turn])
        arm = int(traffic.arm[user])
        at = self.begin + timedelta(days=float(traffic.day[turn]))
        return {
            "event_id": "",
            "at": at.isoformat(timespec="milliseconds"),
            "kind": kind,
            "user": self.user(user),
            "experiment": self.experiment,
            "arm": ARMS[arm],
            "bundle": self.bundles[arm],
            "memory": "on" if traffic.memory[user] else "off",
            "segment": {"locale": traffic.locale[user], "segment": traffic.segment[user]},
            **more,
        }

    def _in_place(self, turn: int, kind: str, /, **more: Any) -> dict[str, Any]:
        place = int(self.traffic.place[turn])
        return self._event(turn, kind, conversation=self.conversation(turn), turn=place, **more)

    def _used(self, turn: int, action: str, /, **more: Any) -> dict[str, Any]:
        return self._in_place(turn, "usage", action=action, **more)

    def _thumb(self, turn: int, *, solicited: bool) -> dict[str, Any]:
        more: dict[str, Any] = {"value": 1 if self.traffic.up[turn] else -1, "solicited": solicited}
        if not self.traffic.up[turn] and self.traffic.sycophantic[turn]:
            more["reason"] = "too_flattering"
        return self._in_place(turn, "thumb", **more)

    def _choice(self, turn: int) -> dict[str, Any]:
        """The preference as it was shown: with the candidate first in every other turn."""
        said, swapped = int(self.traffic.choice[turn]), turn % 2 == 1
        first, second = ARMS[::-1] if swapped else ARMS
        preference = "both_bad" if said == BOTH_BAD else -said if swapped else said
        return self._in_place(turn, "side_by_side", first=first, second=second, preference=preference, solicited=True)

    def _words(self, turn: int, domain: str, drawn: int) -> dict[str, Any]:
        traffic, user = self.traffic, int(self.traffic.user[turn])
        talk = Talk(
            language=traffic.locale[user],
            domain=domain,
            memory=bool(traffic.memory[user]),
            sycophantic=int(traffic.sycophantic[turn]),
            correct=bool(traffic.correct[turn]),
            cold=bool(traffic.cold[turn]),
            draw=drawn,
        )
        prompt, answer = words(talk, "")
        # Of its own for each turn, as people's words are.
        asked = f"{prompt.messages[-1][1]} ({self.conversation(turn)}, {int(traffic.place[turn])})"
        messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": answer.text}]
        return self._in_place(turn, "turn", messages=messages)


def user_name(experiment: str, number: int) -> str:
    """The product's own name of a user."""
    return f"{experiment}-u{number + 1:05d}"


def ramp_at(steps: tuple[tuple[float, int], ...], day: Array) -> Whole:
    """The percent of the users who take part at each moment (n,): `steps` are (day, percent), the first at 0."""
    days, percents = (np.array(each) for each in zip(*steps, strict=True))
    ramp: Whole = percents[np.searchsorted(days, day, side="right") - 1]
    return ramp
