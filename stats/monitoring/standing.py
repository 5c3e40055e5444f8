"""How a monitor's standing moves: an alarm stays until there is a new reference, a watch goes when its cause does."""

from typing import Any

import numpy as np

from stats.monitoring.declared import Standing
from stats.pools import Array, Whole


def blank() -> dict[str, Any]:
    """Well from the start."""
    return {"standing": "ok", "since": None}


def move(kept: dict[str, Any], said: Standing, event: int, *, alarms: bool = True) -> None:
    """Note that the standing at event number `event` is `said`; without `alarms` it is a watch at most."""
    if kept["standing"] == "alarm":
        return
    if said == "alarm" and not alarms:
        said = "watch"
    if said != kept["standing"]:
        kept["standing"], kept["since"] = said, event


def judged(statistic: float, warning: float, threshold: float) -> Standing:
    """The standing of a statistic that grows."""
    if statistic >= threshold:
        return "alarm"
    return "watch" if statistic >= warning else "ok"


def follow(
    kept: dict[str, Any], statistic: Array, numbers: Whole, threshold: float, warned_at: float, *, alarms: bool = True
) -> None:
    """Move the standing through a statistic (n,) after the events of these numbers (n,).

    A watch begins at the share `warned_at` of the threshold.
    """
    level = (statistic >= threshold * warned_at).astype(int) + (statistic >= threshold)
    for place in np.flatnonzero(np.diff(level, prepend=-1)).tolist():
        move(
            kept,
            judged(float(statistic[place]), threshold * warned_at, threshold),
            int(numbers[place]),
            alarms=alarms,
        )
