"""What quirk cards find in worlds whose truth is known: how far off, and how often their intervals hold it.

`python -m tests.statistics.quirks` prints the tables of docs/statistics.md, and fails where one is not as it must be.
"""

import sys
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri, stdtrit

from stats.clustering import Way, robust
from stats.correcting import correction
from stats.intervals import Estimate
from stats.logistic import fit
from stats.pools import Array
from stats.preferences import pair_rows
from stats.quirks import card
from stats.thumbing import thumb_card
from tests.pair_worlds import (
    CORRECT,
    SELECTIONS,
    SPREAD,
    SYCOPHANTIC,
    People,
    choices,
    labelled,
    labelled_population,
    population,
    shared,
    shared_population,
    thumbs,
)

SEED = 20261127
RUNS = 1000
LARGE = 1_500_000
BIAS = 0.03


@dataclass(frozen=True)
class Recovered:
    """By coefficient (k,): the mean error, and how often each kind of interval held the truth.

    `naive` takes choices for independent, `plain` is CR0 with the normal's quantile, `jackknife` CR3 with Student's t
    on the clusters; `ours` is what a card says: CR3 with t on the clusters of equal size that these are worth.
    """

    names: tuple[str, ...]
    bias: Array
    naive: Array
    plain: Array
    jackknife: Array
    ours: Array


def recovery(who: People, *, runs: int, rng: np.random.Generator, pairs: int = 3000, large: int = LARGE) -> Recovered:
    """Quirk cards of `pairs` choices, against the coefficients of a population of `large`."""
    truth = population(large)
    names = tuple(truth)
    aim = np.array([truth[name] for name in names])
    errors, held = [], []
    for _ in range(runs):
        world = choices(pairs, who, rng)
        design = pair_rows(world).design
        fitted = fit(design)
        way = Way("choosers", world.chooser)
        plain, left_out = robust(design, fitted, [way], jackknife=False), robust(design, fitted, [way])
        normal, student = float(ndtri(0.975)), float(stdtrit(left_out.clusters[0] - 1, 0.975))
        widths = [
            normal * np.sqrt(np.diag(fitted.inverse)),
            normal * np.sqrt(np.diag(plain.covariance)),
            student * np.sqrt(np.diag(left_out.covariance)),
        ]
        said = card("world", world).coefficients
        error = fitted.coefficients - aim
        errors.append(error)
        held.append(
            [*(np.abs(error) <= width for width in widths), [_holds(said[name], truth[name]) for name in names]]
        )
    return Recovered(names, np.mean(errors, axis=0), *np.mean(held, axis=0))


@dataclass(frozen=True)
class Restored:
    """Of the coefficient of sycophancy: means and spreads of estimates, and how often intervals held the truth.

    `by_row_held` sums the influence of the corrected estimate by choice, as if each were another person's.
    """

    truth: float
    noisy: float
    gold_only: float
    corrected: float
    noisy_held: float
    by_row_held: float
    held: float
    gold_spread: float
    spread: float


def attenuation(
    *,
    runs: int,
    rng: np.random.Generator,
    spread: float = SPREAD,
    differential: bool = False,
    pairs: int = 4000,
    large: int = LARGE,
) -> Restored:
    """Corrections of noisy labels by 15 % of gold, against the coefficient of a population with true labels."""
    truth = labelled_population(spread, large)["sycophantic"]
    rows = []
    for _ in range(runs):
        world = labelled(pairs, rng, spread=spread, differential=differential)
        alone = replace(world.noisy, chooser=np.arange(pairs))
        noisy = card("noisy", world.noisy).coefficients["sycophantic"]
        gold = card("gold", world.true.where(np.isfinite(world.gold["correct"]))).coefficients["sycophantic"]
        by_row, found = (
            correction(each, world.gold, world.chance).coefficients["sycophantic"] for each in (alone, world.noisy)
        )
        rows.append(
            [noisy.estimate, gold.estimate, found.estimate, *(_holds(each, truth) for each in (noisy, by_row, found))]
        )
    table = np.array(rows, dtype=float)
    return Restored(truth, *table.mean(axis=0), table[:, 1].std(), table[:, 2].std())


@dataclass(frozen=True)
class Held:
    """How often intervals held the truth, the less often of two coefficients, by how rows are clustered."""

    people: float
    prompts: float
    both: float


def two_ways(*, runs: int, rng: np.random.Generator, large: int = 500_000) -> tuple[Held, Held]:
    """Cards, and corrections, of 800 comparisons that four each of 80 people judge."""
    truth = shared_population(large)
    rows = []
    for _ in range(runs):
        world = shared(800, 4, 80, rng)
        clustered = ({"prompt": np.arange(3200)}, {"chooser": None}, {})
        cards = [card("shared", replace(world.true, **way)).coefficients for way in clustered]
        put_right = [
            correction(replace(world.noisy, **way), world.gold, world.chance).coefficients for way in clustered
        ]
        rows.append(
            [[[_holds(each[name], truth[name]) for name in truth] for each in part] for part in (cards, put_right)]
        )
    cards, put_right = np.mean(rows, axis=0).min(axis=2)
    return Held(*cards), Held(*put_right)


