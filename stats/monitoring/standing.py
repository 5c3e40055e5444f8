"""How a monitor's standing moves: an alarm stays until there is a new reference, a watch goes when its cause does."""

from typing import Any

from stats.monitoring.declared import Standing

_RANK: dict[Standing, int] = {"ok": 0, "watch": 1, "alarm": 2}


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


def worst(*said: Standing) -> Standing:
    """The worst of several; ok for none."""
    return max(said, key=lambda one: _RANK[one], default="ok")


def judged(statistic: float, warning: float, threshold: float) -> Standing:
    """The standing of a statistic that grows."""
    if statistic >= threshold:
        return "alarm"
    return "watch" if statistic >= warning else "ok"
