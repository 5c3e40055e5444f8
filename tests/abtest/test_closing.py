"""Closing hours: what was ruled comes in as corrections, nothing is added twice, and `verify` names what is wrong."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import F

from abtest import closing, comparing, correcting, waking
from abtest.closing import close_hours
from abtest.models import ArmMoments, ClosedHour, Correction, Event, Exposure, UnitTotal
from abtest.verification import CLOSED, CORRECTED, TOTALS
from core.jobs.models import Job
from core.ledger.bulk import rule_many
from core.ledger.models import Actor, DirtyBucket, Judgment, Turn
from core.ledger.recording import Said, Subject, Utterance, record, rule
from core.tables.verification import checks
from tests.abtest.conftest import BEGIN, Stream


def close(stream: Stream, hours: int) -> closing.Closed:
    return close_hours(stream.experiment, until=BEGIN + timedelta(hours=hours))


def judged(stream: Stream, who: str, value: int = 1) -> Judgment:
    """A thumb in the ledger alone."""
    project = stream.project
    actor, _ = Actor.objects.get_or_create(project=project, kind="user", pseudonym=f"{stream.experiment.key}-{who}")
    key = f"{stream.experiment.key}-{who}-{stream.made}"
    turn = Turn.objects.create(project=project, conversation=key, n=1)
    utterance = Utterance(key, (Said("thumb", value or -1),), Subject(turn=turn.pk))
    judgment, _ = record(project=project, actor=actor.pk, source="live", rubric_version=None, utterance=utterance)
    return judgment


def said(stream: Stream, who: str, arm: int, hour: int, value: int = 1) -> Event:
    """A thumb that is in the ledger and an event under the same id."""
    return stream.happens(stream.event(who, arm, hour, "thumb", value, id=judged(stream, who, value).pk))[0]


def thumbs_up(stream: Stream, hour: int) -> int:
    row = ArmMoments.objects.get(
        experiment=stream.experiment, metric="thumb", part="", arm=stream.arms[1], hour=BEGIN + timedelta(hours=hour)
    )
    return int(row.sx)


def found(name: str) -> list[tuple[str, str, str]]:
    return [(finding.table, finding.row, finding.message) for finding in checks()[name]()]


@pytest.mark.django_db
def test_a_judgment_that_is_withdrawn_is_taken_out_of_the_next_hour(stream: Stream) -> None:
    thumb = said(stream, "ann", 1, 0)
    said(stream, "bob", 1, 0)
    close(stream, 1)
    rule(judgment=thumb.pk, standing="withdrawn", reason="a test")
    close(stream, 2)
    assert [thumbs_up(stream, hour) for hour in (0, 1)] == [2, 1]
    rule(judgment=thumb.pk, standing="counted", reason="after all")
    close(stream, 3)
    assert [thumbs_up(stream, hour) for hour in (0, 1, 2)] == [2, 1, 2]
    assert list(Correction.objects.order_by("hour").values_list("sign", flat=True)) == [-1, 1]
    assert not DirtyBucket.objects.filter(scope="live").exists()
    assert [found(name) for name in (TOTALS, CLOSED, CORRECTED)] == [[], [], []]


@pytest.mark.django_db
def test_what_is_ruled_back_and_forth_within_an_hour_changes_nothing(stream: Stream) -> None:
    thumb = said(stream, "ann", 1, 0)
    close(stream, 1)
    rule(judgment=thumb.pk, standing="quarantined", reason="a test")
    rule(judgment=thumb.pk, standing="counted", reason="a test")
    close(stream, 2)
    assert not Correction.objects.exists()


@pytest.mark.django_db
def test_a_judgment_that_is_withdrawn_in_its_own_hour_never_counts(stream: Stream) -> None:
    thumb = said(stream, "ann", 1, 1)
    stream.happens(stream.event("bob", 1, 0))
    rule_many(project=stream.project, judgments=[thumb.pk], standing="withdrawn", reason="a test")
    close(stream, 1)
    # Its hour is not closed: the mark waits.
    assert DirtyBucket.objects.filter(scope="live").count() == 1
    close(stream, 2)
    assert thumbs_up(stream, 1) == 0
    assert found(CORRECTED) == []


@pytest.mark.django_db
def test_what_was_ruled_after_the_end_comes_in_too(stream: Stream) -> None:
    thumb = said(stream, "ann", 1, 0)
    close(stream, 1)
    stream.experiment.state = "stopped"
    assert close(stream, 5).hours == 0
    rule(judgment=thumb.pk, standing="overruled", reason="a test")
    assert close(stream, 5).hours == 1
    assert thumbs_up(stream, 4) == 0


@pytest.mark.django_db
def test_marks_of_what_no_experiment_holds_are_taken_away(stream: Stream) -> None:
    thumb = said(stream, "ann", 1, 0)
    other = judged(stream, "bob")
    for event in (thumb, other):
        rule(judgment=event.pk, standing="withdrawn", reason="a test")
    correcting.forget_strays(stream.project.pk)
    assert list(DirtyBucket.objects.filter(scope="live").values_list("bucket", flat=True)) == [str(thumb.pk)]


@pytest.fixture
def added(stream: Stream) -> Stream:
    stream.happens(
        [stream.event(who, 1, 0, cell="memory=on") for who in ("ann", "bob")],
        stream.event("ann", 1, 0, "thumb", 1, "memory=on"),
        stream.event("ann", 1, 1, "thumb", 0, "memory=off"),
    )
    close(stream, 2)
    return stream


@pytest.mark.django_db
def test_a_total_that_is_not_the_sum_of_its_events_is_named(added: Stream) -> None:
    assert found(TOTALS) == []
    UnitTotal.objects.filter(cell="memory=on").update(x_thumb=F("x_thumb") + 1)
    row = f"{added.experiment.pk} {added.unit('ann')} thumb memory=on"
    assert found(TOTALS) == [("abtest_unittotal", row, "it says 1, 2, its events 1, 1")]


@pytest.mark.django_db
def test_totals_of_what_never_happened_are_named(added: Stream) -> None:
    total = UnitTotal.objects.get(cell="memory=on")
    for cell, counts in (("memory=new", {}), ("memory=odd", {"n_turn": 1})):
        UnitTotal.objects.create(
            experiment=added.experiment,
            project=added.project,
            unit=total.unit,
            arm=total.arm,
            cell=cell,
            **counts,
        )
    assert [row.split()[-1] for _, row, _ in found(TOTALS)] == ["memory=new", "memory=odd"]


@pytest.mark.django_db
def test_an_exposure_that_is_not_what_was_received_is_named(added: Stream) -> None:
    Exposure.objects.filter(unit=added.unit("bob")).update(crossed=True)
    table, row, _ = found(TOTALS)[0]
    assert (table, row) == ("abtest_exposure", f"{added.experiment.pk} {added.unit('bob')}")


@pytest.mark.django_db
@pytest.mark.parametrize("hour", [0, 1])
def test_moments_of_any_hour_that_are_not_those_of_its_units_are_named(added: Stream, hour: int) -> None:
    at = BEGIN + timedelta(hours=hour)
    ArmMoments.objects.filter(metric="thumb", part="", hour=at).update(smm=F("smm") + 1)
    row = f"{added.experiment.pk} thumb all {added.arms[1].pk} 2026-03-01T0{hour}Z"
    assert found(TOTALS) == [("abtest_armmoments", row, "its moments are not those of its units")]


@pytest.mark.django_db
def test_an_event_in_an_hour_that_was_closed_before_it_came_is_named(added: Stream) -> None:
    added.happens(added.event("eve", 1, 0))
    row = f"{added.experiment.pk} 2026-03-01T00Z"
    assert found(CLOSED) == [("abtest_closedhour", row, "it was closed with 3 events and holds 4")]


@pytest.mark.django_db
def test_a_ruling_that_left_no_mark_is_named(stream: Stream) -> None:
    thumb = said(stream, "ann", 1, 0)
    close(stream, 1)
    rule(judgment=thumb.pk, standing="withdrawn", reason="a test")
    assert found(CORRECTED) == []
    DirtyBucket.objects.filter(scope="live").delete()
    message = f"the event {thumb.event_id} is added up 1 times, its judgment counts 0 times"
    assert found(CORRECTED) == [("abtest_event", str(thumb.pk), message)]


@pytest.mark.django_db
def test_a_recount_mends_what_is_wrong(added: Stream) -> None:
    UnitTotal.objects.update(x_thumb=7)
    Exposure.objects.all().delete()
    closing.recompute(added.experiment)
    assert list(comparing.differences(added.experiment.pk)) == []


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


@pytest.mark.django_db
def test_closing_that_dies_anywhere_is_finished_by_the_next(make_stream: Callable[..., Stream]) -> None:
    streams = [make_stream(key) for key in ("one", "two")]
    for one in streams:
        thumb = said(one, "ann", 1, 0)
        one.happens(one.event("ann", 1, 1), one.event("bob", 0, 1, "message", 1), one.event("bob", 0, 2))
        rule(judgment=thumb.pk, standing="withdrawn", reason="a test")
    close(streams[0], 3)
    deaths = 0
    while True:
        try:
            with dying_at(deaths + 1):
                close(streams[1], 3)
            break
        except Killed:
            deaths += 1
    assert deaths > 20
    first, second = (
        list(
            ArmMoments.objects.filter(experiment=one.experiment)
            .order_by("hour", "metric", "part", "arm__ordinal")
            .values_list("hour", "metric", "part", "arm__ordinal", "exposed", "units", "sx", "sm", "sxx", "sxm", "smm")
        )
        for one in streams
    )
    assert first == second
    assert first
    assert list(comparing.differences(streams[1].experiment.pk)) == []


@pytest.mark.django_db(transaction=True)
def test_two_who_close_at_once_add_nothing_twice(stream: Stream) -> None:
    stream.happens(stream.event(f"u{n}", n % 2, hour, "thumb", 1) for hour in range(4) for n in range(20))
    closed: list[int] = []

    def run() -> None:
        try:
            closed.append(close(stream, 4).hours)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(closed) == ClosedHour.objects.count() == 4
    assert list(comparing.differences(stream.experiment.pk)) == []


@pytest.mark.django_db
def test_a_backlog_is_left_to_one_job(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    stepped: list[str] = []
    monkeypatch.setattr(waking, "step", lambda experiment: stepped.append(experiment.key))
    stream.happens(stream.event("ann", 1, 0))
    waking.step_all()
    assert (stepped, Job.objects.count()) == (["warmth"], 0)
    stream.happens(stream.event("ann", 1, hour) for hour in range(1, 9))
    waking.step_all()
    waking.step_all()
    assert (stepped, Job.objects.filter(kind=waking.JOB).count()) == (["warmth"], 1)


@pytest.mark.django_db
def test_a_fence_that_refuses_leaves_the_hour_open(stream: Stream) -> None:
    stream.happens(stream.event("ann", 1, 0))

    def fence() -> None:
        raise Killed

    with pytest.raises(Killed):
        close_hours(stream.experiment, until=BEGIN + timedelta(hours=1), fence=fence)
    assert not ClosedHour.objects.exists()
