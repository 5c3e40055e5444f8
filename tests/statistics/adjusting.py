"""How often effects at matched behaviour hold the truth, and how often guardrails are wrong under endless looking.

`python -m tests.statistics.adjusting` prints the tables of docs/statistics.md, and fails if that is not as it must be.
"""

import sys
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri
from scipy.stats import beta

from stats.adjusting.clustered import LEAST_TURNS, mean_rise
from stats.adjusting.effect import Effects, effects, flagged, over_all_thumbs
from stats.adjusting.power import labelled_turns_needed
from stats.sequential.anytime import confidence_sequence, one_sided
from stats.sequential.moments import Contrast
from stats.sufficiency import InsufficientData
from tests.statistics._labelled import World, drawn, true_effects

ALIKE = World(arm=0.25)
APRIL = World(sycophantic=(0.08, 0.25), correct=(0.82, 0.78))
WORSE = World(sycophantic=(0.08, 0.25), correct=(0.82, 0.78), arm=-0.25)
MODIFIED = World(sycophantic=(0.06, 0.16), arm=-0.2, by_memory=0.6, remembered=0.15)
UNEVEN = World(sycophantic=(0.06, 0.16), arm=0.2, by_memory=-0.4, remembered=0.1, on=0.08, off=0.01, spread=1.0)
WORLDS = {
    "behaviour alike": ALIKE,
    "liked for flattery alone": APRIL,
    "liked for flattery, else worse": WORSE,
    "effect differs with memory": MODIFIED,
    "memory chosen eight times as often": UNEVEN,
}


@dataclass(frozen=True)
class Recovered:
    """Over many slices: mean error and deviation of the adjusted effect, coverage of its one-look interval and of the
    change's, the share of the slices flagged "sign" and "size" (always valid), and those refused."""

    truth: float
    raw: float
    bias: float
    deviation: float
    held: float
    raw_held: float
    change_held: float
    sign: float
    size: float
    refused: float


def recovered(world: World, turns: int, *, runs: int, seed: int = 3000, big: int = 2_000_000) -> Recovered:
    """`runs` slices of about `turns` labelled turns."""
    raw, truth = true_effects(world, turns=big)
    found: list[Effects] = []
    for number in range(runs):
        try:
            found.append(effects(drawn(world, turns, np.random.default_rng(seed + number)).labelled, "thumb"))
        except InsufficientData:
            continue
    z = float(ndtri(0.975))
    adjusted = np.array([one.adjusted.estimate for one in found])
    errors = np.array([one.adjusted.se for one in found])
    flags = [flagged(*(each.always(burn_in=0) for each in (one.raw, one.adjusted, one.change))) for one in found]
    return Recovered(
        truth=truth,
        raw=raw,
        bias=float(adjusted.mean() - truth),
        deviation=float(adjusted.std()),
        held=float((np.abs(adjusted - truth) <= z * errors).mean()),
        raw_held=float(np.mean([abs(one.raw.estimate - raw) <= z * one.raw.se for one in found])),
        change_held=float(np.mean([abs(one.change.estimate - truth + raw) <= z * one.change.se for one in found])),
        sign=flags.count("sign") / len(found),
        size=flags.count("size") / len(found),
        refused=1 - len(found) / runs,
    )


def watched_effects(world: World, turns: int, *, runs: int, looks: int, seed: int = 5000) -> tuple[float, float]:
    """The shares of the experiments in which an interval of the adjusted effect ever missed the truth in `looks` looks
    on a growing slice: the always-valid one, and that of one look."""
    _, truth = true_effects(world)
    always = once = 0
    for number in range(runs):
        labelled = drawn(world, turns, np.random.default_rng(seed + number)).labelled
        path = []
        for n in np.geomspace(turns / 20, len(labelled), looks).astype(int):
            try:
                path.append(effects(labelled.where(np.arange(len(labelled)) < n), "thumb").adjusted)
            except InsufficientData:
                continue
        contrast = Contrast(*(np.array([getattr(one, name) for one in path]) for name in ("estimate", "se", "n")))
        found = confidence_sequence(contrast, planned=1000, burn_in=0)
        always += bool(((found.low > truth) | (found.high < truth)).any())
        once += bool((np.abs(contrast.estimate - truth) > 1.96 * contrast.se).any())
    return always / runs, once / runs


