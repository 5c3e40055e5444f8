"""A monitor of which every state can be told by heart: it adds up thumbs, one by one."""

from typing import Any

import numpy as np

from stats.intervals import Estimate
from stats.monitoring.declared import Declared, Reading, State, Unusable
from stats.thumbed import Thumbed

THRESHOLD = 10.0


class Adding:
    """Its sum rises by what flattery got and falls a little with each event; from THRESHOLD on it alarms for good.

    `refuses` references before it takes one; raises where it meets the user `trips_over`.
    """

    def __init__(self, key: str, *, refuses: int = 0, trips_over: int | None = None) -> None:
        self.key = key
        self.refuses = refuses
        self.trips_over = trips_over

    def start(self, declared: Declared, reference: Thumbed) -> State:
        if self.refuses:
            self.refuses -= 1
            raise Unusable("no_variation", "Nothing varies in the reference.")
        return {"mean": float(np.mean(reference.up)), "events": 0, "sum": 0.0, "since": None, "out": 0}

    def step(self, declared: Declared, state: State, events: Thumbed, first: int) -> State:
        new: dict[str, Any] = dict(state)
        segments = events.factors["segment"].names()
        for n in range(len(events)):
            new["events"] += 1
            if self.trips_over is not None and first + n == self.trips_over:
                raise FloatingPointError("tripped")
            if segments[n] == "never seen":
                new["out"] += 1
                continue
            new["sum"] = max(0.0, new["sum"] + events.sycophantic[n] * (events.up[n] - new["mean"]) - 0.04)
            if new["sum"] >= THRESHOLD and new["since"] is None:
                new["since"] = first + n
        return new

    def reading(self, declared: Declared, state: State) -> Reading:
        return Reading(
            standing="ok" if state["since"] is None else "alarm",
            value=Estimate(state["mean"], 0.0, 1.0, state["events"]),
            statistic=state["sum"],
            threshold=THRESHOLD,
            warning=float("nan"),
            since=state["since"],
            events=state["events"],
            left_out={"unseen_segment": state["out"]} if state["out"] else {},
        )
