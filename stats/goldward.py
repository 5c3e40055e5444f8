"""How signals should be weighted if gold labels were the goal: one column toward correctness, one toward sycophancy.

    logit P(first is the more correct one) = sum over signals of b_k Δz_k + c' Δstyle,

over the pairs within prompts that differ in the gold label, clustered by prompt; and the same with sycophancy. A signal
with a high coefficient in both columns teaches both.

Variance inflation and the condition number are those of the columns scaled to equal length (Belsley, Kuh and Welsch,
*Regression Diagnostics*, 1980). Copies cannot be told apart and get no number. Short of that, from VIF 10 on, a ridge
just large enough to bring it down to 10 (Marquardt, *Technometrics* 12, 1970) is laid on, and said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stats.clustering import Way, robust
from stats.intervals import Estimate
from stats.logistic import Design, Unfittable, collinear, fit
from stats.poolpairs import Within
from stats.pools import Array, Pool, standardised
from stats.quirks import Values, as_json, enough, estimates
from stats.sufficiency import InsufficientData
from stats.wording import listed, refusal

GOALS = ("correctness", "sycophancy")
MOST_INFLATION = 10.0
RIDGES = np.logspace(-4, 0, 17)
"""Shares of the columns' own variance that are tried as a ridge, smallest first."""


@dataclass(frozen=True, slots=True)
class TowardGold:
    """Coefficients on the logit for one pooled standard deviation of each signal; None is not known.

    `condition` is None where a signal is a copy of others, and so is its `vif`; `ridge` is the ridge laid on, as a
    share of the columns' own variance, 0 where none was needed.
    """

    correctness: Values
    sycophancy: Values
    condition: float | None
    vif: Mapping[str, float | None]
    ridge: float
    pairs: Mapping[str, int]
    missing: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "correctness": as_json(self.correctness),
            "sycophancy": as_json(self.sycophancy),
            "condition": self.condition,
            "vif": dict(self.vif),
            "ridge": self.ridge,
            "pairs": dict(self.pairs),
            "missing": " ".join(self.missing) or None,
        }


def toward_gold(pool: Pool, *, style: Sequence[str] = ("length",)) -> TowardGold:
    """Weights of the pool's signals toward its labels; `style` names outcomes that are held equal.

    What cannot be said is None, with a sentence in `missing`. Raises what `standardised` raises for unusable signals.
    """
    z = standardised(pool)
    within = Within.of(pool.present)
    columns = {signal: within.delta(scores) for signal, scores in zip(pool.signals, z, strict=True)}
    for name in style:
        if name in pool.outcomes:
            columns[name] = within.delta(pool.values[pool.outcomes.index(name)])
    columns = {name: column for name, column in columns.items() if np.nan_to_num(column).any()}
    known = np.all([np.isfinite(column) for column in columns.values()], axis=0)
    matrix = np.column_stack([column[known] for column in columns.values()])
    names = tuple(columns)
    copies = collinear(names, matrix)
    kept = _independent(names, matrix)
    inflation, condition = inflated(matrix[:, [names.index(name) for name in kept]])
    ridge = _ridge(matrix[:, [names.index(name) for name in kept]]) if max(inflation) > MOST_INFLATION else 0.0
    missing = []
    if copies:
        missing.append(f"{listed(copies)} say the same of every pair: which of them counts cannot be told.")
    if ridge:
        missing.append("The signals are nearly copies of each other, so their weights are shrunk by a ridge.")
    found: dict[str, Values] = {}
    pairs = {}
    for goal in GOALS:
        outcome = within.delta(pool.values[pool.outcomes.index(goal)]) if goal in pool.outcomes else None
        chosen, pairs[goal], why = _toward(goal, outcome, columns, kept, ridge, pool.clusters[within.prompt])
        missing.extend(why)
        found[goal] = {signal: None if signal in copies else chosen.get(signal) for signal in pool.signals}
    return TowardGold(
        found["correctness"],
        found["sycophancy"],
        None if copies else condition,
        {
            signal: None if signal in copies else float(inflation[kept.index(signal)])
            for signal in pool.signals
            if signal in kept or signal in copies
        },
        ridge,
        pairs,
        tuple(missing),
    )


def inflated(x: Array, ridge: float = 0.0) -> tuple[Array, float]:
    """Variance inflation (k,) of the columns of `x` (n, k) under a ridge, and their condition number."""
    scaled = x / np.sqrt((x**2).sum(axis=0))
    alike = scaled.T @ scaled
    values = np.linalg.eigvalsh(alike)
    inverse = np.linalg.inv(alike + ridge * np.eye(len(alike)))
    return np.diag(inverse @ alike @ inverse), float(np.sqrt(values[-1] / values[0]))


def _independent(names: tuple[str, ...], x: Array) -> tuple[str, ...]:
    """The columns that are left when copies are struck out, the last first, until none is."""
    kept = list(names)
    while same := collinear(kept, x[:, [names.index(name) for name in kept]]):
        kept.remove(same[-1])
    return tuple(kept)


def _ridge(x: Array) -> float:
    for ridge in RIDGES:
        if max(inflated(x, float(ridge))[0]) <= MOST_INFLATION:
            return float(ridge)
    return float(RIDGES[-1])


def _toward(
    goal: str, outcome: Array | None, columns: dict[str, Array], kept: tuple[str, ...], ridge: float, prompt: Any
) -> tuple[dict[str, Estimate], int, tuple[str, ...]]:
    """Coefficients toward a label, from how many pairs, and what is missing."""
    if outcome is None or not np.isfinite(outcome).any():
        return {}, 0, (f"Toward {goal}: no responses are labelled for it.",)
    differ = np.isfinite(outcome) & (outcome != 0)
    for name in kept:
        differ = differ & np.isfinite(columns[name])
    if not differ.any():
        return {}, 0, (f"Toward {goal}: no pairs differ in it: pairs are missing that do.",)
    design = Design.of({name: columns[name][differ] for name in kept}, (outcome[differ] > 0).astype(float))
    try:
        enough(design, "pairs")
        # An observation adds a quarter at most to the information of a column.
        fitted = fit(design, ridge=ridge * len(design.y) / 4)
        sure = robust(design, fitted, [Way("prompts", prompt[differ])])
    except (Unfittable, InsufficientData) as refused:
        return {}, len(design.y), (f"Toward {goal}: {refusal(refused, 'pairs')}",)
    return estimates(fitted, sure, len(design.y)), len(design.y), ()