@dataclass(frozen=True)
class OverAll:
    """How often the adjusted effect over all thumbs holds the truth (one look), and the mean width of its interval
    beside that of the effect over the labelled thumbs alone."""

    held: float
    width: float
    width_of_slice: float


def recovered_over_all(
    world: World, turns: int, share: float, *, runs: int, seed: int = 4000, big: int = 2_000_000
) -> OverAll:
    """`runs` experiments of about `turns` turns, of which a random `share` is labelled."""
    _, truth = true_effects(world, turns=big)
    held, widths, alone = 0, [], []
    for number in range(runs):
        rng = np.random.default_rng(seed + number)
        labelled = drawn(world, turns, rng).labelled
        up = labelled.said["thumb"]
        raw = mean_rise(labelled, up, ~np.isnan(up))
        found = effects(labelled.where(rng.random(len(labelled)) < share), "thumb")
        over_all = over_all_thumbs(found, raw, share=share)
        held += abs(over_all.estimate - truth) <= ndtri(0.975) * over_all.se
        widths.append(over_all.se)
        alone.append(found.adjusted.se)
    return OverAll(held / runs, float(3.92 * np.mean(widths)), float(3.92 * np.mean(alone)))


@dataclass(frozen=True)
class Guards:
    """Shares of the experiments in which a guardrail was ever said to be breached, and within."""

    breached: float
    within: float
    naive: float
    """In which the bound of one look was ever said to be breached."""


def watched_guardrail(
    world: World, limit: float, turns: int, *, runs: int, looks: int = 40, planned: float = 1000, seed: int = 7000
) -> Guards:
    """A ceiling on the rise of sycophancy, looked at `looks` times on a slice that grows to about `turns` turns."""
    breached = within = naive = 0
    for number in range(runs):
        contrast = _rises(world, limit, turns, looks, np.random.default_rng(seed + number))
        if not contrast.n.size:
            continue
        bounds = one_sided(contrast, planned=planned, burn_in=0)
        breached += bool((bounds.low > limit).any())
        within += bool((bounds.high <= limit).any())
        naive += bool((contrast.estimate - ndtri(0.95) * contrast.se > limit).any())
    return Guards(breached / runs, within / runs, naive / runs)


def _rises(world: World, limit: float, turns: int, looks: int, rng: np.random.Generator) -> Contrast:
    labelled = drawn(world, turns, rng).labelled
    flatters, place = labelled.labels["sycophantic"], np.arange(len(labelled))
    path = []
    for n in np.geomspace(2 * LEAST_TURNS, len(labelled), looks).astype(int):
        try:
            path.append(mean_rise(labelled, flatters, place < n, boundary=limit))
        except InsufficientData:
            continue
    estimate, se, n = (np.array([getattr(one, name) for one in path], dtype=float) for name in ("estimate", "se", "n"))
    return Contrast(estimate, se, n)


def upper(share: float, runs: int) -> float:
    """The one-sided 95 % bound of a share seen in so many runs (Clopper and Pearson)."""
    hits = round(share * runs)
    return float(beta.ppf(0.95, hits + 1, runs - hits)) if hits < runs else 1.0


def _harm(base: float, rising: float, *, spread: float = 0.7) -> World:
    return World(sycophantic=(base, base + rising), spread=spread)


