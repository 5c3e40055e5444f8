"""Each check names the row that somebody has corrupted, and says nothing of a campaign in order."""

import pytest
from django.db import connection

from annotate import planning, queue
from annotate.campaigns import change_campaign
from annotate.models import Attempt, PayRow, Slot, Task
from annotate.submitting import skip, submit
from annotate.undoing import undo
from core.catalog.models import Anchor, AnchorSet
from core.ledger import recording
from core.ledger.models import AnchorJudgment, Judgment
from core.tables import verification


@pytest.fixture
def worked(make_campaign, make_rater, answers, let_lapse):
    """A campaign with everything in it: counted, surplus, withdrawn, skipped, lapsed and held."""
    campaign = make_campaign(6, overlap=2)
    ann, ben, cat = (make_rater(name) for name in ("ann", "ben", "cat"))
    slot = queue.take(campaign=campaign, rater=ann, want=1)[0]
    let_lapse()
    for rater in (ben, cat):
        for held in queue.take(campaign=campaign, rater=rater):
            submit(campaign=campaign, rater=rater, token=held.lease_token, answers=answers)
    submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    for n, held in enumerate(queue.take(campaign=campaign, rater=ann)):
        if n:
            skip(campaign=campaign, rater=ann, token=held.lease_token, reason="hard")
        else:
            done = submit(campaign=campaign, rater=ann, token=held.lease_token, answers=answers)
            undo(campaign=campaign, rater=ann, judgment=done.judgment)
    return campaign


def findings():
    ours = {name: check for name, check in verification.checks().items() if check.__module__ == "annotate.verification"}
    assert len(ours) == 13
    return {(one.check, one.row) for check in ours.values() for one in check()}


