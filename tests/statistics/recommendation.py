"""How often recommended weights break a ceiling, and what they cost in correctness, where the truth is known.

`python -m tests.statistics.recommendation` prints the table of docs/statistics.md, and fails if that is not as it must
be.
"""

import sys
from dataclasses import dataclass, field

import numpy as np

from scenarios.worlds import DOMAINS, REFERENCE, april, weighed
from stats.pools import Array, Pool, standardised
from stats.recommendation import Ceiling, Terms
from stats.recommending import halves, recommend
from stats.simplex import lattice
from stats.trials import Board, Trials

KL = 0.25
REACH = 1.96


@dataclass(frozen=True)
class Setting:
    """Ceilings of a world, against the base policy or the last good recipe."""

    name: str
    terms: Terms
    referenced: bool
    most_points: int = 300

    def against(self, pool: Pool) -> Array | None:
        return weighed(REFERENCE, pool.signals) if self.referenced else None


class Truth:
    """What weights truly come to, from a big pool, kept for each weighting."""

    def __init__(self, setting: Setting, *, prompts: int, seed: int = 20_000) -> None:
        pool = april(prompts, 4, np.random.default_rng(seed))
        asked = setting.terms.asked(pool.outcomes)
        self.trials = Trials(pool, standardised(pool), KL, asked, against=setting.against(pool))
        self.most = _most(setting, self.trials)
        self.points, _ = lattice(pool.signals, setting.terms.bounds, most=setting.most_points)
        self.kept: dict[tuple[float, ...], Array] = {}
        true = np.array([self.of(each) for each in self.points])
        self.best = float(true[(true <= self.most).all(axis=1), 0].max())

    def of(self, weights: Array) -> Array:
        """The true shifts of these weights (k,): (r,)."""
        key = tuple(weights.round(6))
        if key not in self.kept:
            self.kept[key] = self.trials.tried(weights).estimate
        return self.kept[key]

    def broken(self, weights: Array) -> bool:
        return bool((self.of(weights) > self.most).any())


@dataclass
class Tally:
    """How a rule fared over the datasets."""

    datasets: int = 0
    recommended: int = 0
    broken: int = 0
    regret: float = 0.0
    kept: int = 0
    """How often it recommended what it compared with."""

    def add(self, truth: Truth, weights: Array | None, reference: Array | None) -> None:
        self.datasets += 1
        if weights is None:
            return
        self.recommended += 1
        self.broken += truth.broken(weights)
        self.regret += truth.best - float(truth.of(weights)[0])
        self.kept += reference is not None and bool(np.allclose(weights, reference))

    @property
    def share_recommended(self) -> float:
        return self.recommended / self.datasets

    @property
    def share_broken(self) -> float:
        """Of all datasets, as no recommendation breaks nothing."""
        return self.broken / self.datasets

    @property
    def mean_regret(self) -> float:
        return self.regret / max(1, self.recommended)


@dataclass
class Compared:
    """The rules side by side on the same datasets."""

    point: Tally = field(default_factory=Tally)
    """The best whose estimates are under the ceilings, all prompts."""
    pooled: Tally = field(default_factory=Tally)
    """The best whose upper bounds are under the ceilings, all prompts, nothing held out."""
    once: Tally = field(default_factory=Tally)
    """The best of the fitting half by upper bounds, tested once on the held-out half."""
    ours: Tally = field(default_factory=Tally)
    held: dict[str, list[bool]] = field(default_factory=dict)
    """Whether each published interval held the truth."""

    def rules(self) -> dict[str, Tally]:
        return {
            "point estimate": self.point,
            "upper bound, nothing held out": self.pooled,
            "upper bound, tested once": self.once,
            "ours": self.ours,
        }

    def coverage(self, name: str) -> float:
        return float(np.mean(self.held[name]))


