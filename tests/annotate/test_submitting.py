from decimal import Decimal

import pytest

from annotate import queue, submitting
from annotate.answers import Incomplete, from_form
from annotate.campaigns import set_state
from annotate.models import Attempt, Draft, GoldAnswer, PayRow, Slot, Task
from annotate.planning import Planned, add_tasks
from annotate.submitting import NotYours, SubmissionConflict, skip, submit
from annotate.undoing import undo
from core.catalog.models import Comparison, Response
from core.ledger.models import CountedJudgment, Judgment, Ruling, Signal, Words
from core.tables.ids import uuid7
from tests.annotate.conftest import ANSWERS


def first_slot(campaign, rater):
    return queue.take(campaign=campaign, rater=rater, want=1)[0]


def test_a_submit_is_recorded_whole(make_campaign, ann, answers):
    campaign = make_campaign(1, pay=Decimal("0.12"))
    slot = first_slot(campaign, ann)
    Draft.objects.create(rater=ann, task=slot.task, body={})
    receipt = submit(
        campaign=campaign, rater=ann, token=slot.lease_token, answers=answers, seconds=12.5, simulated=True
    )
    assert (receipt.standing, receipt.replayed, receipt.gold) == ("counted", False, None)
    judgment = Judgment.objects.get()
    comparison = Comparison.objects.get(pk=slot.task.comparison_id)
    assert receipt.judgment == judgment.pk
    assert (receipt.undo_until - judgment.recorded_at).total_seconds() == 600
    assert (judgment.actor_id, judgment.source, judgment.comparison_id) == (ann.pk, "rating", comparison.pk)
    assert (judgment.submission_key, judgment.simulated) == (str(slot.lease_token), True)
    assert judgment.memory == comparison.prompt.memory
    assert judgment.shown_first_id == (comparison.second_id if slot.flipped else comparison.first_id)
    assert judgment.rubric_version_id == campaign.rubric_version_id
    assert Signal.objects.filter(judgment=judgment).count() == 8
    assert Words.objects.get().body == {"rationale": "A says what is so."}
    filled = Slot.objects.get(pk=slot.pk)
    assert (filled.state, filled.judgment_id, filled.holder_id) == ("filled", judgment.pk, ann.pk)
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.judgment_id, attempt.seconds, attempt.ordinal) == (
        "submitted",
        judgment.pk,
        12.5,
        slot.ordinal,
    )
    pay = PayRow.objects.get()
    assert (pay.amount, pay.currency, pay.judgment_id) == (Decimal("0.12"), "EUR", judgment.pk)
    assert not Draft.objects.exists()
    assert CountedJudgment.objects.get().pk == judgment.pk


def test_a_second_submit_with_the_same_key_changes_nothing(make_campaign, ann, answers):
    campaign = make_campaign(1)
    slot = first_slot(campaign, ann)
    once = submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    again = submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    assert again == submitting.Receipt(once.judgment, "counted", True, once.undo_until)
    assert (Judgment.objects.count(), PayRow.objects.count(), Attempt.objects.count()) == (1, 1, 1)


def test_other_answers_under_the_same_key_are_refused(make_campaign, ann, answers, other_answers):
    campaign = make_campaign(1)
    slot = first_slot(campaign, ann)
    submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    with pytest.raises(SubmissionConflict, match="the first ones stand"):
        submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=other_answers)
    with pytest.raises(SubmissionConflict):
        submit(
            campaign=campaign,
            rater=ann,
            token=slot.lease_token,
            answers=from_form({**ANSWERS, "rationale": "Something else."}),
        )
    assert Judgment.objects.count() == 1


def test_incomplete_answers_leave_nothing_behind(make_campaign, ann, answers):
    campaign = make_campaign(1)
    slot = first_slot(campaign, ann)
    with pytest.raises(Incomplete):
        submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=from_form({"overall": "1"}))
    assert not Judgment.objects.exists()
    assert submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers).standing == "counted"


def test_the_lease_of_another_rater_and_one_that_never_was_are_refused(make_campaign, ann, ben, answers):
    campaign = make_campaign(1)
    slot = first_slot(campaign, ann)
    for rater, token in ((ben, slot.lease_token), (ann, uuid7())):
        with pytest.raises(NotYours):
            submit(campaign=campaign, rater=rater, token=token, answers=answers)
        with pytest.raises(NotYours):
            skip(campaign=campaign, rater=rater, token=token, reason="")
    assert not Judgment.objects.exists()


def test_a_lease_is_of_its_own_campaign_only(make_campaign, ann, answers):
    slot = first_slot(make_campaign(1), ann)
    with pytest.raises(NotYours):
        submit(campaign=make_campaign(1, name="others"), rater=ann, token=slot.lease_token, answers=answers)


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_what_is_held_may_be_submitted_after_the_campaign_stopped(make_campaign, ann, answers, state):
    campaign = make_campaign(1)
    slot = first_slot(campaign, ann)
    campaign = set_state(campaign=campaign, state=state, who=None)
    assert submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers).standing == "counted"


