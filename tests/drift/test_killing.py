"""A step that dies before any one of its statements is finished by the next, as if it had not died."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from benchmarks._thumbs import plant
from core.ledger.models import DirtyBucket
from reports.drift import stepping
from reports.drift.stepping import step
from reports.models import Alarm, DriftEvent, Monitor
from tests.drift.conftest import Speaker, thumbs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("brief")]


class Killed(BaseException):
    """Nobody catches it: what the transaction did is undone, as when the process is killed."""


@contextmanager
def dying_at(statement: int) -> Iterator[None]:
    """The process dies before its statement of this number."""
    count = 0

    def run(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal count
        count += 1
        if count == statement:
            raise Killed
        return execute(*arguments)

    with connection.execute_wrapper(run):
        yield


def finished(project: Any) -> int:
    """Step, dying one statement later each time, each time from what the last one left; returns how often it died."""
    deaths = 0
    while True:
        try:
            with dying_at(deaths + 1):
                step(project)
            return deaths
        except Killed:
            deaths += 1


def found(project: Any) -> tuple[Any, ...]:
    monitor = Monitor.objects.get(project=project, key="M1")
    events = DriftEvent.objects.filter(project=project).order_by("number").values_list("number", "up", "segment")
    alarms = Alarm.objects.filter(project=project).values_list("number", "at", "provisional")
    return monitor.state, monitor.last_number, monitor.standing, monitor.since, list(alarms), list(events)


def test_a_step_that_dies_anywhere_is_finished_by_the_next(
    project: Any, other_project: Any, machines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = thumbs(2200, loved_from=2000)
    for one in (project, other_project):
        plant(one, said)
    step(project)
    monkeypatch.setattr(stepping, "CHUNK", 120)
    assert finished(other_project) > 20
    assert found(other_project) == found(project)
    assert found(project)[2] == "ALARM"
    assert not DirtyBucket.objects.filter(scope="thumbs").exists()


def test_thumbs_are_taken_once_although_taking_them_died(project: Any, machines: Any, speaker: Speaker) -> None:
    said = [speaker.both(hours) for hours in range(3)]
    assert finished(project) > 10
    assert list(DriftEvent.objects.order_by("number").values_list("judgment_id", flat=True)) == [one.pk for one in said]
