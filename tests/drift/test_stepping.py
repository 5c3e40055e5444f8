"""The engine: monitors warm up, go over every event once, and end the same however they got there."""

from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from benchmarks._thumbs import LABEL_DELAY, plant
from core.ledger.models import DirtyBucket
from core.ledger.recording import Subject
from reports.drift import alarming, events, keeping, stepping
from reports.drift.saying import monitors_json
from reports.drift.stepping import step
from reports.models import Alarm, DriftEvent, Monitor
from tests.drift.conftest import Speaker, thumbs
from tests.drift.machines import Adding

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("brief")]


def m1(project: Any) -> Monitor:
    return Monitor.objects.get(project=project, key="M1")


def found(project: Any) -> tuple[Any, ...]:
    """All that must not depend on how the events came."""
    monitor = m1(project)
    alarms = Alarm.objects.filter(project=project).values_list("number", "at", "suspect_from")
    return monitor.state, monitor.last_number, monitor.standing, monitor.since, list(alarms)


def test_the_arrays_are_the_stream_that_was_said(project: Any, machines: Any) -> None:
    said = thumbs(300)
    plant(project, said)
    step(project)
    read = events.read(project.pk, 1, 300)
    for name in ("up", "sycophantic", "correct", "warm", "good"):
        assert (getattr(read, name) == getattr(said, name)).all() or name in ("warm", "good")
        known = getattr(said, name) == getattr(said, name)
        assert (getattr(read, name)[known] == getattr(said, name)[known]).all()
        assert (known == (getattr(read, name) == getattr(read, name))).all()
    for name, codes in said.factors.items():
        assert (codes.names() == read.factors[name].names()).all()
    assert np.allclose(read.at - read.at[0], said.at - said.at[0], atol=1e-3)
    assert read.said is not None
    assert np.allclose(read.at - read.said, LABEL_DELAY.total_seconds(), atol=1e-3)
    assert len(set(zip(read.user, said.user, strict=True))) == len(set(said.user))


def test_a_monitor_warms_up_and_says_what_it_needs(project: Any, machines: Any) -> None:
    said = thumbs(2100)
    plant(project, said.part(0, 1500))
    step(project)
    monitor = m1(project)
    assert (monitor.standing, monitor.state, monitor.last_number) == ("WARMING_UP", None, 0)
    assert monitor.needed == {"events": 500, "sycophantic": 0, "others": 0}
    plant(project, said.part(1500, 2100))
    step(project)
    monitor = m1(project)
    assert (monitor.standing, monitor.reference_last, monitor.last_number) == ("OK", 2000, 2100)
    assert monitor.needed == {}
    assert monitor.state["events"] == 100


def test_a_reference_lasts_until_it_has_enough_of_both_kinds(project: Any, machines: Any) -> None:
    said = thumbs(3100)
    said.sycophantic[:2000] = 0
    plant(project, said.part(0, 2000))
    step(project)
    assert m1(project).needed == {"events": 0, "sycophantic": 200, "others": 0}
    plant(project, said.part(2000, 3100))
    step(project)
    enough = 2000 + int((said.sycophantic[2000:].cumsum() < 200).sum()) + 1
    assert 2000 < m1(project).reference_last == enough < 3100


def test_an_unusable_reference_is_named_and_tried_again_at_twice_its_length(project: Any, machines: Any) -> None:
    machines["M1"] = Adding("M1", refuses=1)
    said = thumbs(4100)
    plant(project, said.part(0, 2500))
    step(project)
    monitor = m1(project)
    assert monitor.fault == "Nothing varies in the reference."
    assert (monitor.standing, monitor.needed["events"]) == ("WARMING_UP", 1500)
    machines["M1"].refuses = 1
    plant(project, said.part(2500, 4100))
    step(project)
    monitor = m1(project)
    assert (monitor.standing, monitor.reference_last, monitor.last_number, monitor.fault) == ("OK", 4000, 4100, "")


def again(project: Any) -> None:
    """Forget all but the log and what the monitors are told."""
    Alarm.objects.filter(project=project).delete()
    Monitor.objects.filter(project=project).update(
        state=None, reading=None, standing="WARMING_UP", since=None, last_number=0, reference_last=None
    )