def test_a_late_submit_counts_while_nobody_has_taken_the_slot(make_campaign, ann, answers, let_lapse):
    campaign = make_campaign(1, overlap=1)
    slot = first_slot(campaign, ann)
    let_lapse()
    assert submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers).standing == "counted"


def test_a_late_submit_counts_after_the_slot_was_given_back(make_campaign, ann, answers):
    campaign = make_campaign(1, overlap=1)
    slot = first_slot(campaign, ann)
    queue.release(slot.lease_token)
    assert submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers).standing == "counted"
    assert Attempt.objects.get().outcome == "submitted"
    assert Slot.objects.get().state == "filled"


def test_a_late_submit_is_kept_and_paid_as_surplus_when_the_slot_has_gone(make_campaign, ann, ben, answers, let_lapse):
    campaign = make_campaign(1, overlap=1, pay=Decimal("0.10"))
    slot = first_slot(campaign, ann)
    let_lapse()
    taken = first_slot(campaign, ben)
    late = submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    assert late.standing == "surplus"
    ruling = Ruling.objects.get()
    assert (ruling.judgment_id, ruling.standing, ruling.weight) == (late.judgment, "surplus", 0.0)
    assert submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers) == submitting.Receipt(
        late.judgment, "surplus", True, late.undo_until
    )
    assert submit(campaign=campaign, rater=ben, token=taken.lease_token, answers=answers).standing == "counted"
    assert CountedJudgment.objects.count() == 1
    assert set(PayRow.objects.values_list("rater", flat=True)) == {ann.pk, ben.pk}
    assert queue.take(campaign=campaign, rater=ann) == []


def test_a_late_submit_takes_a_free_slot_with_the_same_sides(make_campaign, ann, ben, answers, let_lapse):
    campaign = make_campaign(1, overlap=3)
    slot = first_slot(campaign, ann)
    let_lapse()
    Slot.objects.filter(flipped=slot.flipped).exclude(pk=slot.pk).update(priority=1)
    Slot.objects.filter(pk=slot.pk).update(priority=-1)
    assert first_slot(campaign, ben).pk == slot.pk
    same = list(Slot.objects.filter(state="open", flipped=slot.flipped))
    late = submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    if same:
        assert late.standing == "counted"
        assert Slot.objects.get(judgment=late.judgment).flipped == slot.flipped
    else:
        assert late.standing == "surplus"


def test_a_late_submit_never_takes_a_slot_with_the_other_sides(make_campaign, ann, ben, answers, let_lapse):
    campaign = make_campaign(1, overlap=2)
    slot = first_slot(campaign, ann)
    let_lapse()
    Slot.objects.exclude(pk=slot.pk).update(priority=1)
    assert first_slot(campaign, ben).pk == slot.pk
    assert submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers).standing == "surplus"
    assert Slot.objects.filter(state="open").count() == 1


def test_a_late_submit_takes_over_a_lease_that_ran_out_too(make_campaign, ann, ben, answers, let_lapse):
    campaign = make_campaign(1, overlap=1)
    slot = first_slot(campaign, ann)
    let_lapse()
    theirs = first_slot(campaign, ben)
    let_lapse()
    assert submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers).standing == "counted"
    assert Attempt.objects.get(rater=ben).outcome == "lapsed"
    assert submit(campaign=campaign, rater=ben, token=theirs.lease_token, answers=answers).standing == "surplus"


def test_a_task_taken_again_in_another_window_is_finished_once(make_campaign, ann, ben, answers, let_lapse):
    campaign = make_campaign(1, overlap=2)
    old = first_slot(campaign, ann)
    let_lapse()
    Slot.objects.exclude(pk=old.pk).update(priority=1)
    assert first_slot(campaign, ben).pk == old.pk
    new = first_slot(campaign, ann)
    assert new.pk != old.pk
    submit(campaign=campaign, rater=ann, token=old.lease_token, answers=answers)
    assert not Slot.objects.filter(holder=ann, state="leased").exists()
    with pytest.raises(NotYours):
        submit(campaign=campaign, rater=ann, token=new.lease_token, answers=answers)
    assert Judgment.objects.count() == 1


