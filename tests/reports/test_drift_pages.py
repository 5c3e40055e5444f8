"""The pages of drift: the answer first, its figure, the ten monitors, an alarm with its evidence, what is told."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from reports.models import Alarm, AlarmAction, Monitor
from tests.reports import watched


@pytest.fixture
def lead(client: Client, ml_lead: Any) -> Client:
    client.force_login(ml_lead)
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_project_without_thumbs_is_told_how_to_begin(lead: Client, project: Any) -> None:
    shown = text(lead.get("/p/demo/drift/"))
    assert '<p class="verdict">Not enough data: about 8,000 more labelled thumbs.</p>' in shown
    assert "Users leave thumbs" in shown
    assert shown.count('class="plumb"') == 10
    assert shown.count("warming up") == 10
    assert '<svg class="chart"' not in shown


def test_the_answer_comes_first_then_its_figure_then_the_monitors(lead: Client, project: Any) -> None:
    watched.drifting(project)
    shown = text(lead.get("/p/demo/drift/"))
    assert (
        "Yes: since 11 May users&#x27; thumbs reward flattery by 0.8 log-odds more (95 % interval 0.6 to 1.0), "
        "most of it where memory is on."
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


def test_the_latest_alarm_comes_first_however_they_were_written_down(lead: Client, project: Any) -> None:
    late = watched.drifting(project)
    early = Alarm.objects.create(
        project=project,
        monitor=Monitor.objects.get(project=project, key="M9"),
        run=late.run,
        number=1,
        at=late.at - timedelta(days=1),
        suspect_from=late.suspect_from,
        body={},
    )
    shown = text(lead.get("/p/demo/drift/"))
    listed = shown[shown.index('class="alarms"') :]
    assert listed.index(str(late.pk)) < listed.index(str(early.pk))


def test_switching_thumbs_off_where_no_recipe_has_them_says_so(lead: Client, project: Any) -> None:
    alarm = watched.drifting(project)
    lead.post(f"/p/demo/drift/alarms/{alarm.pk}/thumbs-off/", {"reason": "Flattery pays."})
    shown = text(lead.get(f"/p/demo/drift/alarms/{alarm.pk}/"))
    assert "No recipe had to change." in shown
    assert "0 recipes" not in shown


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
    assert "about 1,240 more judgments of anchors" in text(lead.get("/p/demo/drift/M7/"))


ACTS = {
    "triage": {"verdict": "bias_drift", "reason": "Memory went on for all."},
    "thumbs-off": {},
    "block-exports": {"reason": "Until we know."},
    "raise-gold": {},
    "ask-incident": {},
    "reset": {"reason": "A new usual.", "reference": "9000", "tolerance": "0.1", "run_length": "20000"},
}


def test_each_act_is_recorded_with_its_reason_and_shown(lead: Client, project: Any) -> None:
    alarm = watched.drifting(project)
    at = f"/p/demo/drift/alarms/{alarm.pk}/"
    for name, given in ACTS.items():
        answer = lead.post(f"{at}{name}/", given)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{at}#decide"), name
    made = list(AlarmAction.objects.filter(alarm=alarm).order_by("pk").values_list("kind", "reason"))
    assert made == [(name.replace("-", "_"), given.get("reason", "")) for name, given in ACTS.items()]
    shown = text(lead.get(at))
    assert "<strong>triage</strong> <span>real bias drift</span>" in shown
    assert '<q dir="auto">Memory went on for all.</q>' in shown
    assert "The alarm is closed" in shown
    assert 'id="act-reset"' not in shown
    assert 'id="act-triage"' in shown
    alarm.monitor.refresh_from_db()
    assert (alarm.monitor.standing, alarm.monitor.declared["reference"]) == ("WARMING_UP", 9000)


def test_what_is_in_force_is_said_on_the_pages(lead: Client, project: Any) -> None:
    alarm = watched.drifting(project)
    assert "Thumbs said since 10 May, 06:00 stay out of preference exports" in text(lead.get("/p/demo/drift/"))
    lead.post(f"/p/demo/drift/alarms/{alarm.pk}/thumbs-off/", {})
    assert "Users&#x27; thumbs are switched off in recipes since" in text(lead.get("/p/demo/drift/"))


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("triage", {"reason": "Because."}, "Choose what the alarm is."),
        ("triage", {"verdict": "nonsense", "reason": "Because."}, "nonsense is not one of the available choices"),
        ("triage", {"verdict": "mix_shift", "reason": " "}, "Say why: it is kept with your name"),
        ("reset", {"reason": ""}, "Say why: it is kept with your name"),
        ("reset", {"reason": "x", "reference": "12"}, "A reference has at least 2,000 labelled thumbs"),
        ("thumbs-off", {"reason": "x" * 2001}, "2001"),
    ],
)
def test_an_act_that_is_not_right_is_refused_in_its_place(
    lead: Client, project: Any, name: str, given: dict[str, str], said: str
) -> None:
    alarm = watched.drifting(project)
    answer = lead.post(f"/p/demo/drift/alarms/{alarm.pk}/{name}/", given)
    assert answer.status_code == 422
    shown = text(answer)
    assert f'id="act-{name.replace("-", "_")}" open' in shown
    assert said in shown
    assert not AlarmAction.objects.exists()


def test_a_reviewer_reads_an_alarm_and_decides_nothing(client: Client, reviewer: Any, project: Any) -> None:
    client.force_login(reviewer)
    watched.went_live(project)
    alarm = watched.drifting(project)
    shown = text(client.get(f"/p/demo/drift/alarms/{alarm.pk}/"))
    assert "Owners and ML leads decide what is done." in shown
    assert "v42" not in shown, "a reviewer may have to judge blind"
    assert "v42" not in text(client.get("/p/demo/drift/M1/"))
    taken = client.get(f"/p/demo/drift/alarms/{alarm.pk}/alarm.json").content.decode()
    assert '"share": 0.5' in taken
    assert "v42" not in taken
    for name, given in ACTS.items():
        assert client.post(f"/p/demo/drift/alarms/{alarm.pk}/{name}/", given).status_code == 404
    assert client.get("/p/demo/drift/M1/settings/").status_code == 404


def test_an_alarm_of_another_project_does_not_exist(lead: Client, project: Any, other_project: Any) -> None:
    theirs = watched.drifting(other_project)
    assert lead.get(f"/p/demo/drift/alarms/{theirs.pk}/").status_code == 404
    assert lead.post(f"/p/demo/drift/alarms/{theirs.pk}/thumbs-off/", {}).status_code == 404
    assert lead.get(f"/p/demo/drift/alarms/{theirs.pk}/data/attribution.csv").status_code == 404


def test_what_a_monitor_is_told_is_changed_until_it_has_its_reference(lead: Client, project: Any, owner: Any) -> None:
    given = {"reference": "12000", "tolerance": "2.5", "run_length": "40000", "owner": str(owner.pk)}
    assert lead.post("/p/demo/drift/M2/settings/", given).status_code == 302
    stored = Monitor.objects.get(project=project, key="M2")
    assert (stored.declared["reference"], stored.declared["run_length"]) == (12000, 40000)
    assert stored.declared["tolerance"] == pytest.approx(0.025), "what people read as points is stored as a share"
    assert stored.owner == owner
    shown = text(lead.get("/p/demo/drift/M2/settings/"))
    assert 'name="tolerance" value="2.5"' in shown
    Monitor.objects.filter(pk=stored.pk).update(
        state={"made": "up"}, standing="OK", reading=watched.reading(drifts=False)
    )
    shown = text(lead.get("/p/demo/drift/M2/settings/"))
    assert "It has its reference" in shown
    assert 'name="reference"' not in shown
    assert lead.post("/p/demo/drift/M2/settings/", given | {"owner": ""}).status_code == 302
    stored.refresh_from_db()
    assert (stored.owner, stored.declared["reference"]) == (None, 12000)


def test_what_counts_anchors_is_told_in_anchors(lead: Client, project: Any) -> None:
    shown = text(lead.get("/p/demo/drift/M7/settings/"))
    assert "Reference, in judgments of anchors" in shown
    given = {"reference": "12", "tolerance": "0", "run_length": "20000", "owner": ""}
    assert "judgments of anchors; below, the usual is a guess." in text(lead.post("/p/demo/drift/M7/settings/", given))
    assert lead.post("/p/demo/drift/M7/settings/", given | {"reference": "500"}).status_code == 302


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("reference", "1999", "A reference has at least 2,000 labelled thumbs; below, the usual is a guess."),
        ("reference", "many", "Enter a whole number."),
        ("reference", "", "This field is required."),
        ("tolerance", "-0.1", "A tolerance is not negative."),
        ("tolerance", "nan", "Enter a number."),
        ("tolerance", "inf", "Enter a number."),
        ("run_length", "10", "With fewer than 1,000, alarms would come about as often as people look."),
        ("owner", "00000000-0000-0000-0000-000000000000", "is not one of the available choices"),
    ],
)
def test_what_a_monitor_cannot_be_told_is_refused_beside_its_field(
    lead: Client, project: Any, name: str, value: str, said: str
) -> None:
    given = {"reference": "8000", "tolerance": "0.1", "run_length": "20000", "owner": "", name: value}
    answer = lead.post("/p/demo/drift/M1/settings/", given)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not Monitor.objects.exists()
