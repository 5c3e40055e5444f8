"""Weights that a person tries on the page: what the sliders say, and what it is as a recipe."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from reports.models import Report
from reports.pictures.names import signals_of
from reports.pictures.numbers import Body, weight_said
from reports.weighting.what_if import what_if
from stats import mixtures
from stats.verdicts import verdict

MOST = 100
PRESETS = ("recipe", "reference", "recommended")


@dataclass(frozen=True, slots=True)
class Slider:
    """One signal's slider: where it stands between `least` and `most`, and the weight that comes of it, in words."""

    key: str
    name: str
    value: int
    least: int
    most: int
    weight: str


def weights_from(body: Body, given: Mapping[str, Any]) -> dict[str, float]:
    """The weights that a form says, as `weight-KEY`; a slider that it does not name stands as in the recipe.

    They sum to 1 in absolute value. Raises ValueError where there is no weight at all, or one is no number.
    """
    found = {}
    start = preset(body, "recipe")
    for key in _keys(body):
        said = given.get(f"weight-{key}")
        value = start.get(key, 0.0) if said is None else float(said)
        least, most = _ends(body, key)
        found[key] = min(max(value, least), most)
    return normalised(found)


def preset(body: Body, name: str) -> dict[str, float]:
    """The weights of the recipe, the reference or the recommendation, for the sliders; empty where there are none."""
    weights = (body.get(name) or {}).get("weights") or {}
    return {key: MOST * float(weights[key]) for key in weights}


def normalised(weights: Mapping[str, float]) -> dict[str, float]:
    """The same mix with weights that sum to 1 in absolute value. Raises ValueError where all are zero."""
    mixed = mixtures.normalised(np.array(list(weights.values()), dtype=float))
    return dict(zip(weights, map(float, mixed), strict=True))


def tried(report: Report, weights: Mapping[str, float]) -> dict[str, Any]:
    """What the report would say with these weights: `shift`, `verdict`, `over_by` and `needed_prompts` as in its body.

    Raises what `what_if` does.
    """
    shift = what_if(report, weights)
    said: dict[str, Any] = {"shift": {name: one.as_json() for name, one in shift.items()}}
    ceiling = ((report.body or {}).get("ceilings") or {}).get("sycophancy")
    if "sycophancy" in shift and ceiling is not None:
        found = verdict(shift["sycophancy"], float(ceiling))
        said |= {"verdict": found.answer, "over_by": found.over_by, "needed_prompts": found.needed}
    return said


def sliders_of(body: Body, weights: Mapping[str, float]) -> list[Slider]:
    """The sliders for these weights, which sum to 1."""
    names = signals_of(body)
    sliders = []
    for key in _keys(body):
        least, most = _ends(body, key)
        weight = weights.get(key, 0.0)
        value = round(MOST * weight)
        sliders.append(Slider(key, names.get(key, key), value, least, most, weight_said(weight)))
    return sliders


def _keys(body: Body) -> list[str]:
    """The signals that the report could use: those with scores, in its order."""
    used = {key for name in PRESETS for key in preset(body, name)}
    return [one["key"] for one in body.get("signals") or () if one.get("scored_by") or one["key"] in used]


def _ends(body: Body, key: str) -> tuple[int, int]:
    """A weight has its signal's direction."""
    less = any(one["key"] == key and one.get("direction") == -1 for one in body.get("signals") or ())
    return (-MOST, 0) if less else (0, MOST)