def compared(
    setting: Setting, truth: Truth, *, datasets: int, prompts: int = 800, seed: int = 1000, beside: bool = True
) -> Compared:
    """What the rules recommend in each of `datasets` datasets of the April world; `beside`, also rules nobody uses."""
    found = Compared()
    for number in range(datasets):
        pool = april(prompts, 4, np.random.default_rng(seed + number))
        z, against = standardised(pool), setting.against(pool)
        board = _board(setting, truth, pool, z)
        found.point.add(truth, _best(board, truth.most, 0.0), against)
        if beside:
            found.pooled.add(truth, _best(board, truth.most, REACH), against)
            found.once.add(truth, _once(setting, truth, pool, z, np.random.default_rng(number)), against)
        rng = np.random.default_rng(number)
        said = recommend(pool, z, KL, setting.terms, rng, against=against, most_points=setting.most_points)
        weights = None if said.chosen is None else weighed(said.chosen.weights, pool.signals)
        found.ours.add(truth, weights, against)
        if said.chosen is not None and weights is not None:
            for each, true in zip(truth.trials.asked, truth.of(weights), strict=True):
                told = said.chosen.shifts[each.name]
                found.held.setdefault(each.name, []).append(told.low <= true <= told.high)
    return found


def _most(setting: Setting, trials: Trials) -> Array:
    most = np.full(len(trials.asked), np.inf)
    for each in setting.terms.ceilings:
        most[trials.asked.index(each.asked)] = each.most
    return most


def _board(setting: Setting, truth: Truth, pool: Pool, z: Array) -> Board:
    asked = setting.terms.asked(pool.outcomes)
    return Trials(pool, z, KL, asked, against=setting.against(pool)).board(truth.points)


def _best(board: Board, most: Array, reach: float) -> Array | None:
    under = np.flatnonzero((board.estimate + reach * board.error <= most).all(axis=1))
    return board.weights[under[board.estimate[under, 0].argmax()]] if under.size else None


def _once(setting: Setting, truth: Truth, pool: Pool, z: Array, rng: np.random.Generator) -> Array | None:
    fitting, held_out = halves(pool.clusters, rng)
    board = _board(setting, truth, pool.only(fitting), z[:, :, fitting])
    best = _best(board, truth.most, REACH)
    if best is None:
        return None
    asked = setting.terms.asked(pool.outcomes)
    rest = pool.only(held_out)
    proof = Trials(rest, z[:, :, held_out], KL, asked, against=setting.against(rest))
    one = proof.board(best[None])
    return best if (one.estimate + REACH * one.error <= truth.most).all() else None


def settings() -> list[Setting]:
    """Ceilings that bind."""
    domains = tuple(Ceiling("sycophancy", 0.035, f"domain:{name}") for name in DOMAINS)
    return [
        Setting("against the base: sycophancy −0.010", Terms((Ceiling("sycophancy", -0.01),)), referenced=False),
        Setting("against the reference: sycophancy 0.020", Terms((Ceiling("sycophancy", 0.02),)), referenced=True),
        Setting(
            "against the reference: sycophancy 0.020, coldness 0.005, each domain 0.035",
            Terms((Ceiling("sycophancy", 0.02), Ceiling("coldness", 0.005), *domains)),
            referenced=True,
        ),
    ]


def main() -> None:
    datasets, prompts, big = 200, 800, 200_000
    print(f"{datasets} datasets of {prompts} prompts x 4 responses, divergence {KL}; truth from {big:,} prompts")
    print("| ceilings | rule | recommended | broke a ceiling | correctness lost | held-out intervals held |")
    print("|---|---|--:|--:|--:|--:|")
    failed = []
    for setting in settings():
        found = compared(setting, Truth(setting, prompts=big), datasets=datasets, prompts=prompts)
        held = f"{found.coverage('correctness'):.3f}, {found.coverage('sycophancy'):.3f}"
        for rule, tally in found.rules().items():
            print(
                f"| {setting.name} | {rule} | {tally.share_recommended:.3f} | {tally.share_broken:.3f} "
                f"| {tally.mean_regret:.4f} | {held if tally is found.ours else '–'} |",
                flush=True,
            )
        print(f"  (ours kept the reference {found.ours.kept} times)", file=sys.stderr)
        if not as_it_must_be(found):
            failed.append(setting.name)
    sys.exit(f"Not as it must be: {', '.join(failed)}." if failed else 0)


def as_it_must_be(found: Compared) -> bool:
    """The ceiling binds, ours breaks it rarely, recommends mostly, and loses little."""
    return (
        found.point.share_broken >= 0.08
        and found.ours.share_broken <= 0.05
        and found.ours.share_recommended >= 0.9
        and found.ours.mean_regret <= 0.005
    )


if __name__ == "__main__":
    main()
