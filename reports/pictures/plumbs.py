"""The monitors as plumb lines: each hangs upright, or leans as far as its evidence is on the way to an alarm."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from reports.pictures.monitors import WATCHED, sign_of, title_of, value_of, value_said
from reports.pictures.numbers import Body

LENGTH = 34.0
"""From the nail to the weight, in the units of a drawing 44 wide and 44 high whose nail is at (22, 2)."""

MOST = math.radians(30)
"""So far leans the line of a monitor that alarms."""


@dataclass(frozen=True, slots=True)
class Plumb:
    """One monitor: what it is called, how it stands, and where its weight hangs. `hangs`: it has a value to show."""

    key: str
    title: str
    kind: str
    word: str
    said: str
    state: str
    hangs: bool
    x: float
    y: float
    turn: float


def plumbs_of(monitors: Iterable[Body]) -> list[Plumb]:
    """All of them, in their order."""
    return [_plumb(one) for one in monitors]


def lean_of(found: Body) -> float:
    """From 0, upright, to 1, alarmed: the square root of the evidence's share of its threshold."""
    if found["state"] == "ALARM":
        return 1.0
    statistic, threshold = found.get("statistic"), found.get("threshold")
    if found["state"] == "WARMING_UP" or not statistic or not threshold or statistic < 0:
        return 0.0
    return min(1.0, math.sqrt(statistic / threshold))


def _plumb(found: Body) -> Plumb:
    kind, word = sign_of(found)
    value = value_of(found)
    side = -1.0 if value is not None and value.estimate < 0 and WATCHED[found["key"]].factor else 1.0
    angle = side * MOST * lean_of(found)
    return Plumb(
        key=found["key"],
        title=title_of(found["key"]),
        kind=kind,
        word=word,
        said=value_said(found),
        state=found["state"],
        hangs=found["state"] != "WARMING_UP",
        x=round(22 + LENGTH * math.sin(angle), 1),
        y=round(2 + LENGTH * math.cos(angle), 1),
        turn=round(-math.degrees(angle), 1),
    )
