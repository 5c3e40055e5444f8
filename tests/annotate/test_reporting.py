"""Broken pairs: reported, taken out of the queue, and put back or retired, under every order of events."""

from typing import Any

import pytest
from django.db import connection, transaction

from annotate import planning, queue, reporting, requests, submitting
from annotate.models import Attempt, BrokenReport, Campaign, ReportWords, Slot, Task
from annotate.selectors.progress import progress_of
from annotate.submitting import NotYours, skip, submit
from annotate.undoing import undo
from core.accounts.models import AuditEvent
from core.ledger import buckets
from core.ledger.models import LabelRequest, Ruling
from core.tables import verification
from tests.side_by_side import aside, at_once, until_somebody_waits_for_us


def findings() -> list[str]:
    ours = [check for check in verification.checks().values() if check.__module__ == "annotate.verification"]
    return [f"{one.check}: {one.message}" for check in ours for one in check()]


def take(campaign: Any, rater: Any) -> Any:
    return queue.take(campaign=campaign, rater=rater, want=1)[0]


def report(campaign: Any, rater: Any, slot: Any, reason: str = "garbled", words: str = "") -> None:
    reporting.report(campaign=campaign, rater=rater, token=slot.lease_token, reason=reason, words=words)


@pytest.fixture
def one(make_campaign: Any) -> Any:
    """A campaign with one task for three raters."""
    return make_campaign(1, overlap=3)


def test_a_report_gives_the_pair_back_and_it_never_comes_again(one: Any, ann: Any, ben: Any) -> None:
    slot = take(one, ann)
    report(one, ann, slot, "other", "The second one stops in the middle.\x00")
    report(one, ann, slot)
    made = BrokenReport.objects.get()
    assert (made.rater, made.reason) == (ann, "other")
    assert ReportWords.objects.get().body == "The second one stops in the middle."
    assert Attempt.objects.get().outcome == "skipped"
    assert queue.take(campaign=one, rater=ann) == []
    assert take(one, ben).task_id == slot.task_id
    assert findings() == []


def test_something_else_needs_words_and_the_reason_must_be_one(one: Any, ann: Any) -> None:
    slot = take(one, ann)
    for reason, words in (("other", "  "), ("nonsense", "x"), ("", "")):
        with pytest.raises(reporting.SayWhat):
            report(one, ann, slot, reason, words)
    assert not BrokenReport.objects.exists()


def test_only_who_holds_the_pair_can_report_it(one: Any, ann: Any, ben: Any) -> None:
    slot = take(one, ann)
    with pytest.raises(NotYours):
        report(one, ben, slot)
    skip(campaign=one, rater=ann, token=slot.lease_token, reason="other")
    with pytest.raises(NotYours):
        report(one, ann, slot)


@pytest.fixture
def held(one: Any, ann: Any, ben: Any, make_rater: Any, answers: Any) -> Any:
    """The task after one judgment and two reports."""
    cat = make_rater("cat")
    submit(campaign=one, rater=cat, token=take(one, cat).lease_token, answers=answers)
    for rater in (ann, ben):
        report(one, rater, take(one, rater))
    return Task.objects.get()


def test_enough_reports_take_a_task_out_of_the_queue(held: Any, one: Any, make_rater: Any) -> None:
    assert held.state == "held"
    assert sorted(Slot.objects.values_list("state", flat=True)) == ["filled", "held", "held"]
    assert queue.take(campaign=one, rater=make_rater("dan")) == []
    event = AuditEvent.objects.get(verb="task.held")
    assert (event.who, event.object, event.data["reports"]) == (None, f"task:{held.pk}", 2)
    assert findings() == []


def test_the_campaign_says_how_many_reports_that_takes(make_campaign: Any, ann: Any) -> None:
    work = make_campaign(1, overlap=3, reports_to_hold=1)
    report(work, ann, take(work, ann))
    assert Task.objects.get().state == "held"


def test_a_dismissed_task_is_in_the_queue_again_and_counts_reports_anew(
    held: Any, one: Any, owner: Any, make_rater: Any
) -> None:
    reporting.dismiss(task=held, who=owner)
    with pytest.raises(reporting.Decided):
        reporting.dismiss(task=held, who=owner)
    dan, eve = make_rater("dan"), make_rater("eve")
    one.refresh_from_db()
    report(one, dan, take(one, dan))
    held.refresh_from_db()
    assert held.state == "live"
    report(one, eve, take(one, eve))
    held.refresh_from_db()
    assert held.state == "held"
    assert list(AuditEvent.objects.order_by("seq").values_list("verb", flat=True))[-3:] == [
        "task.held",
        "task.dismissed",
        "task.held",
    ]
    assert findings() == []


def test_a_dismissed_task_is_filled_to_its_overlap_with_balanced_sides(
    held: Any, one: Any, owner: Any, make_rater: Any, answers: Any
) -> None:
    reporting.dismiss(task=held, who=owner)
    for name in ("dan", "eve"):
        rater = make_rater(name)
        submit(campaign=one, rater=rater, token=take(one, rater).lease_token, answers=answers)
    assert list(Slot.objects.values_list("state", flat=True)) == ["filled"] * 3
    assert findings() == []


def test_a_retired_task_never_comes_again_and_keeps_what_was_said(held: Any, one: Any, owner: Any, ann: Any) -> None:
    reporting.retire(task=held, who=owner)
    planning.add_slots(campaign=one)
    Campaign.objects.update(overlap=5)
    one.refresh_from_db()
    planning.add_slots(campaign=one)
    assert sorted(Slot.objects.values_list("state", flat=True)) == ["closed", "closed", "filled"]
    assert AuditEvent.objects.get(verb="task.retired").who == owner.pk
    assert findings() == []


