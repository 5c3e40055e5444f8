"""Before an alarm: how soon a rise would be found, and how likely a false alarm is.

A rise of d makes the chance of the outcome expit(odds + d cause) where the reference foretold expit(odds). Events are
drawn from the reference, with their own causes and odds, outcomes from the risen chance, and the detector that raises
alarms (`stats.drift`) runs over their scores. It begins at 0, as after a reset: an e-SR detector that has run for a
while is never behind one that begins, so these are its longest delays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from stats.drift import BETS, BOUND
from stats.explaining.scored import Scored, scored
from stats.monitoring.coefficients import OVERALL, Coefficient
from stats.monitoring.declared import Declared, State
from stats.monitoring.scoring import Scorer
from stats.pools import Array
from stats.thumbed import Thumbed

RISES = (0.4, 0.8)
STREAMS = 200
LONGEST = 20_000
"""Events after which a rise counts as not found."""
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Delay:
    """How many events pass until a rise is found; None where more than half, or a tenth, of the streams never do."""

    rise: float
    median: int | None
    q90: int | None

    def as_json(self, per_day: float) -> dict[str, float | int | None]:
        """In events and, at so many events a day, in days."""
        days = {
            f"{name}_days": None if events is None else events / per_day
            for name, events in (("median", self.median), ("q90", self.q90))
        }
        return {"rise": self.rise, "median_events": self.median, "q90_events": self.q90, **days}


def foretold(
    monitor: Coefficient, declared: Declared, state: State, reference: Thumbed, *, per_day: float
) -> dict[str, Any]:
    """What `monitor` will find and how soon, from the reference that `state` was started from; always the same.

    "rises" has a delay for each of RISES in events and, at `per_day` events a day, in days; "least" the events within
    which the largest is found in half of the cases, None if it is not; "false_alarm" the chance of one within as many
    events as the declared run length. Only the detector over all events counts here: those of single levels find a
    rise sooner, never later.
    """
    delays = power(
        scored(Scorer.from_json(monitor.question, state["scorer"]), reference),
        epsilon=state["overall"]["epsilon"],
        run_length=declared.run_length / OVERALL,
        rng=np.random.default_rng([declared.run_length, len(reference)]),
    )
    return {
        "per_day": per_day,
        "rises": [delay.as_json(per_day) for delay in delays],
        "least": delays[-1].median,
        "false_alarm": false_alarm(declared.run_length, declared.run_length),
    }


def power(
    reference: Scored,
    *,
    epsilon: float,
    run_length: float,
    rng: np.random.Generator,
    rises: Sequence[float] = RISES,
    streams: int = STREAMS,
) -> list[Delay]:
    """How soon each of `rises` is found by a detector that calls scores above `epsilon` a change."""
    return [_delay(reference, rise, epsilon, run_length, rng, streams) for rise in rises]


def false_alarm(events: float, run_length: float) -> float:
    """The chance of a false alarm within so many events, if alarms come like the ticks of a Geiger counter.

    1 - exp(-events / run_length): with events = run_length it is 63 %, although the mean distance is what was promised.
    """
    return float(-np.expm1(-events / run_length))


def _delay(
    reference: Scored, rise: float, epsilon: float, run_length: float, rng: np.random.Generator, streams: int
) -> Delay:
    chance, risen = expit(reference.odds), expit(reference.odds + rise * reference.cause)
    bets = np.array(BETS)[:, None]
    value = np.zeros((len(BETS), streams))
    found = np.full(streams, LONGEST + 1)
    running = np.arange(streams)
    for start in range(0, LONGEST, _CHUNK):
        drawn = rng.integers(len(reference), size=(_CHUNK, len(running)))
        up = rng.random(drawn.shape) < risen[drawn]
        excess = np.minimum(reference.part[drawn] * (up - chance[drawn]) - epsilon, BOUND)
        path = np.empty(drawn.shape)
        for event, own in enumerate(excess):
            value = (value + 1) * (1 + bets * own)
            path[event] = value.mean(axis=0)
        hit = path >= run_length
        alarmed = hit.any(axis=0)
        found[running[alarmed]] = start + 1 + hit[:, alarmed].argmax(axis=0)
        running, value = running[~alarmed], value[:, ~alarmed]
        if not len(running):
            break
    return Delay(rise, _quantile(found, 0.5), _quantile(found, 0.9))


def _quantile(found: Array, share: float) -> int | None:
    value = int(np.quantile(found, share, method="higher"))
    return value if value <= LONGEST else None
