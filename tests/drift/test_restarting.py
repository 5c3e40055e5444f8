"""A monitor that is given a new reference warms up again; its alarm is closed and kept."""

from typing import Any

import pytest

from benchmarks._thumbs import plant
from core.accounts.models import AuditEvent
from reports.drift.restarting import restart
from reports.drift.selectors import blocked_windows, standing_alarm
from reports.drift.stepping import step
from reports.faults import Refused
from reports.models import Alarm, AlarmAction, Monitor
from tests.drift.conftest import thumbs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("brief", "machines")]


@pytest.fixture
def alarmed(project: Any) -> Monitor:
    plant(project, thumbs(2200, loved_from=2000))
    step(project)
    return Monitor.objects.get(project=project, key="M1")


def test_a_new_run_begins_after_the_last_event_and_closes_the_alarm(project: Any, alarmed: Monitor) -> None:
    alarm = standing_alarm(project, "M1")
    assert alarm is not None
    assert [window.alarm for window in blocked_windows(project)] == [alarm.pk]
    monitor = restart(monitor=alarmed, who=None, reason="the launch was known")
    assert (monitor.standing, monitor.run, monitor.first_number, monitor.last_number) == ("WARMING_UP", 2, 2201, 2200)
    assert (monitor.state, monitor.reading, monitor.since, monitor.suspected) == (None, None, None, "")
    assert Alarm.objects.get().closed_at is not None
    assert (standing_alarm(project, "M1"), blocked_windows(project)) == (None, [])
    assert AuditEvent.objects.filter(project=project, verb="monitor.restarted").count() == 1
    step(project)
    monitor.refresh_from_db()
    assert (monitor.standing, monitor.needed["events"]) == ("WARMING_UP", 2000)


def test_what_a_person_blocked_stays_blocked_until_the_new_reference(project: Any, alarmed: Monitor) -> None:
    alarm = Alarm.objects.get()
    AlarmAction.objects.create(project=project, alarm=alarm, kind="block_exports", reason="until we know")
    restart(monitor=alarmed, who=None, reason="known")
    [window] = blocked_windows(project)
    alarm.refresh_from_db()
    assert (window.start, window.end, window.blocked) == (alarm.suspect_from, alarm.closed_at, True)


def test_a_reference_may_begin_among_the_events_there_are(project: Any, alarmed: Monitor) -> None:
    monitor = restart(monitor=alarmed, who=None, reason="since the launch", first=101, wanted={"run_length": 50_000})
    assert monitor.declared["run_length"] == 50_000
    step(project)
    monitor.refresh_from_db()
    assert (monitor.standing, monitor.reference_last, monitor.last_number) == ("OK", 2100, 2200)


@pytest.mark.parametrize("wrong", [{"reason": " "}, {"first": 2202}, {"first": 0}, {"wanted": {"reference": 10}}])
def test_what_cannot_be_is_refused_and_changes_nothing(alarmed: Monitor, wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        restart(**{"monitor": alarmed, "who": None, "reason": "known", **wrong})
    assert Monitor.objects.get(pk=alarmed.pk).run == 1
    assert Alarm.objects.get().closed_at is None
