"""How signals should be weighted if gold labels were the goal: one column toward correctness, one toward sycophancy.

    logit P(first is the more correct one) = sum over signals of b_k Δz_k + c' Δstyle,

over the pairs within prompts that differ in the gold label, clustered by prompt; and the same with sycophancy. A signal
with a high coefficient in both columns teaches both.

Variance inflation and the condition number are those of the columns scaled to equal length (Belsley, Kuh and Welsch,
*Regression Diagnostics*, 1980). Copies cannot be told apart and get no number. Short of that, from VIF 10 on, a ridge
just large enough to bring it down to 10 (Marquardt, *Technometrics* 12, 1970) is laid on, and said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stats.clustering import Way, robust
from stats.intervals import Estimate
from stats.logistic import Design, Unfittable, collinear, fit
from stats.poolpairs import Within, outcome_of
from stats.pools import Array, Pool, UnusableSignal, standardised
from stats.quirks import Values, as_json, enough, estimates
from stats.sufficiency import InsufficientData
from stats.wording import listed, refusal, upper

GOALS = ("correctness", "sycophancy")
MOST_INFLATION = 10.0
RIDGES = tuple(float(10 ** (step / 4)) for step in range(-16, 1))
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

    What cannot be said is None, with a sentence in `missing`. Never raises for what the data lack.
    """
    within = Within.of(pool.present)
    missing: list[str] = []
    columns = _scored(pool, within, missing)
    if not columns:
        return _nothing(pool, missing or ["No two responses to the same prompt can be compared."])
    columns |= {name: column for name in style if np.nan_to_num(column := within.delta(outcome_of(pool, name))).any()}
    known = np.all([np.isfinite(column) for column in columns.values()], axis=0)
    whole = Design.of({name: column[known] for name, column in columns.items()}, np.zeros(int(known.sum())))
    told = _told_apart(whole, missing)
    goals = {goal: _toward(goal, pool, within, columns, told, missing) for goal in GOALS}
    return TowardGold(
        {signal: goals["correctness"][0].get(signal) for signal in pool.signals},
        {signal: goals["sycophancy"][0].get(signal) for signal in pool.signals},
        None if told.copies else told.condition,
        {signal: told.inflation.get(signal) for signal in pool.signals},
        told.ridge,
        {goal: n for goal, (_, n) in goals.items()},
        tuple(missing),
    )


@dataclass(frozen=True, slots=True)
class _Apart:
    """Which columns are fitted, which say the same as others, and how near the rest are to that."""

    fitted: tuple[str, ...]
    copies: tuple[str, ...]
    condition: float
    inflation: Mapping[str, float]
    ridge: float


def _told_apart(whole: Design, missing: list[str]) -> _Apart:
    """How far the columns of a design can be told apart; sentences on those that cannot are added to `missing`."""
    copies = collinear(whole.names, whole.x)
    if copies:
        missing.append(f"{listed(copies)} say the same of every pair: which of them counts cannot be told.")
    design = whole
    while same := collinear(design.names, design.x):
        design = design.without(same[-1:])
    inflation, condition = inflated(design.x)
    ridge = 0.0
    if max(inflation) > MOST_INFLATION:
        missing.append("Some signals are nearly copies of others, so that all weights are shrunk by a ridge.")
        ridge = next((r for r in RIDGES if max(inflated(design.x, r)[0]) <= MOST_INFLATION), RIDGES[-1])
    each = {name: float(vif) for name, vif in zip(design.names, inflation, strict=True) if name not in copies}
    return _Apart(design.names, copies, condition, each, ridge)


def _scored(pool: Pool, within: Within, missing: list[str]) -> dict[str, Array]:
    """Score differences of the signals that can be used; sentences on the others are added to `missing`."""
    columns = {}
    for row, signal in enumerate(pool.signals):
        try:
            z = standardised(replace(pool, signals=(signal,), scores=pool.scores[row : row + 1]))[0]
        except UnusableSignal as refused:
            missing.append(f"{upper(str(refused))}.")
            continue
        columns[signal] = within.delta(z)
    return columns


def _nothing(pool: Pool, missing: list[str]) -> TowardGold:
    blank: Values = dict.fromkeys(pool.signals)
    return TowardGold(blank, blank, None, dict.fromkeys(pool.signals), 0.0, dict.fromkeys(GOALS, 0), tuple(missing))


def inflated(x: Array, ridge: float = 0.0) -> tuple[Array, float]:
    """Variance inflation (k,) of the columns of `x` (n, k) under a ridge, and their condition number."""
    scaled = x / np.sqrt((x**2).sum(axis=0))
    alike = scaled.T @ scaled
    values = np.linalg.eigvalsh(alike)
    inverse = np.linalg.inv(alike + ridge * np.eye(len(alike)))
    return np.diag(inverse @ alike @ inverse), float(np.sqrt(values[-1] / values[0]))


def _toward(
    goal: str, pool: Pool, within: Within, columns: dict[str, Array], told: _Apart, missing: list[str]
) -> tuple[dict[str, Estimate], int]:
    """Coefficients toward an outcome, and from how many pairs; sentences on what is not known go to `missing`."""
    outcome = within.delta(outcome_of(pool, goal))
    if not np.isfinite(outcome).any():
        missing.append(f"Toward {goal}: no two responses to a prompt are labelled for it.")
        return {}, 0
    differ = np.isfinite(outcome) & (outcome != 0)
    for name in told.fitted:
        differ = differ & np.isfinite(columns[name])
    design = Design.of({name: columns[name][differ] for name in told.fitted}, (outcome[differ] > 0).astype(float))
    try:
        enough(design, "pairs that differ in it")
        # A row adds a quarter at most to the information on a column.
        fitted = fit(design, ridge=told.ridge * len(design.y) / 4)
        sure = robust(design, fitted, [Way("prompts", pool.clusters[within.prompt][differ])])
    except (Unfittable, InsufficientData) as refused:
        missing.append(f"Toward {goal}: {refusal(refused, 'pairs')}")
        return {}, len(design.y)
    found = estimates(fitted, sure, len(design.y))
    return {name: found[name] for name in found if name not in told.copies}, len(design.y)
