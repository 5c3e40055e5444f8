"""One metric of a candidate over the closed hours, from the totals alone, for its picture."""

from datetime import datetime
from typing import Any

import numpy as np

from abtest.models import Arm, Experiment
from abtest.readouts.courses import Course, course


def path_of(experiment: Experiment, candidate: Arm, key: str, *, until: datetime) -> list[dict[str, Any]]:
    """The difference with both intervals at the end of every closed hour until `until` at which there was enough data.

    Of each point: `at` (the hour's beginning, ISO), `estimate`, `low`, `high`, `fixed_low`, `fixed_high`, `n` units.
    """
    found = course(experiment, key, candidate)
    if found is None:
        return []
    return [
        _point(found, n, hour)
        for n, hour in enumerate(found.hours)
        if hour <= until and np.isfinite(found.low[n]) and np.isfinite(found.high[n])
    ]


def _point(found: Course, n: int, hour: datetime) -> dict[str, Any]:
    values = {name: float(getattr(found, name)[n]) for name in _VALUES}
    return {"at": hour.isoformat(), **values, "n": int(found.n[n])}


_VALUES = ("estimate", "low", "high", "fixed_low", "fixed_high")
