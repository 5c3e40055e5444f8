"""The clock by which answers are shown, so that the speed of a model says nothing of which model it is. Pure.

It is a function of when words came and not of who looked: whoever comes later, in another process or after a reload,
sees what the first reader sees. Times are milliseconds since the answers were asked for, amounts are characters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

SECOND = 1000.0
# Nobody waits for the rest of a long answer at the pace of a model that dripped a few words.
LEAST = 0.25


@dataclass(frozen=True, slots=True)
class Side:
    """What is known of one answer: when its first word came (None: none yet), how much is here, when it ended.

    `broken`: it failed, so that nothing will be said of it and the other one need not wait for it.
    """

    first_ms: float | None
    length: int
    ended_ms: float | None = None
    broken: bool = False

    @property
    def unfinished(self) -> bool:
        return self.ended_ms is None


@dataclass(frozen=True, slots=True)
class Clock:
    """A programme's clock: nothing is shown before `first_ms`, and then at most `pace` characters a second."""

    pace: float
    first_ms: float = 0.0


def opens(sides: Sequence[Side], clock: Clock) -> float | None:
    """When the first words are shown: not before each side has some, or has ended without. None: not known yet."""
    if any(side.first_ms is None and side.unfinished for side in sides):
        return None
    return max([clock.first_ms, *(side.first_ms for side in sides if side.first_ms is not None)])


def released(sides: Sequence[Side], *, now_ms: float, clock: Clock) -> int:
    """How many characters of each side may be seen now; the same number for all, and never fewer later.

    Side by side it goes as the slower one goes: as far as every unfinished answer is here, and where one has ended no
    faster than it came. Otherwise the rest of the faster answer would come in a rush, and tell that it had waited.
    """
    opened = opens(sides, clock)
    if opened is None or now_ms < opened:
        return 0
    longest = max(side.length for side in sides)
    here = min([side.length for side in sides if side.unfinished], default=longest)
    return min(here, int(_rate(sides, opened, clock) * (now_ms - opened) / SECOND))


def over(side: Side, shown: int) -> bool:
    """Whether the reader has all of this answer."""
    return not side.unfinished and shown >= side.length


def _rate(sides: Sequence[Side], opened: float, clock: Clock) -> float:
    """Characters a second."""
    if len(sides) == 1:
        return clock.pace
    ended = [side for side in sides if not (side.unfinished or side.broken) and side.length]
    return max(LEAST * clock.pace, min([clock.pace, *(_came(side, opened) for side in ended)]))


def _came(side: Side, opened: float) -> float:
    """How fast an answer that has ended came, reckoned from when the first words were shown; at once is no bound."""
    took = (side.ended_ms or 0.0) - opened
    return SECOND * side.length / took if took > 0 else float("inf")