@dataclass(frozen=True)
class Selected:
    """What thumbs say where people leave them by some rule: the raw gap, and coefficients beside 0.60 and 0.80."""

    gap: float
    sycophantic: Estimate
    correct: Estimate
    solicited: Estimate
    bias: Estimate


def selection(rule: str, *, turns: int, rng: np.random.Generator, asked: float = 0.02) -> Selected:
    """What is found in `turns` of which a share was `asked`."""
    given, gap = thumbs(turns, rule, rng, asked=asked)
    found = thumb_card(given)
    return Selected(
        gap,
        found.unsolicited["sycophantic"],
        found.unsolicited["correct"],
        found.solicited["sycophantic"],
        found.selection["sycophantic"],
    )


def _holds(said: Estimate, truth: float) -> bool:
    return said.low <= truth <= said.high


def main() -> None:
    failed = [*print_recovery(), *print_two_ways(), *print_attenuation(), *print_selection()]
    sys.exit("\n".join(["Not as it must be:", *failed]) if failed else 0)


def print_recovery() -> list[str]:
    print(f"\nRecovery: {RUNS:,} times 3,000 choices, seed {SEED}; the truth is the population's")
    print("| people | coefficient | truth | bias | naive held | CR0, z | CR3, t on clusters | ours |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    failed = []
    for label, who, least in (
        ("120 alike", People(), 0.92),
        ("120 Pareto(1.2)", People(pareto=True), 0.90),
        ("40 alike", People(40), 0.92),
        ("20 alike", People(20), 0.92),
    ):
        found = recovery(who, runs=RUNS, rng=np.random.default_rng(SEED))
        for j, name in enumerate(found.names):
            print(
                f"| {label} | {name} | {population(LARGE)[name]:.3f} | {found.bias[j]:+.3f} | {found.naive[j]:.3f} "
                f"| {found.plain[j]:.3f} | {found.jackknife[j]:.3f} | {found.ours[j]:.3f} |",
                flush=True,
            )
        if not (np.abs(found.bias) < BIAS).all() or not ((found.ours >= least) & (found.ours <= 0.98)).all():
            failed.append(f"recovery, {label}")
    return failed


def print_two_ways() -> list[str]:
    print(f"\nTwo ways: {RUNS:,} times 800 comparisons that four each of 80 people judge, seed {SEED}")
    print("| what | clustered by people | by comparisons | ours: by both |")
    print("|---|--:|--:|--:|")
    found = two_ways(runs=RUNS, rng=np.random.default_rng(SEED))
    for what, held in zip(("cards", "corrections, 20 % gold"), found, strict=True):
        print(f"| {what} | {held.people:.3f} | {held.prompts:.3f} | {held.both:.3f} |", flush=True)
    return [] if all(0.92 <= held.both <= 0.985 for held in found) else ["two ways"]


def print_attenuation() -> list[str]:
    print(f"\nAttenuation: {RUNS:,} times 4,000 choices by 120 people; sensitivity 0.80, specificity 0.88, 15 % gold")
    print("| people | labels | truth | noisy | gold only | corrected | noisy held | by choice held | ours held |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    failed = []
    for spread, people in ((0.0, "alike"), (SPREAD, "differ")):
        for differential, labels in ((False, "independent"), (True, "depend on the choice")):
            found = attenuation(runs=RUNS, rng=np.random.default_rng(SEED), spread=spread, differential=differential)
            print(
                f"| {people} | {labels} | {found.truth:.3f} | {found.noisy:.3f} "
                f"| {found.gold_only:.3f} (sd {found.gold_spread:.3f}) | {found.corrected:.3f} (sd {found.spread:.3f}) "
                f"| {found.noisy_held:.3f} | {found.by_row_held:.3f} | {found.held:.3f} |",
                flush=True,
            )
            if found.held < 0.92 or found.noisy_held > 0.5:
                failed.append(f"attenuation, people {people}, labels {labels}")
    return failed


def print_selection(turns: int = 2_000_000) -> list[str]:
    print(f"\nWho leaves a thumb: {turns:,} turns, 2 % asked, seed {SEED}; truth {SYCOPHANTIC:.2f} and {CORRECT:.2f}")
    print("| who clicks | raw gap | sycophantic | correct | sycophantic, asked | difference |")
    print("|---|--:|--:|--:|--:|--:|")
    failed = []
    for rule in SELECTIONS:
        found = selection(rule, turns=turns, rng=np.random.default_rng(SEED))
        said = " | ".join(map(_said, (found.sycophantic, found.correct, found.solicited, found.bias)))
        print(f"| {rule} | {found.gap:+.3f} | {said} |", flush=True)
        if not as_it_must_be(rule, found):
            failed.append(f"selection, {rule}")
    return failed


def as_it_must_be(rule: str, found: Selected) -> bool:
    """Thumbs that were asked for are right; others are wrong where happy flattered people click, and only there."""
    asked = _holds(found.solicited, SYCOPHANTIC)
    if rule == "flattered and happy":
        return asked and found.sycophantic.low > SYCOPHANTIC + 0.5 and found.bias.low > 0.3
    return asked and _holds(found.sycophantic, SYCOPHANTIC) and _holds(found.correct, CORRECT) and _holds(found.bias, 0)


def _said(found: Estimate) -> str:
    return f"{found.estimate:.2f} ({found.low:.2f} to {found.high:.2f})"


if __name__ == "__main__":
    main()
