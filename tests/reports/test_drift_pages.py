"""The pages of drift: the answer first, its figure, the ten monitors, an alarm with its evidence, what is told."""

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client

from tests.reports import watched

HTMX = {"hx-request": "true"}


@pytest.fixture
def lead(client: Client, ml_lead: Any) -> Client:
    client.force_login(ml_lead)
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_project_without_thumbs_is_told_how_to_begin(lead: Client, project: Any) -> None:
    shown = text(lead.get("/p/demo/drift/"))
    assert '<p class="verdict" dir="auto">Not enough data: about 8,000 more labelled thumbs.</p>' in shown
    assert "Users leave thumbs" in shown
    assert shown.count('class="plumb"') == 10
    assert shown.count("warming up") == 10
    assert '<svg class="chart"' not in shown


def test_the_answer_comes_first_then_its_figure_then_the_monitors(lead: Client, project: Any) -> None:
    watched.drifting(project)
    shown = text(lead.get("/p/demo/drift/"))
    assert (
        "Yes: since 11 May users&#x27; thumbs reward flattery by 0.8 log-odds more, most of it where memory is on."
    ) in shown
    assert shown.index('class="verdict"') < shown.index('id="picture-m1-value"') < shown.index('class="plumbs"')
    assert "can still mean a chance of up to 63 % that there is one within 20,000" in shown


def test_an_alarm_shows_what_it_rests_on(lead: Client, project: Any) -> None:
    alarm = watched.drifting(project)
    shown = text(lead.get(f"/p/demo/drift/alarms/{alarm.pk}/"))
    assert 'id="picture-attribution"' in shown
    assert "Most of it is where memory is on: +0.84 (+0.51 to +1.17) log-odds more than elsewhere" in shown
    assert "The raw gap went from +3.1 to +9.8 points: +0.4 of that is another mix" in shown
    assert "v42" in shown


def test_pictures_and_bodies_can_be_taken_away(lead: Client, project: Any) -> None:
    alarm = watched.drifting(project)
    table = lead.get("/p/demo/drift/M1/data/m1-value.csv")
    rows = list(csv.DictReader(io.StringIO(table.content.decode())))
    assert len(rows) == watched.POINTS
    assert float(rows[-1]["value"]) == watched.path(drifts=True)[-1]["value"]
    assert json.loads(lead.get("/p/demo/drift/M1/data/m1-evidence.vl.json").content)["usermeta"]["code_version"]
    assert lead.get("/p/demo/drift/M1/data/nothing.csv").status_code == 404
    assert lead.get("/p/demo/drift/M1/data/m1-value.exe").status_code == 404
    assert lead.get(f"/p/demo/drift/alarms/{alarm.pk}/data/attribution.csv").status_code == 200
    body = json.loads(lead.get("/p/demo/drift/monitors.json").content)
    assert list(body["monitors"]) == [f"M{n}" for n in range(1, 11)]
    assert body["monitors"]["M1"]["state"] == "ALARM"
    assert json.loads(lead.get(f"/p/demo/drift/alarms/{alarm.pk}/alarm.json").content)["event"] == 13600


def test_every_monitor_has_its_page_in_each_state(lead: Client, project: Any) -> None:
    watched.drifting(project)
    for n in range(1, 11):
        assert lead.get(f"/p/demo/drift/M{n}/").status_code == 200
    assert lead.get("/p/demo/drift/M11/").status_code == 404
    assert "Perhaps: since 14 May there are early signs that memory makes thumbs" in text(lead.get("/p/demo/drift/M9/"))
    assert "Not known: No expert has labelled anything since 3 May. The monitor holds" in text(
        lead.get("/p/demo/drift/M3/")
    )
    assert "about 1,240 more labelled thumbs" in text(lead.get("/p/demo/drift/M7/"))
