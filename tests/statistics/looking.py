"""What looking costs: power of planned looks and of looking always beside one look, widths, and mismatch of samples.

`python -m tests.statistics.looking` prints the tables of docs/statistics.md, and fails where one is not as it must be.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from stats.pools import Array
from stats.sequential.anytime import confidence_sequence, rho, threshold
from stats.sequential.fixed import fixed_interval
from stats.sequential.groups import at_looks, boundaries
from stats.sequential.moments import Contrast, difference, ratio
from stats.sequential.srm import sample_ratio
from tests.statistics._experiment_worlds import returning, shares
from tests.statistics.peeking import MOST, upper

RUNS = 10_000
SEED = 20261128
PER_HOUR = 28
PLANNED = 20_000
BLOCK = 100
FIXED = float(-ndtri(0.025))


@dataclass(frozen=True)
class Found:
    """Of experiments with an effect, the shares in which it was found: with one look at the planned units, at `looks`
    planned ones, and at any hour until then with each number of units that may have been planned.

    `loss` is that of planned looks against one look of the same experiment, `error` its standard error; `median` the
    units at which looking always found it.
    """

    fixed: float
    groups: dict[int, float]
    loss: dict[int, float]
    error: dict[int, float]
    anytime: dict[int, float]
    median: float


def power(
    first: float, second: float, rng: np.random.Generator, *, runs: int, looks: tuple[int, ...] = (5, 20)
) -> Found:
    """`runs` experiments on thumbs up, one of each unit, until the hour in which the planned units are there."""
    plans = (PLANNED // 4, PLANNED, 4 * PLANNED)
    last = -(-PLANNED // PER_HOUR)
    fixed, anytime, groups, units = [], {plan: [] for plan in plans}, {number: [] for number in looks}, []
    for contrast in _contrasts(first, second, rng, runs):
        path = Contrast(*(np.asarray(each[:, :last]) for each in (contrast.estimate, contrast.se, contrast.n)))
        fixed.append(fixed_interval(path).p[:, -1] < 0.05)
        for number in looks:
            groups[number].append(_crossed(path, number))
        for plan in plans:
            hit = confidence_sequence(path, planned=plan).p < 0.05
            anytime[plan].append(hit.any(axis=1))
            if plan == PLANNED:
                units.append(np.where(hit.any(axis=1), path.n[0, hit.argmax(axis=1)], np.nan))
    once = np.concatenate(fixed)
    lost = {number: once.astype(float) - np.concatenate(found) for number, found in groups.items()}
    return Found(
        float(once.mean()),
        {number: float(np.concatenate(found).mean()) for number, found in groups.items()},
        {number: float(each.mean()) for number, each in lost.items()},
        {number: float(each.std() / np.sqrt(runs)) for number, each in lost.items()},
        {plan: float(np.concatenate(found).mean()) for plan, found in anytime.items()},
        float(np.nanmedian(np.concatenate(units))) if np.isfinite(np.concatenate(units)).any() else np.nan,
    )


def widths() -> dict[float, float]:
    """How many times as wide as the interval of one look the one of all hours is, at so many of the planned units."""
    return {
        part: float(threshold(np.asarray(part * PLANNED * rho(PLANNED, 0.05) ** 2), 0.05)) / FIXED
        for part in (0.25, 0.5, 1.0, 2.0, 4.0)
    }


def mismatches(share: float, rng: np.random.Generator, *, runs: int) -> tuple[int, float, float]:
    """How many of `runs` experiments, meant to be even, have a mismatch by 20,000 units looked at hourly; the median
    units it took; and the share that a chi-square test at p < 0.001 says so at any hour."""
    found, units, chi = 0, [], 0
    hours = -(-PLANNED // PER_HOUR)
    limit = float(ndtri(0.0005)) ** 2
    for _ in range(runs):
        mine = np.cumsum(rng.binomial(PER_HOUR, share, hours))
        both = np.arange(1, hours + 1) * PER_HOUR
        srm = sample_ratio(np.stack([both - mine, mine], axis=1), [0.5, 0.5])
        found += srm.found
        if srm.since is not None:
            units.append(both[srm.since])
        chi += bool(((2 * mine - both) ** 2 / both > limit).any())
    return found, float(np.median(units)) if units else np.nan, chi / runs


def null_looks(rng: np.random.Generator, *, runs: int) -> int:
    """How many of `runs` experiments without a difference cross at one of 20 looks, as `at_looks` makes them."""
    return sum(_crosses(path, PLANNED) for path in _paths(_contrasts(0.7, 0.7, rng, runs)))


def returning_looks(rng: np.random.Generator, *, runs: int, users: int = 3000) -> int:
    """The same where users return, with a likeness of 0.2 of their thumbs; nearly as many users as come are planned."""
    blocks = (returning(rng, size, users=users, likeness=0.2, share=0.7).users for size in _blocks(runs))
    contrasts = (difference(*(ratio(arm) for arm in arms)) for arms in blocks)
    return sum(_crosses(path, users - 10) for path in _paths(contrasts))


def _crosses(path: Contrast, planned: int) -> bool:
    made = at_looks(path, planned=planned, looks=20)
    return made is not None and made.crossed is not None


def _paths(contrasts: Iterable[Contrast]) -> Iterator[Contrast]:
    for many in contrasts:
        for row in zip(many.estimate, many.se, many.n, strict=True):
            yield Contrast(*row)


def _blocks(runs: int) -> list[int]:
    return [BLOCK] * (runs // BLOCK) + ([runs % BLOCK] if runs % BLOCK else [])


def _contrasts(first: float, second: float, rng: np.random.Generator, runs: int) -> Iterator[Contrast]:
    return (
        difference(*(ratio(arm) for arm in shares(rng, size, first, second, per_hour=PER_HOUR)))
        for size in _blocks(runs)
    )


def _crossed(path: Contrast, number: int) -> Array:
    """Whether a path crosses at one of so many looks, all experiments at once: information is taken to be units."""
    n = path.n[0]
    places = np.searchsorted(n, np.minimum(np.arange(1, number + 1) * PLANNED / number, n[-1]))
    bounds = boundaries(n[places] / PLANNED)
    return (np.abs(path.estimate / path.se)[:, places] > bounds).any(axis=1)


EFFECTS = ((0.70, 0.71809), (0.70, 0.72))
"""Found by one look at 20,000 units in 0.80 and in 0.88 of experiments."""


def main() -> None:
    failed = []
    print(f"{RUNS:,} experiments each, {PER_HOUR} units an hour, {PLANNED:,} planned, seed {SEED}")
    print(
        "| effect | one look | 5 looks | 20 looks | paired loss, 5 | paired loss, 20 (se) | any hour | median units |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for number, (first, second) in enumerate(EFFECTS):
        found = power(first, second, np.random.default_rng((SEED, number)), runs=RUNS)
        print(
            f"| {first:.2f} to {second:.3f} | {found.fixed:.4f} | {found.groups[5]:.4f} | {found.groups[20]:.4f} "
            f"| {found.loss[5]:.4f} | {found.loss[20]:.4f} ({found.error[20]:.4f}) | {found.anytime[PLANNED]:.4f} "
            f"| {found.median:,.0f} |",
            flush=True,
        )
        print(
            "   any hour, planned units " + ", ".join(f"{plan:,}: {each:.4f}" for plan, each in found.anytime.items())
        )
        if found.loss[20] > 0.03:
            failed.append(f"planned looks at {second}")
    if found.anytime[PLANNED] < 0.60:
        failed.append("power at any hour")
    crossed = null_looks(np.random.default_rng((SEED, 9)), runs=RUNS)
    print(f"20 looks without a difference: {crossed / RUNS:.4f}, at most {upper(crossed, RUNS):.4f}", flush=True)
    back, fewer = returning_looks(np.random.default_rng((SEED, 10)), runs=RUNS // 5), RUNS // 5
    print(
        f"where users return, {fewer:,} experiments: {back / fewer:.4f}, at most {upper(back, fewer):.4f}", flush=True
    )
    if upper(crossed, RUNS) > MOST or upper(back, fewer) > MOST:
        failed.append("planned looks without a difference")
    wide = widths()
    print("widths: " + ", ".join(f"{part:g} of the planned units: {each:.3f}" for part, each in wide.items()))
    if wide[1.0] > 1.60 or max(wide[0.25], wide[4.0]) > 1.70:
        failed.append("widths")
    for share in (0.50, 0.52):
        found_in, median, chi = mismatches(share, np.random.default_rng((SEED, round(share * 100))), runs=RUNS)
        bound = upper(found_in, RUNS)
        print(
            f"mismatch at {share:.2f}: {found_in / RUNS:.4f} (at most {bound:.4f}), median {median:,.0f} units; "
            f"chi-square peeked {chi:.4f}",
            flush=True,
        )
        if (share == 0.50 and bound > 0.002) or (share != 0.50 and found_in / RUNS < 0.92):
            failed.append(f"mismatch at {share}")
    sys.exit(f"Not as it must be: {', '.join(failed)}." if failed else 0)


if __name__ == "__main__":
    main()
