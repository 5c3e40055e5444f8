"""What an arm does to what users like at matched sycophancy, correctness, coldness, length and memory.

The chance of a thumb up is fitted on the labelled turns of both arms, each weighted by 1 / probability,

    logit P(up) = constant + arm + Σ b_j x_j + Σ c_j (arm × x_j),

and every turn is then given both arms in turn: the mean difference of the two chances is the effect of the arm where
behaviour is as it is over both arms together (standardisation, or the g-formula with its mediators held: Robins,
*Mathematical Modelling* 7, 1986; VanderWeele, *Explanation in Causal Inference*, 2015, chapter 2, the controlled
direct effect averaged over what was matched). A product c_j is fitted only where x_j varies in both arms; a tenth of a
turn's worth of ridge keeps coefficients finite. Errors come from influence summed within units (see `clustered.py`).

Few turns are labelled and many get a thumb, so that the raw effect is known far better over all thumbs than over the
labelled ones. Where that is given, the effect at matched behaviour over all thumbs is the raw one plus the change that
matching makes in the slice, which is a random part of them (two-phase sampling with a difference estimator: Särndal,
Swensson and Wretman, *Model Assisted Survey Sampling*, 1992, section 9.8).

What is not labelled is not matched, and labels that err match less: see docs/statistics.md.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy.special import expit

from stats.adjusting.clustered import enough, error, means
from stats.adjusting.contrasts import PLANNED, Contrast
from stats.adjusting.labelled import QUESTIONS, Labelled
from stats.intervals import Estimate
from stats.logistic import CONSTANT, Design, Unfittable, fit
from stats.pools import Array, Mask
from stats.sufficiency import InsufficientData

MATCHED = (*QUESTIONS, "length", "memory")
RIDGE = 0.1
LEAST_KNOWN = 0.5
"""A question that is answered of fewer of the turns is left out of what is matched."""
LEAST_EACH = 10
"""Turns of an arm on either side of a column's mean, under which its slope is not told apart from the other arm's."""
SIZE = 0.25
"""A change of less than this part of the raw effect is not called a change of size."""
THUMBED = "labelled turns with a thumb"
Flag = Literal["sign", "size"]


@dataclass(frozen=True, slots=True)
class Adjusted:
    """An arm's effect on a liked metric, as a difference of shares, raw and adjusted over the same turns.

    All intervals are always valid. `change` is adjusted less raw; `flag` is "sign" or "size" where it surely is not 0
    and turns the effect round, or is a good part of it. `matched` are the columns that were held alike, `left_out`
    those that could not be, with why: "unlabelled", or "apart" where the arms never are alike. `turns` and `units`
    are those of the control and of the arm. `over_all` are the raw and the adjusted effect over all thumbs, where the
    raw one was given; `flag` goes by them then.
    """

    raw: Estimate
    adjusted: Estimate
    change: Estimate
    flag: Flag | None
    matched: tuple[str, ...]
    left_out: Mapping[str, str]
    turns: tuple[int, int]
    units: tuple[int, int]
    over_all: tuple[Estimate, Estimate] | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "raw": self.raw.as_json(),
            "adjusted": self.adjusted.as_json(),
            "change": self.change.as_json(),
            "flag": self.flag,
            "matched": list(self.matched),
            "left_out": dict(self.left_out),
            "turns": list(self.turns),
            "units": list(self.units),
            "over_all": (
                {"raw": self.over_all[0].as_json(), "adjusted": self.over_all[1].as_json()} if self.over_all else None
            ),
        }


@dataclass(frozen=True, slots=True)
class Effects:
    """Raw, adjusted and changed with their standard errors, before anything is said of how sure they are."""

    raw: Contrast
    adjusted: Contrast
    change: Contrast
    matched: tuple[str, ...]
    left_out: Mapping[str, str]
    turns: tuple[int, int]
    units: tuple[int, int]


def adjusted_effect(
    labelled: Labelled,
    metric: str,
    *,
    arm: int = 1,
    planned: float = PLANNED,
    level: float = 0.95,
    among_all: Contrast | None = None,
    share: float = 0.0,
) -> Adjusted:
    """The effect of `arm` (an ordinal) on `said[metric]`, at matched behaviour, beside the raw effect.

    `planned` units with a labelled thumb make the intervals tightest. `among_all` is the raw effect over all thumbs, of
    which the labelled ones are a `share`. Raises InsufficientData.
    """
    found = effects(labelled, metric, arm=arm)

    def shown(contrast: Contrast) -> Estimate:
        return contrast.always(planned=planned, level=level, burn_in=0)

    raw, adjusted, change = (shown(each) for each in (found.raw, found.adjusted, found.change))
    over_all = None
    if among_all is not None:
        wide = over_all_thumbs(found, among_all, share=share)
        # On the clock of the slice, which is what is least known.
        over_all = (shown(replace(among_all, n=wide.n)), shown(wide))
    return Adjusted(
        raw=raw,
        adjusted=adjusted,
        change=change,
        flag=flagged(*(over_all or (raw, adjusted)), change),
        matched=found.matched,
        left_out=found.left_out,
        turns=found.turns,
        units=found.units,
        over_all=over_all,
    )


def over_all_thumbs(found: Effects, raw: Contrast, *, share: float = 0.0) -> Contrast:
    """The adjusted effect over all thumbs, from the `raw` one over them and what matching changes in the slice.

    A slice that is a `share` of all thumbs goes along with them: its covariance with the change counts to that part.
    """
    covariance = (found.adjusted.se**2 - found.raw.se**2 - found.change.se**2) / 2
    variance = raw.se**2 + found.change.se**2 + 2 * share * covariance
    # Cauchy and Schwarz: less than this it cannot be, whatever the share is said to be.
    least = (raw.se - found.change.se) ** 2
    return Contrast(raw.estimate + found.change.estimate, math.sqrt(max(variance, least)), found.change.n)


def flagged(raw: Estimate, adjusted: Estimate, change: Estimate) -> Flag | None:
    """Whether the change is sure, and if so whether it turns the effect round or is a good part of it."""
    if change.low <= 0 <= change.high:
        return None
    if raw.estimate * adjusted.estimate < 0:
        return "sign"
    return "size" if abs(change.estimate) >= SIZE * abs(raw.estimate) else None


def effects(labelled: Labelled, metric: str, *, arm: int = 1) -> Effects:
    """Raw, adjusted and changed effect of `arm`, with standard errors. Raises InsufficientData."""
    pair = labelled.between(arm)
    pair = pair.where(~np.isnan(pair.said[metric]))
    columns, left_out = _columns(pair)
    known = np.all([np.isfinite(column) for column in columns.values()], axis=0)
    rows = pair.where(known)
    units = enough(rows.arm, rows.unit, unit_name=THUMBED)
    y, weight = rows.said[metric], rows.weight / rows.weight.mean()
    mean, each = means(y, weight, rows.arm)
    _varied(y, rows)
    raw, by_raw = float(mean[1] - mean[0]), each[1] - each[0]
    held = {name: column[known] for name, column in columns.items()}
    for name in [name for name, column in held.items() if _apart(column, rows.arm == 1)]:
        del held[name]
        left_out[name] = "apart"
    adjusted, by_adjusted = _standardised(y, weight, rows.arm == 1, held)
    return Effects(
        raw=Contrast(raw, error(by_raw, rows.unit), units),
        adjusted=Contrast(adjusted, error(by_adjusted, rows.unit), units),
        change=Contrast(adjusted - raw, error(by_adjusted - by_raw, rows.unit), units),
        matched=tuple(held),
        left_out=left_out,
        turns=(int((rows.arm == 0).sum()), int((rows.arm == 1).sum())),
        units=(len(np.unique(rows.unit[rows.arm == 0])), len(np.unique(rows.unit[rows.arm == 1]))),
    )


def _columns(pair: Labelled) -> tuple[dict[str, Array], dict[str, str]]:
    """What is to be matched, by name, and what cannot be because it is hardly labelled. Sycophancy always must be."""
    columns = {name: pair.labels[name] for name in QUESTIONS}
    columns |= {"length": np.log1p(pair.length), "memory": pair.memory.astype(np.float64)}
    left_out = {}
    for name in ("correct", "cold", "length"):
        if len(pair) and np.isfinite(columns[name]).mean() < LEAST_KNOWN:
            del columns[name]
            left_out[name] = "unlabelled"
    return columns, left_out


def _varied(y: Array, rows: Labelled) -> None:
    if np.ptp(y) == 0:
        raise InsufficientData(needed=len(rows), unit=THUMBED)


def _apart(column: Array, treated: Mask) -> bool:
    """Whether a column differs between the arms and never within one: then nobody can hold it alike."""
    return bool(np.ptp(column) > 0 and np.ptp(column[treated]) == 0 and np.ptp(column[~treated]) == 0)


def _standardised(y: Array, weight: Array, treated: Mask, held: Mapping[str, Array]) -> tuple[float, Array]:
    """The effect over the turns of both arms, and each turn's influence (n,) on it."""
    arm = treated.astype(np.float64)
    centred = {
        name: (column - np.average(column, weights=weight)) / column.std()
        for name, column in held.items()
        if np.ptp(column) > 0
    }
    design = {CONSTANT: np.ones(len(y)), "arm": arm}
    design |= centred
    products = [name for name, column in centred.items() if _in_both(column, treated)]
    design |= {f"arm × {name}": arm * centred[name] for name in products}
    try:
        fitted = fit(Design.of(design, y, weight), ridge=RIDGE)
    except Unfittable as error:
        raise InsufficientData(needed=len(y), unit=THUMBED) from error
    x = np.column_stack(list(design.values()))
    chances, slopes = [], []
    for given in (0.0, 1.0):
        moved = x.copy()
        moved[:, 1] = given
        for place, name in enumerate(products):
            moved[:, 2 + len(centred) + place] = given * centred[name]
        chance = expit(moved @ fitted.coefficients)
        chances.append(chance)
        slopes.append((weight * chance * (1 - chance)) @ moved / weight.sum())
    difference = chances[1] - chances[0]
    effect = float(weight @ difference / weight.sum())
    score = x * (weight * (y - fitted.chance))[:, None]
    rows, k = x.shape
    # As for a linear fit, residuals are too small by the share of what was fitted.
    stretch = np.sqrt(rows / max(rows - k, 1))
    fitting = stretch * score @ (fitted.inverse @ (slopes[1] - slopes[0]))
    influence: Array = weight * (difference - effect) / weight.sum() + fitting
    return effect, influence


def _in_both(column: Array, treated: Mask) -> bool:
    for mine in (treated, ~treated):
        above = int((column[mine] > 0).sum())
        if min(above, int(mine.sum()) - above) < LEAST_EACH:
            return False
    return True
