"""What a drift monitor is told, what it answers, and what every monitor can do."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Protocol, Self

from stats.intervals import Estimate
from stats.thumbed import Thumbed

Standing = Literal["ok", "watch", "alarm"]
State = dict[str, Any]
"""A monitor between two steps: at most MOST_STATE bytes as JSON, and the same after a way through JSON."""

KEYS = ("M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "M10")
FOR_DISPLAY = ("M4", "M6", "M8", "M10")
"""Monitors that raise no alarm of their own."""

LEAST_REFERENCE = 2000
LEAST_ANCHORS = 100
"""M7 counts judgments of anchors, which are few."""
LEAST_OF_EACH = 200
"""No verdict before the reference has this many sycophantic responses, and as many that are not."""

MOST_STATE = 64 * 1024
MOST_POINTS = 400
"""A timeline has at most this many points."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One monitor as a project declares it.

    `reference` is how many events it takes as its reference. `tolerance` is a change that does not count, in the unit
    of the parameter (log-odds for a coefficient, a share for a rate). `run_length` is 1/alpha: without a change, the
    events until a false alarm are at least this many on average. Raises ValueError for what cannot be.
    """

    key: str
    parameter: str
    reference: int = 8000
    tolerance: float = 0.0
    run_length: int = 20_000
    direction: Literal["up", "both"] = "up"
    alarms: bool = True

    def __post_init__(self) -> None:
        if self.key not in KEYS:
            raise ValueError(f"there is no monitor {self.key}")
        least = LEAST_ANCHORS if self.key == "M7" else LEAST_REFERENCE
        if self.reference < least:
            raise ValueError(f"a reference has at least {least} events")
        if not self.tolerance >= 0 or self.run_length < 1 or self.direction not in ("up", "both"):
            raise ValueError("a tolerance is not negative, a run length at least 1, a direction up or both")
        if self.alarms and self.key in FOR_DISPLAY:
            raise ValueError(f"{self.key} is for display and raises no alarm")

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The same again. Raises ValueError for a name that is not known."""
        unknown = set(stored) - {one.name for one in fields(cls)}
        if unknown:
            raise ValueError(f"a declared monitor has no {', '.join(sorted(unknown))}")
        return cls(**stored)


class Unusable(ValueError):
    """A monitor cannot start from this reference: `which` is a short fixed name of the fault, `why` says it in words.

    `which` is one of "too_few", "no_variation", "separation", "one_outcome", "no_level", "direction", "tolerance";
    `why` is whole sentences, with what can be done.
    """

    def __init__(self, which: str, why: str) -> None:
        super().__init__(why)
        self.which = which
        self.why = why


@dataclass(frozen=True, slots=True)
class Reading:
    """What a monitor says now.

    `statistic` raises the alarm at `threshold`; `warning` is how near the early warning is (1 at its limit), None where
    there is none. `since` is the number of the event at which the standing began, None for one that is ok from the
    start. `events` were seen since the reference, of which `left_out` counts by reason those that could not be used.
    Each point of `path` has "event", "at", "value", "statistic" and "warning", and "low" and "high" where the value has
    an interval; `segments` says more by "factor:level"; `reference` is what `value` was in the reference. While there
    is no value, `needed` is about how many more events it takes, None where that cannot be said.
    """

    standing: Standing
    value: Estimate | None
    statistic: float
    threshold: float
    warning: float | None
    since: int | None
    events: int
    left_out: dict[str, int] = field(default_factory=dict)
    path: list[dict[str, Any]] = field(default_factory=list)
    segments: dict[str, dict[str, Any]] = field(default_factory=dict)
    reference: Estimate | None = None
    needed: int | None = None


class Monitor(Protocol):
    """Pure steps: the same events give the same state, bit by bit, in whatever batches they come."""

    @property
    def key(self) -> str:
        """One of KEYS."""

    def start(self, declared: Declared, reference: Thumbed) -> State:
        """The state after the reference, before any event. Raises Unusable."""

    def step(self, declared: Declared, state: State, events: Thumbed, first: int) -> State:
        """The state after `events`, the first of which has the number `first`. `state` itself is left as it was."""

    def reading(self, declared: Declared, state: State) -> Reading:
        """What `state` says."""
