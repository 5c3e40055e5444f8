"""How soon a monitor would find a rise, foretold from its reference."""

from typing import Any

import numpy as np
import pytest
from django.test import Client

from reports.drift import foreseeing
from reports.pictures.drifting import power_said
from scenarios.driftworlds import UNLIKE, series
from stats.monitoring.coefficients import BIAS
from stats.monitoring.declared import Declared
from stats.thumbed import Thumbed
from tests.annotate_pages.pairs import bundle, comparison
from tests.reports import watched

N = 2000


@pytest.fixture(scope="module")
def reference() -> Thumbed:
    return series([(UNLIKE, N)], np.random.default_rng(5))


@pytest.fixture
def monitor(project: Any, reference: Thumbed, monkeypatch: pytest.MonkeyPatch) -> Any:
    """M1 with a reference of which it is known what it holds."""
    monkeypatch.setattr(foreseeing.events, "read", lambda project, first, last: reference)
    foreseeing._delays.cache_clear()
    declared = watched.declared("M1", reference=N)
    state = BIAS.start(Declared.from_json(declared), reference)
    return watched.monitor(project, "M1", declared=declared, state=state, reference_last=N)


def test_a_large_rise_is_found_sooner_than_a_small_one_and_days_follow_the_pace(project: Any, monitor: Any) -> None:
    pair = comparison(project, "Why?", ("So.", "Thus."), (bundle(project, "a"), bundle(project, "b")))
    watched.thumbs(project, [pair.first])
    found = foreseeing.power_of(monitor)
    assert found is not None
    # Twenty thumbs, 47 minutes apart, count as a day's.
    assert found["per_day"] == 20
    small, large = found["rises"]
    assert (small["rise"], large["rise"]) == (0.4, 0.8)
    assert large["median_events"] < small["median_events"]
    assert large["median_days"] == large["median_events"] / 20
    assert foreseeing.power_of(monitor) == found


def test_without_a_pace_or_a_reference_nothing_is_foretold(lead: Client, project: Any, monitor: Any) -> None:
    assert foreseeing.power_of(monitor) is None
    assert foreseeing.power_of(watched.monitor(project, "M2")) is None
    assert "cannot be foretold" in lead.get("/p/demo/drift/M2/power/").content.decode()


@pytest.fixture
def lead(client: Client, ml_lead: Any) -> Client:
    client.force_login(ml_lead)
    return client


def test_what_is_foretold_is_said_in_days() -> None:
    rises = [
        {"rise": 0.4, "median_days": 8.2, "q90_days": 17.9},
        {"rise": 0.8, "median_days": 1.5, "q90_days": 2.0},
    ]
    assert power_said({"per_day": 200.0, "rises": rises}).startswith(
        "At 200 labelled thumbs a day, a rise of 0.4 log-odds is found in 8 to 18 days; "
        "a rise of 0.8 log-odds is found in 1.5 to 2 days."
    )
    never = [{"rise": 0.4, "median_days": None, "q90_days": None}, {"rise": 0.8, "median_days": 40, "q90_days": None}]
    assert "0.4 log-odds is mostly not found within 20,000 of them; a rise of 0.8 log-odds is found in 40 days or" in (
        power_said({"per_day": 200.0, "rises": never})
    )
    assert power_said(None) == ""
    assert power_said({"per_day": 200.0, "rises": []}) == ""


def test_the_page_waits_for_it_and_it_comes_alone(lead: Client, project: Any, monitor: Any) -> None:
    shown = lead.get("/p/demo/drift/M1/").content.decode()
    assert 'hx-get="/p/demo/drift/M1/power/" hx-trigger="load"' in shown
    alone = lead.get("/p/demo/drift/M1/power/", headers={"hx-request": "true"}).content.decode()
    assert alone.startswith('<p id="power">')
    assert "<html" in lead.get("/p/demo/drift/M1/power/").content.decode()
