"""One metric of a candidate over the closed hours, from the totals alone, for its picture."""

from datetime import datetime
from typing import Any

import numpy as np

from abtest.metrics import EVEN, METRICS, PAIRED
from abtest.models import Arm, Experiment
from abtest.readouts.ground import design_of
from abtest.readouts.paths import whole_path
from abtest.selectors import plan_of
from stats.sequential.reading import Path, read, read_paired


def path_of(experiment: Experiment, candidate: Arm, key: str, *, until: datetime) -> list[dict[str, Any]]:
    """The difference with both intervals at the end of every closed hour until `until` at which there was enough data.

    Of each point: `at` (the hour's beginning, ISO), `estimate`, `low`, `high`, `fixed_low`, `fixed_high`, `n` units.
    """
    metric, paths = METRICS[key], whole_path(experiment, metrics=[key], until=until)
    moments, design = paths.of(key), design_of(plan_of(experiment), key)
    if not paths.hours:
        return []
    if key in PAIRED:
        whole = moments[0]
        for one in moments[1:]:
            whole = whole + one
        found = read_paired(whole, design, scale=metric.scale, even=EVEN).path
    else:
        found = read(moments[0], moments[candidate.ordinal], metric.kind, design, scale=metric.scale).path
    return [_point(found, n, hour) for n, hour in enumerate(paths.hours) if np.isfinite(found.low[n])]


def _point(path: Path, n: int, hour: datetime) -> dict[str, Any]:
    values = {name: float(getattr(path, name)[n]) for name in _VALUES}
    return {"at": hour.isoformat(), **values, "n": int(path.n[n])}


_VALUES = ("estimate", "low", "high", "fixed_low", "fixed_high")
