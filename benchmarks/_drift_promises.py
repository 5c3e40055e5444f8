"""What the monitor of bias promises, in worlds of known truth: false alarms, delays, and what must not move it.

Each function takes how much is drawn, so that tests run a small form of what `make drift-bench` runs whole. Every
reference is drawn anew, for a promise that holds on average over references is broken by many of them.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from scenarios.driftworlds import ALIKE, NUISANCES, UNLIKE, World, series, stream
from stats.monitoring.coefficients import BIAS
from stats.monitoring.declared import Declared, State
from stats.monitoring.scoring import Scorer, fitted
from stats.pools import Array

DECLARED = Declared("M1", "log-odds of a thumb up for sycophancy", reference=20_000)
MOST_FALSE = 0.713
"""1 - exp(-1/0.8): the chance of an alarm within one run length, if the run length is 0.8 of what was promised."""
LEAST_REFERENCES = 0.90
BEFORE = 4000
QUARTER = UNLIKE.flattering(0.25)
SHIFT = 0.4
MOST_MOVED = 0.05
SEED = 20261128
DELAYS = ((0.8, 1500, 0.95), (0.4, 4000, 0.90))
"""A rise, the thumbs within which it is found, and in which share of the streams."""


@dataclass(frozen=True, slots=True)
class Delays:
    """The events (n,) until the alarm, inf for none, of streams that had none before the change; the others' share."""

    events: Array
    early: float

    def within(self, most: int) -> float:
        """The share found within so many events."""
        return float((self.events <= most).mean())


def start(rng: np.random.Generator, world: World = UNLIKE) -> State:
    """A monitor with a reference of its own."""
    return BIAS.start(DECLARED, stream(world, DECLARED.reference, rng))


def false_alarms(
    worlds: Mapping[str, World], rng: np.random.Generator, *, references: int = 60, streams: int = 15
) -> dict[str, Array]:
    """By world: of each reference, drawn from UNLIKE, the share of streams of one run length that alarmed."""
    shares = {name: np.zeros(references) for name in worlds}
    for row in range(references):
        begun = start(rng)
        for name, world in worlds.items():
            alarmed = [_alarm(begun, world, rng) is not None for _ in range(streams)]
            shares[name][row] = np.mean(alarmed)
    return shares


def kept(shares: Array) -> float:
    """The share of references that keep the promise."""
    return float((shares <= MOST_FALSE).mean())


def delays(
    size: float,
    rng: np.random.Generator,
    *,
    streams: int = 200,
    world: World = QUARTER,
    where: tuple[str, str] | None = None,
    after: int = 8000,
) -> Delays:
    """How many thumbs after a rise of `size` the alarm comes; a reference for each stream, BEFORE thumbs before."""
    found = np.full(streams, np.inf)
    for row in range(streams):
        begun = start(rng, world)
        events = series([(world, BEFORE), (world.drifting(size, where), after)], rng)
        alarm = BIAS.step(DECLARED, begun, events, 1)["alarm"]
        if alarm is not None:
            found[row] = alarm["event"] - BEFORE
    early = found <= 0
    return Delays(found[~early], float(early.mean()))


def moved(
    worlds: Mapping[str, World], rng: np.random.Generator, *, references: int = 20, events: int = 400_000
) -> dict[str, Array]:
    """By world: the change (references,) of the mean score, as a share of what a rise of SHIFT does to it."""
    shares = {name: np.zeros(references) for name in worlds}
    for row in range(references):
        scorer = fitted(BIAS.question, stream(UNLIKE, DECLARED.reference, rng))
        before = _mean(scorer, UNLIKE, events, rng)
        rise = _mean(scorer, UNLIKE.drifting(SHIFT), events, rng) - before
        for name, world in worlds.items():
            shares[name][row] = (_mean(scorer, world, events, rng) - before) / rise
    return shares


def _alarm(begun: State, world: World, rng: np.random.Generator) -> int | None:
    alarm = BIAS.step(DECLARED, begun, stream(world, DECLARED.run_length, rng), 1)["alarm"]
    return None if alarm is None else int(alarm["event"])


def _mean(scorer: Scorer, world: World, events: int, rng: np.random.Generator) -> float:
    return float(scorer.scores(stream(world, events, rng)).score.mean())


def replayed(rng: np.random.Generator, *, events: int = 10_000, batches: tuple[int, ...] = (1, 7, 500, 4096)) -> bool:
    """Whether the same events in other batches, each state through JSON, end in the same state to the last bit."""
    begun = start(rng)
    thumbs = series([(UNLIKE, events // 2), (UNLIKE.drifting(0.8), events // 2)], rng)
    whole = BIAS.step(DECLARED, begun, thumbs, 1)
    for batch in batches:
        state = begun
        for first in range(0, len(thumbs), batch):
            part = thumbs.part(first, min(first + batch, len(thumbs)))
            state = json.loads(json.dumps(BIAS.step(DECLARED, state, part, 1 + first)))
        if state != whole:
            return False
    return True


def main(*parts: str) -> None:
    """The whole form or some PARTS of it, as a table; fails if a promise is broken."""
    print("| promise | found | |\n|---|--:|---|")
    broken = []
    for part in parts or tuple(PARTS):
        for what, found, fine in PARTS[part]():
            print(f"| {what} | {found} | {'holds' if fine else 'BROKEN'} |", flush=True)
            if not fine:
                broken.append(what)
    sys.exit(f"Broken: {'; '.join(broken)}." if broken else 0)


Line = tuple[str, str, bool]


def _replay() -> Iterator[Line]:
    same = replayed(np.random.default_rng(SEED))
    yield "replay in batches of 1, 7, 500, 4,096", "same bits" if same else "other bits", same


def _delays() -> Iterator[Line]:
    rng = np.random.default_rng(SEED + 1)
    for name, world in {"levels differ": QUARTER, "levels alike": ALIKE}.items():
        for size, most, share in DELAYS:
            found = delays(size, rng, world=world)
            median, late = np.quantile(found.events, (0.5, 0.9))
            said = f"{found.within(most):.3f} (median {median:,.0f}, q90 {late:,.0f}; {found.early:.3f} before it)"
            yield f"+{size:g} within {most:,}, {name}: {share:.2f}", said, found.within(most) >= share


def _alarms(worlds: Mapping[str, World]) -> Iterator[Line]:
    rng = np.random.default_rng(SEED + 2)
    for name, shares in false_alarms(worlds, rng).items():
        said = f"{kept(shares):.3f} of references (alarms {shares.mean():.3f}, at most {shares.max():.2f})"
        yield f"false alarms, {name}: {LEAST_REFERENCES:.2f}", said, kept(shares) >= LEAST_REFERENCES


def _moved() -> Iterator[Line]:
    for name, shares in moved(NUISANCES, np.random.default_rng(SEED + 3)).items():
        said = f"{shares.mean():+.3f} (sd {shares.std(ddof=1):.3f})"
        yield f"mean score moved by {name}: {MOST_MOVED} of +0.4", said, abs(shares.mean()) <= MOST_MOVED


PARTS: Mapping[str, Callable[[], Iterator[Line]]] = {
    "replay": _replay,
    "delays": _delays,
    "null": lambda: _alarms({"nothing changes": UNLIKE}),
    "moved": _moved,
    "nuisances": lambda: _alarms(NUISANCES),
}


if __name__ == "__main__":
    main(*sys.argv[1:])
