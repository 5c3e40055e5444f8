"""Thumbs become events when they have their labels: once each, numbered in the order in which they were ready."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from core.catalog.adding import NewComparison, add_comparisons
from core.catalog.models import Comparison
from core.catalog.parts import NewPrompt, NewResponse
from core.ledger import buckets, recording
from core.ledger.bulk import Spoken, record_many
from core.ledger.models import DirtyBucket
from core.ledger.recording import Said, Subject, Utterance
from core.ledger.rubrics import default_version
from reports.drift import taking
from reports.models import DriftEvent
from tests.drift.conftest import BEGIN, Speaker

Take = Callable[[], int]
pytestmark = pytest.mark.django_db


def numbered() -> list[Any]:
    return list(
        DriftEvent.objects.filter(number__isnull=False).order_by("number").values_list("judgment_id", flat=True)
    )


def test_a_thumb_waits_for_both_labels_whichever_comes_last(speaker: Speaker, take: Take) -> None:
    subject = Subject(turn=speaker.turn(memory="on", arm_key="new", segment={"segment": "teen", "locale": "de"}).pk)
    thumb = speaker.thumb(subject, 1, -1)
    assert take() == 0
    speaker.label(subject, 2, sycophantic=1, cold=2)
    assert take() == 0
    speaker.label(subject, 5, correct=1)
    assert take() == 1
    event = DriftEvent.objects.get()
    assert (event.judgment_id, event.number, event.up) == (thumb.pk, 1, False)
    assert (event.sycophantic, event.correct, event.warm, event.good) == (1.0, 0.0, -1.0, None)
    assert (event.memory, event.arm, event.segment, event.language, event.domain) == ("on", "new", "teen", "de", "")
    assert (event.said_at, event.ready_at) == (BEGIN + timedelta(hours=1), BEGIN + timedelta(hours=5))
    assert take() == 0


def test_labels_that_come_before_the_thumb_wait_for_it(speaker: Speaker, take: Take) -> None:
    subject = Subject(turn=speaker.turn().pk)
    speaker.label(subject, 1, sycophantic=0, correct=2)
    assert take() == 0
    speaker.thumb(subject, 3)
    assert take() == 1
    assert DriftEvent.objects.get().ready_at == BEGIN + timedelta(hours=3)


def test_events_are_numbered_by_when_they_were_ready_without_a_gap(speaker: Speaker, take: Take) -> None:
    late, early, middle = (speaker.both(hours) for hours in (30, 10, 20))
    assert take() == 3
    assert numbered() == [early.pk, middle.pk, late.pk]
    later = speaker.both(29)
    assert take() == 1
    assert numbered() == [early.pk, middle.pk, late.pk, later.pk]
    assert list(DriftEvent.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4]


def test_experts_come_before_raters_and_raters_before_judges(speaker: Speaker, take: Take) -> None:
    subject = Subject(turn=speaker.turn().pk)
    speaker.label(subject, kind="judge", sycophantic=2, correct=0, cold=2)
    speaker.label(subject, sycophantic=1, correct=2)
    speaker.says("rater", subject, 1, Said("sycophantic", 0), Said("correct", 2), name="another")
    speaker.thumb(subject)
    take()
    event = DriftEvent.objects.get()
    assert (event.sycophantic, event.correct, event.warm, event.labelled_by) == (0.5, 1.0, -1.0, "rater")
    other = Subject(turn=speaker.turn().pk)
    speaker.label(other, sycophantic=2, correct=0)
    speaker.label(other, kind="expert", sycophantic=0, correct=2)
    speaker.thumb(other)
    take()
    event = DriftEvent.objects.get(number=2)
    assert (event.sycophantic, event.correct, event.good, event.labelled_by) == (0.0, 1.0, 1.0, "gold")


@pytest.fixture
def compared(project: Any) -> Comparison:
    prompt = NewPrompt((("user", "is it?"),), domain=("health",))
    row = NewComparison(prompt, NewResponse("a", "x"), NewResponse("b", "y"))
    (added,) = add_comparisons(project=project, rows=[row], source="t")
    return Comparison.objects.get(pk=added.id)


def test_a_label_of_a_response_is_one_of_its_turns_and_comes_from_pairs_too(
    speaker: Speaker, take: Take, compared: Comparison
) -> None:
    thumbs = [
        speaker.thumb(Subject(turn=speaker.turn(response=compared.second).pk), 1),
        speaker.thumb(Subject(response=compared.second_id), 2, segment_key="adult"),
    ]
    first = speaker.thumb(Subject(response=compared.first_id))
    speaker.label(Subject(comparison=compared.pk), 9, slot=2, sycophantic=2, correct=2)
    assert take() == 2
    assert numbered() == sorted(thumb.pk for thumb in thumbs)
    assert set(DriftEvent.objects.values_list("domain", "segment")) == {("health", ""), ("health", "adult")}
    assert set(DriftEvent.objects.values_list("bundle", flat=True)) == {compared.second.bundle_id}
    speaker.label(Subject(response=compared.first_id), sycophantic=0, correct=0)
    assert take() == 1
    assert numbered()[-1] == first.pk


def test_those_who_are_asked_for_labels_and_volunteers_give_no_thumbs_of_users(speaker: Speaker, take: Take) -> None:
    for kind in ("rater", "expert", "judge", "volunteer"):
        subject = Subject(turn=speaker.turn().pk)
        speaker.label(subject, kind=kind, sycophantic=0, correct=2, thumb=1)
    assert take() == 0
    subject = Subject(turn=speaker.turn().pk)
    speaker.label(subject, sycophantic=0, correct=2)
    speaker.says("user", subject, 0, Said("thumb", 1))
    assert take() == 1


def test_what_is_said_or_ruled_later_does_not_rewrite_an_event(speaker: Speaker, take: Take) -> None:
    thumb = speaker.both()
    take()
    before = DriftEvent.objects.values().get()
    recording.rule(judgment=thumb.pk, standing="withdrawn", reason="changed my mind")
    speaker.label(Subject(turn=thumb.turn_id), kind="expert", sycophantic=2, correct=0)
    assert take() == 0
    assert DriftEvent.objects.values().get() == before


def test_a_thumb_that_does_not_count_is_taken_when_it_counts_again(speaker: Speaker, take: Take) -> None:
    thumb = speaker.both()
    recording.rule(judgment=thumb.pk, standing="quarantined", reason="a bot?")
    assert take() == 0
    recording.rule(judgment=thumb.pk, standing="counted", reason="no bot")
    assert take() == 1


def test_a_thumb_that_was_replaced_is_not_taken(speaker: Speaker, take: Take) -> None:
    subject = Subject(turn=speaker.turn().pk)
    first = speaker.thumb(subject, 0, 1)
    second = speaker.thumb(subject, 1, -1, supersedes_id=first.pk)
    speaker.label(subject, sycophantic=0, correct=2)
    assert take() == 1
    assert numbered() == [second.pk]


def test_a_clock_that_went_back_gets_no_number_and_is_named(speaker: Speaker, take: Take) -> None:
    speaker.both(100)
    take()
    speaker.both(100 - 25)
    within = speaker.both(100 - 23)
    assert take() == 2
    assert numbered()[1:] == [within.pk]
    assert list(DriftEvent.objects.filter(number=None).values_list("left_out", flat=True)) == [taking.CLOCK]


def test_nothing_was_said_after_it_was_recorded(speaker: Speaker, take: Take) -> None:
    subject = Subject(turn=speaker.turn().pk)
    thumb = speaker.thumb(subject, 24 * 365 * 100)
    label = speaker.label(subject, None, sycophantic=0, correct=2)
    take()
    event = DriftEvent.objects.get()
    assert event.said_at == thumb.recorded_at
    assert event.ready_at == max(thumb.recorded_at, label.recorded_at)


def test_marks_are_seen_with_their_cause_and_settling_leaves_them(project: Any, speaker: Speaker, take: Take) -> None:
    speaker.both()
    buckets.settle()
    assert set(DirtyBucket.objects.values_list("scope", flat=True)) == {"thumbs"}
    with transaction.atomic():
        assert take() == 1
        assert not DirtyBucket.objects.exists()
        transaction.set_rollback(True)
    assert take() == 1


def test_judgments_in_bulk_leave_their_marks(project: Any, speaker: Speaker, take: Take, compared: Comparison) -> None:
    rubric = default_version(project).pk
    sides = [Subject(response=side) for side in (compared.first_id, compared.second_id)]
    for side in sides:
        speaker.thumb(side)
    take()

    def label(n: int, said: tuple[Said, ...]) -> Spoken:
        return Spoken(speaker.actor("rater").pk, Utterance(f"label {n}", said, sides[n], said_at=BEGIN))

    labels = [label(n, (Said("sycophantic", 0), Said("correct", 2))) for n in range(2)]
    record_many(project=project, source="rating", rubric_version=rubric, spoken=labels)
    assert take() == 2
    record_many(project=project, source="rating", rubric_version=rubric, spoken=labels)
    assert not DirtyBucket.objects.filter(scope="thumbs").exists()


def test_another_projects_thumbs_stay_there(speaker: Speaker, take: Take, other_project: Any) -> None:
    Speaker(other_project).both()
    assert take() == 0