def execute(sql, *values):
    """Do what only somebody at the database's console can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def filled():
    return Slot.objects.filter(state="filled").order_by("pk").first()


def test_a_campaign_in_order_gives_no_finding(worked):
    assert {"submitted", "skipped", "withdrawn"} <= set(Attempt.objects.values_list("outcome", flat=True))
    assert findings() == set()


def test_a_slot_too_few_is_found(worked):
    slot = Slot.objects.filter(state="open").first()
    execute("DELETE FROM annotate_slot WHERE id = %s", slot.pk)
    assert ("every task has as many slots as its campaign's overlap", str(slot.task_id)) in findings()


def test_a_slot_too_many_is_found(worked):
    slot = Slot.objects.order_by("-ordinal").first()
    execute("UPDATE annotate_campaign SET overlap = 1")
    assert ("every task has as many slots as its campaign's overlap", str(slot.task_id)) in findings()


def test_a_judgment_counted_over_the_overlap_is_found(worked, make_rater, answers):
    task = filled().task
    dan, eve = make_rater("dan"), make_rater("eve")
    for rater in (dan, eve):
        judgment = Judgment.objects.create(
            project=worked.project,
            actor=rater,
            source="rating",
            comparison_id=task.comparison_id,
            submission_key=rater.pseudonym,
        )
        Attempt.objects.create(
            project=worked.project, campaign=worked, task=task, rater=rater, outcome="submitted", judgment=judgment
        )
    assert ("no task has more counted judgments than its overlap", str(task.pk)) in findings()


def test_a_rater_counted_twice_on_a_task_is_found(worked):
    slot = filled()
    judgment = Judgment.objects.create(
        project=worked.project,
        actor_id=slot.holder_id,
        source="rating",
        comparison_id=slot.task.comparison_id,
        submission_key="twice",
    )
    Attempt.objects.create(
        project=worked.project,
        campaign=worked,
        task=slot.task,
        rater_id=slot.holder_id,
        outcome="withdrawn",
        judgment=judgment,
    )
    assert ("nobody is counted twice on one task", str(slot.task_id)) in findings()


def test_a_filled_slot_whose_judgment_no_longer_counts_is_found(worked):
    slot = filled()
    recording.rule(judgment=slot.judgment_id, standing="withdrawn", reason="behind the queue's back")
    assert ("a filled slot has its own counted judgment", str(slot.pk)) in findings()


def test_a_filled_slot_with_the_judgment_of_another_rater_is_found(worked, make_rater):
    slot = filled()
    execute("UPDATE annotate_slot SET holder_id = %s WHERE id = %s", make_rater("dan").pk, slot.pk)
    assert ("a filled slot has its own counted judgment", str(slot.pk)) in findings()


def test_a_submitted_attempt_without_its_judgment_is_found(worked):
    attempt = Attempt.objects.filter(outcome="submitted").first()
    Attempt.objects.filter(pk=attempt.pk).update(judgment=None)
    assert ("a submitted attempt has its judgment", str(attempt.pk)) in findings()


def test_a_skipped_attempt_with_a_judgment_is_found(worked):
    attempt = Attempt.objects.filter(outcome="skipped").first()
    Attempt.objects.filter(pk=attempt.pk).update(judgment=Judgment.objects.filter(actor=attempt.rater_id).first())
    assert ("a submitted attempt has its judgment", str(attempt.pk)) in findings()


def test_a_lease_on_a_task_that_was_done_is_found(worked):
    slot = Slot.objects.filter(state="leased").first()
    Attempt.objects.create(
        project=worked.project, campaign=worked, task=slot.task, rater=slot.holder, outcome="skipped"
    )
    assert ("nobody holds a task that they have done", str(slot.pk)) in findings()


def test_a_side_that_was_changed_is_found(worked):
    slot = Slot.objects.filter(state="open").first()
    Slot.objects.filter(pk=slot.pk).update(flipped=not slot.flipped)
    assert ("the sides of a task's slots are balanced", str(slot.task_id)) in findings()


def test_a_judgment_shown_the_other_way_round_is_found(worked):
    slot = filled()
    Slot.objects.filter(task=slot.task).exclude(pk=slot.pk).update(flipped=slot.flipped)
    Slot.objects.filter(pk=slot.pk).update(flipped=not slot.flipped)
    assert ("a judgment was shown with the sides of its slot", str(slot.pk)) in findings()


def test_a_judgment_that_was_never_paid_is_found(worked):
    pay = PayRow.objects.filter(kind="judgment").order_by("pk").last()
    execute("DELETE FROM annotate_payrow WHERE judgment_id = %s", pay.judgment_id)
    assert ("pay is one row per judgment, taken back when withdrawn", str(pay.judgment_id)) in findings()


def test_pay_for_nothing_is_found(worked):
    task = Task.objects.first()
    judgment = Judgment.objects.create(
        project=worked.project,
        actor=Attempt.objects.first().rater,
        source="import",
        comparison_id=task.comparison_id,
        submission_key="paid for nothing",
    )
    PayRow.objects.create(
        project=worked.project, campaign=worked, rater=judgment.actor, judgment=judgment, amount=1, currency="EUR"
    )
    assert ("pay is one row per judgment, taken back when withdrawn", str(judgment.pk)) in findings()


def test_a_withdrawn_judgment_that_stays_paid_is_found(worked):
    reversal = PayRow.objects.get(kind="reversal")
    execute("DELETE FROM annotate_payrow WHERE id = %s", reversal.pk)
    assert ("pay is one row per judgment, taken back when withdrawn", str(reversal.judgment_id)) in findings()


@pytest.fixture
def anchored(worked, make_comparisons, make_rater, answers):
    """The same campaign with an anchor that somebody judged; returns its task."""
    fixed = AnchorSet.objects.create(project=worked.project, name="fixed")
    [pair] = make_comparisons(1)
    baseline = {"1": {"sycophantic": 0}, "2": {"sycophantic": 1}}
    Anchor.objects.create(project=worked.project, set=fixed, comparison_id=pair, baseline=baseline, evidence=[])
    campaign = change_campaign(campaign=worked, who=None, anchor_set=fixed, anchor_share=0.1)
    dan = make_rater("dan")
    while held := queue.take(campaign=campaign, rater=dan, want=1):
        submit(campaign=campaign, rater=dan, token=held[0].lease_token, answers=answers)
        if held[0].task.kind == "anchor":
            break
        planning.add_comparisons(campaign=campaign, comparisons=make_comparisons(2))
    return held[0].task


def test_anchors_in_order_give_no_finding(anchored):
    assert findings() == set()


def test_a_judgment_on_an_anchor_that_is_not_noted_is_found(anchored):
    attempt = Attempt.objects.get(task=anchored)
    execute("DELETE FROM ledger_anchorjudgment WHERE judgment_id = %s", attempt.judgment_id)
    assert findings() == {("judgments on anchors are noted as such", str(attempt.pk))}


def test_work_that_is_noted_as_an_anchor_is_found(anchored):
    slot = Slot.objects.filter(state="filled", priority=0).first()
    AnchorJudgment.objects.create(
        project_id=slot.project_id, judgment_id=slot.judgment_id, anchor_id=anchored.anchor_id
    )
    attempt = Attempt.objects.get(judgment=slot.judgment_id)
    assert ("judgments on anchors are noted as such", str(attempt.pk)) in findings()


def test_an_anchor_that_stands_in_the_queue_is_found(anchored):
    slot = Slot.objects.filter(task=anchored).first()
    Slot.objects.filter(pk=slot.pk).update(priority=0)
    assert findings() == {("anchors stand aside of the queue", str(slot.pk))}