def test_events_in_any_batches_end_in_the_same_state_and_alarm(
    project: Any, machines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(project, thumbs(2200, loved_from=2000))
    step(project)
    expected = found(project)
    assert (expected[2], len(expected[4])) == ("ALARM", 1)
    for chunk in (1, 7, 500, 4096):
        again(project)
        monkeypatch.setattr(stepping, "CHUNK", chunk)
        assert step(project) == stepping.Stepped(0, 2200)
        assert found(project) == expected
    assert step(project) == stepping.Stepped(0, 2200)
    assert found(project) == expected


def test_thumbs_that_come_little_by_little_end_in_the_same_state_and_alarm(
    project: Any, other_project: Any, machines: Any
) -> None:
    said = thumbs(2200, loved_from=2000)
    plant(project, said)
    step(project)
    for start, stop in ((0, 1), (1, 1900), (1900, 2007), (2007, 2200)):
        plant(other_project, said.part(start, stop))
        step(other_project)
    assert found(project) == found(other_project)


def test_an_alarm_is_raised_once_and_stands(project: Any, machines: Any) -> None:
    said = thumbs(2400, loved_from=2000)
    plant(project, said.part(0, 2200))
    step(project)
    alarm = Alarm.objects.get()
    monitor = m1(project)
    assert (monitor.standing, monitor.since) == ("ALARM", alarm.at)
    assert alarm.at == DriftEvent.objects.get(project=project, number=alarm.number).ready_at
    assert 10.0 <= alarm.body["statistic"] < 11.0 < monitor.reading["statistic"]
    plant(project, said.part(2200, 2400))
    step(project)
    assert Alarm.objects.get().number == alarm.number
    assert (m1(project).since, m1(project).last_number) == (alarm.at, 2400)


def test_an_alarm_is_explained_by_the_events_near_it(
    project: Any, machines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(alarming, "FURTHEST", 40)
    monkeypatch.setattr(alarming, "MONITORS", machines)
    monkeypatch.setattr(
        alarming, "explain", lambda *given, **named: asked.append(named) or {"provisional": False, "suspected": ""}
    )
    said = thumbs(2400, loved_from=2100)
    plant(project, said)
    step(project)
    number = Alarm.objects.get().number
    [given] = asked
    assert list(given["numbers"]) == list(range(number - 40, number + 1))
    assert (given["since"].sycophantic == said.sycophantic[number - 41 : number]).all()


def test_a_fault_of_one_monitor_holds_its_state_and_stops_no_other(project: Any, machines: Any) -> None:
    machines["M9"] = Adding("M9", trips_over=2150)
    said = thumbs(2300)
    plant(project, said.part(0, 2100))
    step(project)
    before = Monitor.objects.get(key="M9")
    plant(project, said.part(2100, 2300))
    step(project)
    held = Monitor.objects.get(key="M9")
    assert (held.state, held.last_number, held.standing) == (before.state, 2100, "OK")
    assert "tripped" in held.fault
    assert held.stepped_at == before.stepped_at
    assert m1(project).last_number == 2300
    machines["M9"].trips_over = None
    step(project)
    after = Monitor.objects.get(key="M9")
    assert (after.last_number, after.fault) == (2300, "")
    assert after.state == m1(project).state


def test_a_fault_between_an_alarm_and_those_who_are_told_leaves_no_alarm_that_nobody_hears_of(
    project: Any, machines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Alarm] = []

    def fails(alarm: Alarm) -> None:
        raise RuntimeError("no post today")

    plant(project, thumbs(2200, loved_from=2000))
    monkeypatch.setattr(keeping, "announce", fails)
    step(project)
    assert "no post today" in m1(project).fault
    assert not Alarm.objects.exists()
    monkeypatch.setattr(keeping, "announce", told.append)
    step(project)
    assert (told, m1(project).fault) == ([Alarm.objects.get()], "")


def test_thumbs_that_nobody_ever_took_in_make_all_that_read_them_stale(
    project: Any, speaker: Speaker, settings: Any
) -> None:
    speaker.both()
    unknown = [Monitor(project=project, key=key, declared={}) for key in ("M1", "M7")]
    assert {said["state"] for said in monitors_json(unknown).values()} == {"WARMING_UP"}
    ago = timezone.now() - 4 * timezone.timedelta(seconds=settings.DRIFT_STEP_SECONDS)
    DirtyBucket.objects.update(marked_at=ago)
    assert {key: said["state"] for key, said in monitors_json(unknown).items()} == {"M1": "STALE", "M7": "WARMING_UP"}


def test_a_monitor_that_has_not_stepped_while_events_wait_is_stale(project: Any, machines: Any, settings: Any) -> None:
    said = thumbs(2300)
    plant(project, said.part(0, 2100))
    step(project)
    ago = timezone.now() - 4 * timezone.timedelta(seconds=settings.DRIFT_STEP_SECONDS)
    Monitor.objects.filter(key="M1").update(stepped_at=ago)
    assert monitors_json([m1(project)])["M1"]["state"] == "OK"
    plant(project, said.part(2100, 2300))
    DirtyBucket.objects.update(marked_at=ago)
    assert monitors_json([m1(project)])["M1"]["state"] == "STALE"
    step(project)
    assert monitors_json([m1(project)])["M1"]["state"] == "OK"


def test_a_segment_that_was_never_seen_and_a_clock_that_went_back_are_counted(
    project: Any, machines: Any, speaker: Speaker
) -> None:
    plant(project, thumbs(2100))
    step(project)
    speaker.both(24 * 300, segment={"segment": "never seen"})
    step(project)
    speaker.both(24 * 200)
    step(project)
    said = monitors_json([m1(project)])["M1"]
    assert said["left_out"] == {"unseen_segment": 1, "clock_back": 1}
    assert "clock" in said["fault"]
    assert (said["state"], said["last_event"]) == ("OK", 2101)
    speaker.both(24 * 301)
    step(project)
    right = monitors_json([m1(project)])["M1"]
    assert (right["fault"], right["left_out"], right["last_event"]) == (None, said["left_out"], 2102)


def test_labels_without_a_thumb_are_no_events(project: Any, machines: Any, speaker: Speaker) -> None:
    speaker.label(Subject(turn=speaker.turn().pk), sycophantic=2, correct=0)
    assert step(project) == stepping.Stepped(0, 0)
    assert set(Monitor.objects.values_list("standing", flat=True)) == {"WARMING_UP"}
