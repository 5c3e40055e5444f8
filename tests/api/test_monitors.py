"""A program reads how the drift monitors stand, and what is behind an alarm."""

from datetime import UTC, datetime
from typing import Any

import pytest

from reports.drift.declaring import default_of
from reports.models import Alarm, Monitor
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def alarm(project: Any) -> Alarm:
    monitor = Monitor.objects.create(project=project, key="M1", declared=default_of("M1").as_json(), standing="ALARM")
    lives = [{"at": AT.isoformat(), "share": 1.0, "bundle": "v42", "source": "deploy"}]
    body = {"statistic": 20001.0, "threshold": 20000.0, "go_lives": lives, "attribution": []}
    return Alarm.objects.create(
        project=project, monitor=monitor, run=1, number=9000, at=AT, suspect_from=AT, body=body, suspected="bias_drift"
    )


def test_all_ten_are_listed_before_a_thumb_was_said(caller: Caller, project: Any) -> None:
    listed = caller.get("monitors/").json()
    assert [one["key"] for one in listed["results"]] == [f"M{n}" for n in range(1, 11)]
    assert {one["state"] for one in listed["results"]} == {"WARMING_UP"}
    assert listed["next"] is None
    assert not Monitor.objects.exists()


def test_one_has_its_timeline_and_its_alarm(caller: Caller, alarm: Alarm) -> None:
    said = caller.get("monitors/M1/").json()
    assert (said["state"], said["alarm"], said["suspected"]) == ("ALARM", str(alarm.pk), "bias_drift")
    assert (said["path"], said["segments"]) == ([], {})
    assert caller.get("monitors/M11/").status_code == 404


def test_alarms_come_newest_first_with_what_explains_them(caller: Caller, alarm: Alarm) -> None:
    [told] = caller.get("monitors/M1/alarms/").json()["results"]
    assert (told["id"], told["event"], told["statistic"]) == (str(alarm.pk), 9000, 20001.0)
    assert told["go_lives"][0]["bundle"] == "v42"
    assert caller.get("monitors/M2/alarms/").json()["results"] == []
    assert caller.get("monitors/M0/alarms/").status_code == 404


def test_who_may_not_see_bundles_is_not_told_which_went_live(make_caller: Any, reviewer: Any, alarm: Alarm) -> None:
    blind = make_caller(by=reviewer)
    [told] = blind.get("monitors/M1/alarms/").json()["results"]
    assert (told["go_lives"][0]["share"], told["go_lives"][0]["bundle"]) == (1.0, "")
    for path in ("monitors/", "monitors/M1/", "monitors/M1/alarms/"):
        answer = blind.get(path)
        assert answer.status_code == 200
        assert "v42" not in answer.content.decode()