def test_more_overlap_gives_a_held_task_held_places(held: Any, one: Any, owner: Any) -> None:
    from annotate.campaigns import change_campaign

    change_campaign(campaign=one, who=owner, overlap=5)
    assert sorted(Slot.objects.values_list("state", flat=True)) == ["filled", *["held"] * 4]
    assert findings() == []


def test_an_undo_on_a_held_task_leaves_a_held_place(one: Any, held: Any) -> None:
    attempt = Attempt.objects.get(outcome="submitted")
    assert undo(campaign=one, rater=attempt.rater, judgment=attempt.judgment_id) is None
    assert list(Slot.objects.values_list("state", flat=True)) == ["held"] * 3
    assert findings() == []


def test_an_undo_on_a_held_task_is_counted_and_its_request_is_open_again(
    make_campaign: Any, make_comparisons: Any, project: Any, ann: Any, ben: Any, make_rater: Any, answers: Any
) -> None:
    work = make_campaign(0, overlap=1, reports_to_hold=1, purposes=["more"])
    (comparison,) = make_comparisons(1)
    asked = LabelRequest.objects.create(project=project, purpose="more", comparison_id=comparison, because="why not")
    requests.take_requests(work)
    slot = take(work, ann)
    receipt = submit(campaign=work, rater=ann, token=slot.lease_token, answers=answers)
    asked.refresh_from_db()
    assert asked.state == "done"
    Task.objects.update(state="held")
    buckets.settle()
    assert undo(campaign=work, rater=ann, judgment=receipt.judgment) is None
    asked.refresh_from_db()
    assert asked.state == "taken"
    buckets.settle()
    assert progress_of([work.pk])[work.pk].filled == 0
    assert findings() == []


def test_a_late_report_does_not_bring_a_retired_task_back(
    one: Any, owner: Any, ann: Any, ben: Any, make_rater: Any
) -> None:
    cat = make_rater("cat")
    late = take(one, cat)
    for rater in (ann, ben):
        report(one, rater, take(one, rater))
    task = Task.objects.get()
    reporting.retire(task=task, who=owner)
    report(one, cat, late)
    assert BrokenReport.objects.count() == 3
    assert reporting.waiting(BrokenReport.objects.all()).count() == 0
    with pytest.raises(reporting.Decided):
        reporting.dismiss(task=task, who=owner)
    task.refresh_from_db()
    assert task.state == "retired"
    assert findings() == []


def test_who_was_at_work_on_it_is_paid_and_kept_as_surplus(
    one: Any, ann: Any, ben: Any, make_rater: Any, answers: Any
) -> None:
    cat = make_rater("cat")
    slot = take(one, cat)
    for rater in (ann, ben):
        report(one, rater, take(one, rater))
    receipt = submit(campaign=one, rater=cat, token=slot.lease_token, answers=answers)
    assert receipt.standing == Ruling.Standing.SURPLUS
    assert findings() == []


@pytest.mark.django_db(transaction=True)
def test_reports_and_submits_at_once_leave_an_exact_overlap(make_campaign: Any, make_rater: Any, answers: Any) -> None:
    work = make_campaign(12, overlap=4)
    raters = [make_rater(name) for name in ("ann", "ben", "cat", "dan")]

    def act(n: int, rater: Any) -> list[Any]:
        done = []
        while slots := queue.take(campaign=work, rater=rater, want=2):
            slot = slots[0]
            if n < 3 and slot.task.pk.int % 3:
                done.append(report(work, rater, slot))
            else:
                done.append(submit(campaign=work, rater=rater, token=slot.lease_token, answers=answers).standing)
        return done

    outcomes = at_once(*(lambda n=n, rater=rater: act(n, rater) for n, rater in enumerate(raters)))
    assert [one for one in outcomes if not isinstance(one, list)] == []
    assert findings() == []
    for task in Task.objects.all():
        reports = BrokenReport.objects.filter(task=task).count()
        assert (task.state == "held") == (reports >= 2)


@pytest.mark.django_db(transaction=True)
def test_a_submit_that_waited_for_a_lease_that_was_ended_keeps_no_slot_locked(
    make_campaign: Any, ann: Any, answers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = make_campaign(1, overlap=3)
    slot = take(work, ann)
    late, free = submitting._late, []

    def slots_free_to_lock() -> int:
        with transaction.atomic():
            return len(Slot.objects.select_for_update(skip_locked=True).filter(task=slot.task_id))

    def look(campaign: Campaign, rater: Any, token: Any) -> Any:
        free.append(aside(slots_free_to_lock).result(10))
        return late(campaign, rater, token)

    monkeypatch.setattr(submitting, "_late", look)
    with transaction.atomic():
        reporting.hold(campaign=work, task=reporting._locked(work, slot.task_id))
        coming = aside(lambda: submit(campaign=work, rater=ann, token=slot.lease_token, answers=answers))
        until_somebody_waits_for_us()
    assert coming.result(10).standing == Ruling.Standing.SURPLUS
    assert free == [3]


def test_a_place_in_the_queue_of_a_task_out_of_it_is_found(held: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE annotate_slot SET state = 'open' WHERE state = 'held'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert [text for text in findings() if text.startswith("a task out of the queue has no place in it")] != []