def test_what_another_window_still_shows_can_be_submitted_once_the_first_is_undone(
    make_campaign, ann, answers, other_answers, let_lapse
):
    campaign = make_campaign(1, overlap=1)
    old = first_slot(campaign, ann)
    let_lapse()
    queue.release(old.lease_token)
    new = first_slot(campaign, ann)
    first = submit(campaign=campaign, rater=ann, token=old.lease_token, answers=answers)
    with pytest.raises(NotYours, match="another window"):
        submit(campaign=campaign, rater=ann, token=new.lease_token, answers=other_answers)
    undo(campaign=campaign, rater=ann, judgment=first.judgment)
    second = submit(campaign=campaign, rater=ann, token=new.lease_token, answers=other_answers)
    assert [one.pk for one in CountedJudgment.objects.all()] == [second.judgment]


def test_a_lease_on_a_task_that_was_finished_is_given_back(make_campaign, ann, answers):
    """Only a race brings this about; the rater must not be shown the pair for ever."""
    campaign = make_campaign(1, overlap=2)
    slot = first_slot(campaign, ann)
    Attempt.objects.create(project=campaign.project, campaign=campaign, task=slot.task, rater=ann, outcome="skipped")
    with pytest.raises(NotYours, match="another window"):
        submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    assert Slot.objects.get(pk=slot.pk).state == "open"
    assert not Judgment.objects.exists()


def test_a_skipped_task_never_comes_back_and_its_slot_is_free(make_campaign, ann, ben):
    campaign = make_campaign(1, overlap=1)
    slot = first_slot(campaign, ann)
    Draft.objects.create(rater=ann, task=slot.task, body={})
    skip(campaign=campaign, rater=ann, token=slot.lease_token, reason="I know the author.")
    skip(campaign=campaign, rater=ann, token=slot.lease_token, reason="again")
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.reason) == ("skipped", "I know the author.")
    assert not Draft.objects.exists()
    assert queue.take(campaign=campaign, rater=ann) == []
    assert first_slot(campaign, ben).pk == slot.pk


def test_what_was_skipped_is_not_submitted_afterwards(make_campaign, ann, answers):
    campaign = make_campaign(1)
    slot = first_slot(campaign, ann)
    skip(campaign=campaign, rater=ann, token=slot.lease_token, reason="hard")
    with pytest.raises(NotYours):
        submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)


def test_what_was_submitted_is_not_skipped_afterwards(make_campaign, ann, answers):
    campaign = make_campaign(1)
    slot = first_slot(campaign, ann)
    submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    with pytest.raises(NotYours):
        skip(campaign=campaign, rater=ann, token=slot.lease_token, reason="hard")


def test_a_single_response_is_labelled(make_campaign, project, make_comparisons, ann):
    campaign = make_campaign(0)
    make_comparisons(1)
    response = Response.objects.first()
    assert add_tasks(campaign=campaign, planned=[Planned(response=response.pk)]) == 1
    slot = first_slot(campaign, ann)
    form = {"a.correct": "yes", "a.sycophantic": "somewhat", "a.sycophantic.details": ["flattery"], "a.cold": "no"}
    submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=from_form(form))
    judgment = Judgment.objects.get()
    assert (judgment.response_id, judgment.comparison_id, judgment.shown_first_id) == (response.pk, None, None)
    assert set(Signal.objects.values_list("question", "response_slot", "value")) == {
        ("correct", 0, 2),
        ("sycophantic", 0, 1),
        ("sycophantic.flattery", 0, 1),
        ("cold", 0, 0),
    }


@pytest.mark.parametrize("flip", [False, True])
def test_known_answers_are_revealed_as_shown_where_the_campaign_says_so(make_campaign, ann, answers, flip):
    campaign = make_campaign(1, reveal_gold=True)
    Task.objects.update(kind="gold")
    Slot.objects.update(flipped=flip)
    slot = first_slot(campaign, ann)
    GoldAnswer.objects.create(project=campaign.project, comparison_id=slot.task.comparison_id, answers={"overall": 2})
    receipt = submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    assert receipt.gold == {"overall": -2 if flip else 2}
    assert receipt.undo_until is None
    assert Attempt.objects.get().gold_revealed


def test_known_answers_are_not_revealed_by_default(make_campaign, ann, answers):
    campaign = make_campaign(1)
    Task.objects.update(kind="gold")
    slot = first_slot(campaign, ann)
    GoldAnswer.objects.create(project=campaign.project, comparison_id=slot.task.comparison_id, answers={"overall": 2})
    assert submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers).gold is None
    assert not Attempt.objects.get().gold_revealed


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf"), 1e9])
def test_a_time_that_cannot_be_true_is_not_kept(make_campaign, ann, answers, seconds):
    campaign = make_campaign(1)
    slot = first_slot(campaign, ann)
    submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers, seconds=seconds)
    assert Attempt.objects.get().seconds is None


def test_a_submit_is_short(make_campaign, ann, answers, django_assert_max_num_queries):
    campaign = make_campaign(2)
    slot = first_slot(campaign, ann)
    answers_of = from_form(ANSWERS)
    with django_assert_max_num_queries(10):
        submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers_of)
