"""How often an experiment without a difference is said to have one, looked at at every hour of 30 days.

`python -m tests.statistics.peeking` prints the tables of docs/statistics.md, and fails where one is not as it must be:
10,000 experiments without a difference each, α = 0.05, the one-sided 95 % bound of the error at most 0.06.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from time import monotonic

import numpy as np
from scipy.stats import beta

from stats.pools import Array, Mask
from stats.sequential.anytime import confidence_sequence, one_sided
from stats.sequential.exact import log_e_of_share
from stats.sequential.fixed import fixed_interval
from stats.sequential.moments import Contrast, Kind, against, difference, mean_of, ratio, relative, steadied
from stats.sequential.reading import Design, lacking, said
from tests.statistics._experiment_worlds import Arms, Returning, rare, returning, shares, votes, waits

RUNS = 10_000
SEED = 20261128
ALPHA = 0.05
MOST = 0.06
BLOCK = 100
World = Callable[[np.random.Generator, int], Arms | Returning]


@dataclass(frozen=True)
class Errors:
    """How many of `runs` experiments were said to differ at any hour.

    `ours` by the confidence sequence, `above` by its one-sided lower bound, `ratio` by the one of the ratio; `peeked`
    by an ordinary test at each hour, `once` by one at the end. The last two take events for users: `events` by a
    confidence sequence, `events_once` by a test at the end.
    """

    runs: int = 0
    ours: int = 0
    above: int = 0
    ratio: int = 0
    peeked: int = 0
    once: int = 0
    events: int = 0
    events_once: int = 0

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True)
class Setting:
    """A world without a difference, how it is read, and how many units were planned."""

    name: str
    world: World
    planned: int
    kind: Kind = "ratio"
    wins: bool = False
    burn_in: int = 500

    def contrast(self, arms: Arms) -> Contrast:
        """As `stats.sequential.reading` would say it."""
        design = Design(planned=self.planned, alpha=ALPHA, burn_in=self.burn_in)
        if self.wins:
            both = ratio(arms[0] + arms[1]).scaled(0.5)
            return said(against(both, 0.5), lacking(both.n[None], both.n, design))
        steady = steadied(mean_of(arms[0], self.kind), mean_of(arms[1], self.kind))
        return said(difference(*steady), self._lacking(arms, design))

    def log_ratio(self, arms: Arms) -> Contrast:
        design = Design(planned=self.planned, alpha=ALPHA, burn_in=self.burn_in)
        steady = steadied(mean_of(arms[0], self.kind), mean_of(arms[1], self.kind))
        return said(relative(*steady), self._lacking(arms, design))

    def _lacking(self, arms: Arms, design: Design) -> Array:
        n = np.stack([mean_of(arm, self.kind).n for arm in arms])
        return lacking(n, arms[0].units + arms[1].units, design)


SETTINGS = (
    Setting("thumbs up, .70", lambda rng, runs: shares(rng, runs, 0.7, 0.7), 20_000),
    Setting("a report, .02 of exposed", lambda rng, runs: rare(rng, runs, 0.02), 20_000, kind="mean"),
    Setting("a report, .002 of exposed", lambda rng, runs: rare(rng, runs, 0.002), 20_000, kind="mean"),
    Setting("a report, .02, a tenth of the units", lambda g, r: rare(g, r, 0.02, of_units=0.1), 20_000, kind="mean"),
    Setting("wait, long-tailed", waits, 10_000),
    Setting("wins, ties .30", votes, 10_000, wins=True),
    Setting("wins, ties .30, 2,000 planned, from 100 on", votes, 2_000, wins=True, burn_in=100),
    Setting("thumbs, users return, ICC .2", lambda g, r: returning(g, r, users=3000, likeness=0.2, share=0.7), 3_000),
    Setting("thumbs, users return, ICC .02", lambda g, r: returning(g, r, users=3000, likeness=0.02, share=0.7), 3_000),
    Setting(
        "wins, users return, ICC .2",
        lambda g, r: returning(g, r, users=3000, likeness=0.2, share=0.5, ties=0.3),
        3_000,
        wins=True,
    ),
)


@dataclass(frozen=True)
class Exact:
    """How many of `runs` ballots without a winner had one, exactly and by an ordinary test after each vote."""

    runs: int
    exact: int
    peeked: int


@dataclass(frozen=True)
class Sliced:
    """In how many of `runs` experiments without a difference a slice was found, by e-BH and each taken alone."""

    runs: int
    together: int
    alone: int


def errors(setting: Setting, rng: np.random.Generator, *, runs: int) -> Errors:
    """`runs` experiments of a setting, in blocks."""
    found = Errors()
    for block in _blocks(runs):
        found += _block(setting, setting.world(rng, block), block)
    return found


def upper(wrong: int, runs: int) -> float:
    """The one-sided 95 % bound of an error, from how often it was made (Clopper and Pearson)."""
    return float(beta.ppf(0.95, wrong + 1, runs - wrong)) if wrong < runs else 1.0


def _block(setting: Setting, made: Arms | Returning, runs: int) -> Errors:
    arms = made.users if isinstance(made, Returning) else made
    contrast = setting.contrast(arms)
    by_events = setting.contrast(made.events) if isinstance(made, Returning) else contrast
    ours = confidence_sequence(contrast, planned=setting.planned, burn_in=setting.burn_in)
    above = one_sided(contrast, planned=setting.planned, burn_in=setting.burn_in)
    relatively = contrast if setting.wins else setting.log_ratio(arms)
    scaled = confidence_sequence(relatively, planned=setting.planned, burn_in=setting.burn_in)
    naive, naive_events = fixed_interval(contrast), fixed_interval(by_events)
    # As many events were planned as come of the planned units.
    planned = setting.planned * float(np.nanmean(by_events.n[:, -1] / contrast.n[:, -1]))
    every = confidence_sequence(by_events, planned=planned, burn_in=setting.burn_in)
    return Errors(
        runs,
        _ever(ours.p < ALPHA),
        _ever(above.low > 0),
        _ever(scaled.p < ALPHA),
        _ever(naive.p < ALPHA),
        int((naive.p[:, -1] < ALPHA).sum()),
        _ever(every.p < ALPHA),
        int((naive_events.p[:, -1] < ALPHA).sum()),
    )


def _ever(found: Mask) -> int:
    return int(found.any(axis=1).sum())


def _blocks(runs: int) -> Iterator[int]:
    while runs > 0:
        yield min(BLOCK, runs)
        runs -= BLOCK


def exact_votes(rng: np.random.Generator, *, runs: int, votes_of_each: int = 3000, ties: float = 0.3) -> Exact:
    """Single votes without a winner, looked at after each: by the exact evidence on decisive ones, and by a test."""
    exact = peeked = 0
    for block in _blocks(runs):
        x = np.where(rng.random((block, votes_of_each)) < ties, 0, 2 * rng.integers(0, 2, (block, votes_of_each)) - 1)
        won, lost = np.cumsum(x == 1, axis=1), np.cumsum(x == -1, axis=1)
        exact += _ever(log_e_of_share(won, lost) >= -np.log(ALPHA))
        z = (won - lost) / np.sqrt(np.maximum(won + lost, 1))
        peeked += _ever((np.abs(z) > 1.96) & (won + lost >= 30))
    return Exact(runs, exact, peeked)


def slices(rng: np.random.Generator, *, runs: int, of_units: int = 8) -> Sliced:
    """Experiments without a difference in `of_units` slices: any slice found at any hour by e-BH, and each alone."""
    together = alone = 0
    design = Design(planned=20_000 // of_units, alpha=ALPHA)
    for block in _blocks(runs):
        e = []
        for _ in range(of_units):
            first, second = (ratio(arm) for arm in shares(rng, block, 0.7, 0.7, per_hour=28 // of_units))
            contrast = said(difference(first, second), lacking(np.stack([first.n, second.n]), first.n, design))
            e.append(confidence_sequence(contrast, planned=design.planned).e)
        values = np.nan_to_num(np.stack(e))
        alone += _ever((values >= 1 / ALPHA).any(axis=0))
        # All are without a difference, so any found is false; e-BH finds one where a k-th largest reaches K / (α k).
        ranked = -np.sort(-values, axis=0) * np.arange(1, of_units + 1)[:, None, None]
        together += _ever((ranked >= of_units / ALPHA).any(axis=0))
    return Sliced(runs, together, alone)


def as_it_must_be(found: Errors) -> bool:
    """Every error of ours at most 0.06 by its upper bound."""
    return all(upper(wrong, found.runs) <= MOST for wrong in (found.ours, found.above, found.ratio))


def _row(setting: Setting, found: Errors) -> str:
    """A line of the table; – for the ratio of wins, and for events where each is a user of its own."""
    shown = [f"{wrong / found.runs:.4f}" for wrong in (found.ours, found.ratio, found.above, found.peeked, found.once)]
    if setting.wins:
        shown[1] = "–"
    events = [f"{wrong / found.runs:.4f}" for wrong in (found.events, found.events_once)]
    if "return" not in setting.name:
        events = ["–", "–"]
    return (
        f"| {setting.name} | "
        + " | ".join([shown[0], f"{upper(found.ours, found.runs):.4f}", *shown[1:], *events])
        + " |"
    )


def main() -> None:
    print(f"{RUNS:,} experiments without a difference each, 720 hourly looks, α = {ALPHA}, seed {SEED}")
    print("| what | ours | at most (95 %) | ratio | one-sided | peeking | one look | events, ours | events, one look |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    failed = []
    for number, setting in enumerate(SETTINGS):
        start = monotonic()
        found = errors(setting, np.random.default_rng((SEED, number)), runs=RUNS)
        print(_row(setting, found), flush=True)
        print(f"{monotonic() - start:.0f} s", file=sys.stderr, flush=True)
        if not as_it_must_be(found):
            failed.append(setting.name)
    ballots = exact_votes(np.random.default_rng((SEED, 100)), runs=RUNS)
    print(
        f"single votes, ties .30, looked at after each of 3,000: exact {ballots.exact / RUNS:.4f} "
        f"(at most {upper(ballots.exact, RUNS):.4f}), peeking {ballots.peeked / RUNS:.4f}"
    )
    sliced = slices(np.random.default_rng((SEED, 101)), runs=RUNS // 4)
    print(
        f"8 slices, {sliced.runs:,} experiments: any found by e-BH {sliced.together / sliced.runs:.4f} "
        f"(at most {upper(sliced.together, sliced.runs):.4f}), each alone {sliced.alone / sliced.runs:.4f}"
    )
    if max(upper(ballots.exact, RUNS), upper(sliced.together, sliced.runs)) > MOST:
        failed.append("votes or slices")
    sys.exit(f"Not as it must be: {', '.join(failed)}." if failed else 0)


if __name__ == "__main__":
    main()
