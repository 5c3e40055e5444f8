"""What quirk cards find in worlds whose truth is known: how far off, and how often their intervals hold it.

`python -m tests.statistics.quirks` prints the tables of docs/statistics.md.
"""

import time
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from stats.clustering import Way, robust
from stats.correcting import correction
from stats.logistic import fit
from stats.preferences import pair_rows
from stats.quirks import card
from stats.thumbing import thumb_card
from tests.pair_worlds import (
    SELECTIONS,
    SPREAD,
    People,
    choices,
    labelled,
    labelled_population,
    population,
    thumbs,
)

SEED = 20261127
Z = float(ndtri(0.975))


@dataclass(frozen=True)
class Recovered:
    """By coefficient: the mean error, and how often each kind of interval held the truth."""

    names: tuple[str, ...]
    bias: np.ndarray
    naive: np.ndarray
    plain: np.ndarray
    jackknife: np.ndarray
    ours: np.ndarray


def recovery(who: People, *, runs: int, rng: np.random.Generator, pairs: int = 3000) -> Recovered:
    """Quirk cards of `pairs` choices, against the coefficients of the population."""
    truth = population()
    names = tuple(truth)
    aim = np.array([truth[name] for name in names])
    errors, held = [], []
    for _ in range(runs):
        world = choices(pairs, who, rng)
        design = pair_rows(world).design
        fitted = fit(design)
        way = Way("choosers", world.chooser)
        off = np.abs(fitted.coefficients - aim)
        plain, left_out = robust(design, fitted, [way], jackknife=False), robust(design, fitted, [way])
        widths = [
            Z * _errors(fitted.inverse),
            Z * _errors(plain.covariance),
            stdtrit(left_out.clusters[0] - 1, 0.975) * _errors(left_out.covariance),
        ]
        found = card("world", world).coefficients
        inside = [found[name].low <= truth[name] <= found[name].high for name in names]
        errors.append(fitted.coefficients - aim)
        held.append([off <= width for width in widths] + [inside])
    return Recovered(names, np.mean(errors, axis=0), *np.mean(held, axis=0))


@dataclass(frozen=True)
class Restored:
    """Of the coefficient of sycophancy: means and how often intervals held the truth."""

    truth: float
    noisy: float
    gold_only: float
    corrected: float
    noisy_held: float
    by_row_held: float
    held: float
    spread: float
    gold_spread: float


def attenuation(
    *, runs: int, rng: np.random.Generator, spread: float = SPREAD, differential: bool = False, pairs: int = 4000
) -> Restored:
    """Corrections of noisy labels by 15 % of gold, against the coefficient with true labels."""
    truth = labelled_population(spread)["sycophantic"]
    rows = []
    for _ in range(runs):
        world = labelled(pairs, rng, spread=spread, differential=differential)
        found = correction(world.noisy, world.gold, world.chance).coefficients["sycophantic"]
        alone = correction(_each_alone(world.noisy), world.gold, world.chance).coefficients["sycophantic"]
        noisy = card("noisy", world.noisy).coefficients["sycophantic"]
        drawn = np.isfinite(world.gold["correct"])
        gold = card("gold", world.true.where(drawn)).coefficients["sycophantic"]
        holds = [e.low <= truth <= e.high for e in (noisy, alone, found)]
        rows.append([noisy.estimate, gold.estimate, found.estimate, *holds])
    table = np.array(rows, dtype=float)
    return Restored(truth, *table.mean(axis=0), table[:, 2].std(), table[:, 1].std())


def _each_alone(pairs):
    """The same choices as if each were another person's."""
    return type(pairs)(pairs.deltas, pairs.outcome, pairs.prompt, np.arange(len(pairs.outcome)))


def _errors(covariance):
    return np.sqrt(np.diag(covariance))


def main() -> None:
    runs = 1000
    print(f"{runs} runs each, seed {SEED}\n")
    print_recovery(runs)
    print_attenuation(runs)
    print_selection(2_000_000)


def print_recovery(runs: int) -> None:
    print("Recovery: 3,000 choices; the truth is the population's")
    print("| people | coefficient | truth | bias | naive | CR0, z | CR3, t clusters | ours |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    for label, who in (
        ("120 equal", People()),
        ("120 Pareto(1.2)", People(pareto=True)),
        ("40 equal", People(40)),
        ("20 equal", People(20)),
    ):
        start = time.monotonic()
        found = recovery(who, runs=runs, rng=np.random.default_rng(SEED))
        for j, name in enumerate(found.names):
            print(
                f"| {label} | {name} | {population()[name]:.3f} | {found.bias[j]:+.3f} | {found.naive[j]:.3f} "
                f"| {found.plain[j]:.3f} | {found.jackknife[j]:.3f} | {found.ours[j]:.3f} |"
            )
        print(f"({time.monotonic() - start:.0f} s)", flush=True)


def print_attenuation(runs: int) -> None:
    print("\nAttenuation: 4,000 choices by 120 people, labels of sensitivity 0.80 and specificity 0.88, 15 % gold")
    print("| people | labels | truth | noisy | gold only | corrected | noisy held | by row held | by person held |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    for spread in (0.0, SPREAD):
        for differential in (False, True):
            found = attenuation(runs=runs, rng=np.random.default_rng(SEED), spread=spread, differential=differential)
            print(
                f"| {'differ' if spread else 'alike'} | {'depend on the choice' if differential else 'do not'} "
                f"| {found.truth:.3f} | {found.noisy:.3f} | {found.gold_only:.3f} (sd {found.gold_spread:.3f}) "
                f"| {found.corrected:.3f} (sd {found.spread:.3f}) | {found.noisy_held:.3f} | {found.by_row_held:.3f} "
                f"| {found.held:.3f} |",
                flush=True,
            )


def print_selection(turns: int) -> None:
    print(f"\nWho leaves a thumb: {turns:,} turns, 2 % asked; truth: sycophantic 0.60, correct 0.80")
    print("| selection | raw gap | sycophantic, unsolicited | correct, unsolicited | sycophantic, solicited | bias |")
    print("|---|--:|--:|--:|--:|--:|")
    for selection in SELECTIONS:
        given, gap = thumbs(turns, selection, np.random.default_rng(SEED))
        found = thumb_card(given)
        print(
            f"| {selection} | {gap:+.3f} | {_said(found.unsolicited['sycophantic'])} "
            f"| {_said(found.unsolicited['correct'])} | {_said(found.solicited['sycophantic'])} "
            f"| {_said(found.selection['sycophantic'])} |",
            flush=True,
        )


def _said(found) -> str:
    return f"{found.estimate:.2f} [{found.low:.2f}, {found.high:.2f}]"


if __name__ == "__main__":
    main()