def _effects_table(failed: list[str], runs: int) -> None:
    print(f"Effects at matched behaviour: {runs} slices each, about half of the labelled turns with a thumb; points.")
    print("| world | turns | raw | true | bias | deviation | held | raw held | change held | sign | size | refused |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for number, (name, world) in enumerate(WORLDS.items()):
        for turns in (800, 3000):
            one = recovered(world, turns, runs=runs, seed=1_000_000 * (number + 1) + turns * 100)
            print(
                f"| {name} | {turns:,} | {100 * one.raw:+.1f} | {100 * one.truth:+.1f} | {100 * one.bias:+.2f} "
                f"| {100 * one.deviation:.2f} | {one.held:.3f} | {one.raw_held:.3f} | {one.change_held:.3f} "
                f"| {one.sign:.3f} | {one.size:.3f} | {one.refused:.3f} |",
                flush=True,
            )
            if not 0.93 <= one.held <= 0.97 or abs(one.bias) > 0.2 * one.deviation:
                failed.append(f"{name} at {turns} turns")


def _over_all_table(failed: list[str], runs: int) -> None:
    print(f"\nThe effect over all thumbs: 30,000 turns, half with a thumb; {runs} experiments each; points.")
    print("| world | labelled | held | width | width of the slice alone |")
    print("|---|--:|--:|--:|--:|")
    for name in ("liked for flattery alone", "effect differs with memory"):
        for share in (0.05, 0.5):
            one = recovered_over_all(WORLDS[name], 30_000, share, runs=runs)
            print(
                f"| {name} | {share} | {one.held:.3f} | {100 * one.width:.2f} | {100 * one.width_of_slice:.2f} |",
                flush=True,
            )
            if not 0.93 <= one.held <= 0.985:
                failed.append(f"{name} over all thumbs at {share}")


def _looks_table(failed: list[str], runs: int) -> None:
    print(f"\nThe same in 40 looks, {runs} experiments of 3,000 labelled turns.")
    print("| world | ever missed | ever missed by the interval of one look |")
    print("|---|--:|--:|")
    for name in ("liked for flattery alone", "effect differs with memory"):
        always, once = watched_effects(WORLDS[name], 3000, runs=runs, looks=40)
        print(f"| {name} | {always:.3f} | {once:.3f} |", flush=True)
        if upper(always, runs) > 0.06:
            failed.append(f"{name} in 40 looks")


def _guard_table(failed: list[str], runs: int) -> None:
    print(f"\nA ceiling of 2 points on the rise of sycophancy, 40 looks from {2 * LEAST_TURNS} turns on, {runs} runs.")
    print(
        "| control | true rise | turns of a user, spread | to | breached | within | breached by the bound of one look |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|")
    cases = [
        (base, rising, spread, 8000)
        for base in (0.01, 0.05, 0.2)
        for rising, spread in ((0.02, 0.3), (0.02, 1.2), (0.0, 0.7), (0.06, 0.7))
    ]
    for base, rising, spread, turns in cases:
        one = watched_guardrail(_harm(base, rising, spread=spread), 0.02, turns, runs=runs)
        print(
            f"| {base} | {rising:+.2f} | {spread} | {turns:,} | {one.breached:.3f} | {one.within:.3f} "
            f"| {one.naive:.3f} |",
            flush=True,
        )
        wrong = {0.02: max(one.breached, one.within), 0.0: one.breached, 0.06: one.within}[rising]
        if upper(wrong, runs) > 0.06:
            failed.append(f"guardrail at {base}, {rising}, {spread}")
    for base, share in ((0.01, 0.1), (0.05, 0.1), (0.05, 0.9)):
        one = watched_guardrail(replace(_harm(base, 0.02), share=share), 0.02, 8000, runs=runs)
        print(
            f"| {base}, {100 * share:.0f} % in the candidate | +0.02 | 0.7 | 8,000 | {one.breached:.3f} "
            f"| {one.within:.3f} | {one.naive:.3f} |",
            flush=True,
        )
        if upper(max(one.breached, one.within), runs) > 0.06:
            failed.append(f"guardrail at {base} with {share} in the candidate")


def _power_table(failed: list[str], runs: int) -> None:
    print(f"\nLabelled turns for a power of 0.8 at a ceiling of 2 points, and how often that many tell; {runs} runs.")
    print("| control | true rise | turns | told |")
    print("|--:|--:|--:|--:|")
    for base, rising in ((0.02, 0.05), (0.05, 0.0), (0.05, 0.06), (0.2, 0.08)):
        world = replace(_harm(base, rising), spread=0.01)
        need = labelled_turns_needed(base=base, limit=0.02, rise=rising)
        one = watched_guardrail(world, 0.02, need.turns, runs=runs, planned=need.units)
        told = one.breached if rising > 0.02 else one.within
        print(f"| {base} | {rising:+.2f} | {need.turns:,} | {told:.3f} |", flush=True)
        if not 0.77 <= told <= 0.95:
            failed.append(f"power at {base}, {rising}")


def main() -> None:
    failed: list[str] = []
    _effects_table(failed, 1000)
    _over_all_table(failed, 500)
    _looks_table(failed, 300)
    _guard_table(failed, 300)
    _power_table(failed, 300)
    sys.exit(f"Not as it must be: {', '.join(failed)}." if failed else 0)


if __name__ == "__main__":
    main()
