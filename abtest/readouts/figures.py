"""Each metric of a readout: what was liked, and beside it what is left of that at matched behaviour."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from abtest.metrics import EVEN, METRICS, PAIRED, Metric
from abtest.models import Arm
from abtest.readouts.ground import Ground
from stats.adjusting.contrasts import Contrast as OneContrast
from stats.adjusting.effect import adjusted_effect
from stats.adjusting.interaction import interaction
from stats.pools import Array
from stats.sequential.ebh import e_bh
from stats.sequential.moments import Moments, difference, mean_of
from stats.sequential.reading import Design, Read, Span, read, read_mean
from stats.sufficiency import InsufficientData

Json = dict[str, Any]


def figures(ground: Ground) -> list[Json]:
    """One entry per metric that is registered or was heard of, and per candidate; the primary one first."""
    wanted = [goal.key for goal in ground.plan.metrics]
    heard = [key for key in METRICS if key not in wanted and any(m.units[-1] > 0 for m in ground.path.of(key))]
    keys = sorted([*wanted, *heard], key=lambda key: (key != ground.plan.primary, key not in wanted))
    return [_figure(ground, METRICS[key], arm) for key in keys for arm in ground.candidates]


def reading_of(ground: Ground, metric: Metric, arm: Arm, *, part: str = "") -> Read:
    """The metric's difference between the control and this arm; of a part at the last hour only."""
    paths = ground.now if part else ground.path
    return read_arms(metric, paths.of(metric.key, part), arm.ordinal, ground.design(metric.key, arm))


def read_arms(metric: Metric, moments: tuple[Moments, ...], candidate: int, design: Design) -> Read:
    """A metric of the arm with this ordinal beside the control, from the moments (H,) of all arms."""
    if metric.key in PAIRED:
        # Of several candidates, each is judged by the units of its own arm: those of others chose something else.
        chose = moments[0] + moments[1] if len(moments) == 2 else moments[candidate]
        return read_mean(chose, design, null=EVEN, scale=metric.scale)
    return read(moments[0], moments[candidate], metric.kind, design, scale=metric.scale)


def contrast_of(ground: Ground, metric: Metric, arm: Arm, part: str = "") -> OneContrast | None:
    """The bare difference at the last hour, None where it has no error yet."""
    moments = ground.now.of(metric.key, part)
    means = [mean_of(moments[n], metric.kind).scaled(metric.scale) for n in (0, arm.ordinal)]
    found = difference(*means)
    se, n = float(found.se[-1]), float(found.n[-1])
    return OneContrast(float(found.estimate[-1]), se, int(n)) if np.isfinite(se) and se > 0 else None


def _figure(ground: Ground, metric: Metric, arm: Arm) -> Json:
    goal = next((goal for goal in ground.plan.metrics if goal.key == metric.key), None)
    found = reading_of(ground, metric, arm)
    adjusted, adjusted_needed = _adjusted(ground, metric, arm)
    return {
        "key": metric.key,
        "label": str(metric.label),
        "kind": metric.kind,
        "shown": metric.shown,
        "liked": metric.liked,
        "worse": metric.worse,
        "primary": metric.key == ground.plan.primary,
        "candidate": arm.key,
        "arms": _arms(ground, metric, arm, found),
        "difference": _span(found.interval, anytime=True),
        "looks": _looks(found),
        "ratio": _span(found.ratio, anytime=True),
        "fixed": _span(found.fixed, anytime=False),
        "answer": found.answer,
        "since": ground.path.hours[found.since].isoformat() if found.since is not None else None,
        "adjusted": adjusted,
        "adjusted_needed": adjusted_needed,
        "flag": adjusted["flag"] if adjusted else None,
        "expected": goal.expected if goal else None,
        "direction": goal.direction if goal else None,
        "needed": found.needed,
        "memory": _memory(ground, metric, arm),
        "slices": _slices(ground, metric, arm),
    }


def _arms(ground: Ground, metric: Metric, arm: Arm, found: Read) -> Json:
    """The value of the control and the candidate, with the units it is over and how many events there were."""
    values = (found.control, found.candidate)
    arms: Json = {}
    for one, value in zip((ground.arms[0], arm), values, strict=True):
        moments = ground.path.of(metric.key)[one.ordinal]
        units = moments.exposed if metric.kind == "mean" else moments.units
        arms[one.key] = {"value": value, "n": int(_last(moments.sm)), "units": int(_last(units))}
    return arms


def _span(span: Span | None, *, anytime: bool) -> Json | None:
    return {**span.as_json(), "anytime": anytime} if span else None


def _looks(found: Read) -> Json | None:
    """The planned looks that have come, where looks were planned: then these decide, and no other hour."""
    if found.looks is None:
        return None
    return {
        "come": len(found.looks.places),
        "done": found.looks.done,
        "crossed": found.looks.crossed is not None,
    }


def _adjusted(ground: Ground, metric: Metric, arm: Arm) -> tuple[Json | None, int | None]:
    """The effect at matched behaviour, or about how many more labelled turns with a thumb it takes."""
    labelled = ground.slice.labelled
    if not metric.liked or metric.key not in labelled.said:
        return None, None
    among_all = contrast_of(ground, metric, arm)
    all_thumbs = sum(float(moments.sm[-1]) for moments in ground.path.of(metric.key))
    known = float(np.isfinite(labelled.said[metric.key]).sum())
    try:
        found = adjusted_effect(
            labelled,
            metric.key,
            arm=arm.ordinal,
            level=1 - ground.plan.alpha,
            among_all=among_all,
            share=min(known / all_thumbs, 1.0) if all_thumbs else 0.0,
        )
    except InsufficientData as lacking:
        return None, lacking.needed
    return found.as_json(), None


def _memory(ground: Ground, metric: Metric, arm: Arm) -> Json | None:
    """The arm's effect with memory on and off, and whether they differ. None where one of them has too few units."""
    if metric.key in PAIRED:
        return None
    on, off = (contrast_of(ground, metric, arm, f"memory={side}") for side in ("on", "off"))
    if on is None or off is None:
        return None
    design = ground.design(metric.key, arm)
    try:
        return interaction(on, off, planned=design.planned, level=1 - design.alpha, burn_in=design.burn_in).as_json()
    except InsufficientData:
        return None


def _slices(ground: Ground, metric: Metric, arm: Arm) -> list[Json]:
    """The difference in each slice; `found` are those that stand once it is reckoned with how many there are."""
    rows = []
    evidence = []
    for part in ground.now.parts():
        found = reading_of(ground, metric, arm, part=part)
        # p is 1/e where e is above 1; below that it finds nothing.
        evidence.append(1 / max(found.p, 1e-300) if found.p is not None else 0.0)
        rows.append(
            {
                "part": part,
                "arms": {
                    one.key: {"value": value, "units": units}
                    for one, value, units in zip(
                        (ground.arms[0], arm), (found.control, found.candidate), found.units, strict=True
                    )
                },
                "difference": _span(found.interval, anytime=True),
                "needed": found.needed,
            }
        )
    kept = e_bh(evidence, alpha=ground.plan.alpha).tolist() if rows else []
    return [{**row, "found": bool(one)} for row, one in zip(rows, kept, strict=True)]


def _last(values: Array) -> float:
    return float(values[-1])


def entry(figures_: list[Json], key: str, candidate: str) -> Mapping[str, Any]:
    """The entry of a metric and a candidate."""
    return next(one for one in figures_ if one["key"] == key and one["candidate"] == candidate)
