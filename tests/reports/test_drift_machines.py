"""The pages of drift over what the real machines say of a world in which flattery came to be rewarded."""

from typing import Any

import numpy as np
import pytest
from django.test import Client

from reports.details import details_of
from reports.drift.keeping import as_json
from reports.pictures.monitors import KEYS
from scenarios.driftworlds import UNLIKE, series
from stats.monitoring.all import MONITORS
from stats.monitoring.declared import Declared, Unusable
from tests.reports import watched

REFERENCE, AFTER = 3000, 3000


@pytest.fixture(scope="module")
def said() -> dict[str, dict[str, Any]]:
    """{key: what is stored of a monitor}, of all that read thumbs."""
    events = series([(UNLIKE, REFERENCE), (UNLIKE.drifting(1.5), AFTER)], np.random.default_rng(11))
    found: dict[str, dict[str, Any]] = {}
    for key, machine in MONITORS.items():
        declared = watched.declared(key, reference=REFERENCE)
        told = Declared.from_json(declared)
        try:
            state = machine.start(told, events.part(0, REFERENCE))
        except Unusable as error:
            found[key] = {"declared": declared, "state": None, "reading": None, "fault": error.why}
            continue
        state = machine.step(told, state, events.part(REFERENCE, REFERENCE + AFTER), REFERENCE + 1)
        reading = machine.reading(told, state)
        standing = {"ok": "OK", "watch": "WATCH", "alarm": "ALARM"}[reading.standing]
        found[key] = {"declared": declared, "state": state, "reading": as_json(reading), "standing": standing}
    return found


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_every_page_shows_what_its_machine_says(
    client: Client, ml_lead: Any, project: Any, said: dict[str, dict[str, Any]]
) -> None:
    client.force_login(ml_lead)
    for key, values in said.items():
        standing = values.get("standing", "WARMING_UP")
        made = watched.monitor(project, key, **{**values, "standing": standing, "since": watched.BEGAN})
        if standing == "ALARM":
            watched.alarm(made, number=made.reading["since"], at=watched.BEGAN)
    assert text(client.get("/p/demo/drift/")).count('class="plumb"') == len(KEYS)
    assert said["M1"]["standing"] == "ALARM", "so large a rise is found within 3,000 thumbs"
    drawn = []
    for key in KEYS:
        shown = text(client.get(f"/p/demo/drift/{key}/"))
        if 'class="chart"' in shown:
            drawn.append(key)
        assert "%(" not in shown
        assert "None" not in shown
    assert {"M1", "M2", "M5", "M9"} <= set(drawn)


def test_each_machine_has_its_details(said: dict[str, dict[str, Any]]) -> None:
    told = {
        key: details_of({"key": key, "segments": values["reading"]["segments"]})
        for key, values in said.items()
        if values["reading"]
    }
    assert told["M1"] is not None
    assert any(row[0] == "memory on" for row in told["M1"].table.shown)
    assert told["M2"] is not None
    assert [column.head for column in told["M2"].table.columns] == ["", "Reference", "Now"]
    assert told["M6"] is not None
    assert "segment" in [row[0] for row in told["M6"].table.shown]
    for found in told.values():
        assert found is None or all(len(row) == len(found.table.columns) for row in found.table.shown)
    assert details_of({"key": "M7", "segments": {"rater 4": {"level": "4"}}}) is None, "raters are not shown here"
