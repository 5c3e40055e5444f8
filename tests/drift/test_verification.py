"""Each check of the thumbs' log and its monitors sees the row that breaks it."""

from typing import Any

import pytest
from django.db import connection

from benchmarks._thumbs import plant
from core.tables.verification import checks
from reports.drift import event_checks, replaying
from reports.drift.stepping import step
from reports.models import Alarm, DriftEvent, Monitor
from tests.drift.conftest import thumbs

NUMBERS, SAID = event_checks._NUMBERS, event_checks._SAID
REPLAY = event_checks._REPLAY
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("brief")]


def found(name: str) -> list[tuple[str, str]]:
    return [(finding.row, finding.message) for finding in checks()[name]()]


def corrupt(assignment: str, number: int) -> str:
    """Change an event behind the back of the database's triggers; returns its key."""
    key = str(DriftEvent.objects.values_list("judgment_id", flat=True).get(number=number))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE reports_driftevent DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE reports_driftevent SET {assignment} WHERE number = {number}")
        cursor.execute("ALTER TABLE reports_driftevent ENABLE TRIGGER USER")
    return key


@pytest.fixture
def watched(project: Any, machines: Any, monkeypatch: pytest.MonkeyPatch) -> Monitor:
    """M1 in alarm, after 2,200 thumbs."""
    monkeypatch.setattr(replaying, "MONITORS", machines)
    monkeypatch.setattr(event_checks, "MONITORS", machines)
    plant(project, thumbs(2200, loved_from=2000))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    step(project)
    return Monitor.objects.get(key="M1")


def test_a_sound_log_and_its_monitor_are_clean(watched: Monitor) -> None:
    assert watched.standing == "ALARM"
    assert [found(name) for name in (NUMBERS, SAID, REPLAY)] == [[], [], []]


def test_a_gap_in_the_numbers_is_named(watched: Monitor) -> None:
    row = corrupt("number = 3000", 2200)
    assert found(NUMBERS) == [(row, "its number is 3000, in order it is 2200")]


@pytest.mark.parametrize(
    "assignment", ["up = NOT up", "said_at = said_at - interval '1 s'", "solicited = NOT solicited"]
)
def test_an_event_that_is_not_what_was_said_is_named(watched: Monitor, assignment: str) -> None:
    row = corrupt(assignment, 2100)
    assert found(SAID) == [(row, "the event 2100 is not what its judgment says")]


def test_a_state_that_its_events_do_not_give_is_named(watched: Monitor) -> None:
    Monitor.objects.filter(pk=watched.pk).update(state={**watched.state, "sum": watched.state["sum"] * (1 + 1e-8)})
    assert found(REPLAY) == [(str(watched.pk), "its state after event 2200 is not what a replay gives")]


def test_an_event_that_changed_shows_in_the_states_that_read_it(watched: Monitor) -> None:
    corrupt("sycophantic = 1 - sycophantic", 2050)
    assert found(REPLAY) == [(str(watched.pk), "its state after event 2200 is not what a replay gives")]


def test_an_alarm_that_was_moved_or_is_gone_is_named(watched: Monitor) -> None:
    due = Alarm.objects.get().number
    Alarm.objects.update(number=due + 1)
    assert found(REPLAY) == [(str(watched.pk), f"its alarm is of event {due + 1}, in a replay of {due}")]
    Alarm.objects.all().delete()
    assert found(REPLAY) == [(str(watched.pk), f"its alarm is of event None, in a replay of {due}")]
