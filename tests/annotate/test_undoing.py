from decimal import Decimal

import pytest

from annotate import pay, queue
from annotate.models import Attempt, Draft, GoldAnswer, PayRow, Slot, Task
from annotate.submitting import Receipt, submit
from annotate.undoing import TooLate, undo
from core.ledger import recording
from core.ledger.models import CountedJudgment, ExportCut, Ruling
from core.tables.ids import uuid7


@pytest.fixture
def submitted(make_campaign, ann, answers):
    """A campaign in which ann has submitted one slot and holds the next: (campaign, slot, receipt)."""
    campaign = make_campaign(2, pay=Decimal("0.10"))
    slot = queue.take(campaign=campaign, rater=ann)[0]
    return campaign, slot, submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)


def test_an_undone_judgment_is_withdrawn_and_its_slot_comes_back_first(submitted, ann):
    campaign, slot, receipt = submitted
    again = undo(campaign=campaign, rater=ann, judgment=receipt.judgment)
    assert (again.pk, again.state, again.holder_id, again.judgment_id) == (slot.pk, "leased", ann.pk, None)
    assert again.lease_token != slot.lease_token
    assert Ruling.objects.get().standing == "withdrawn"
    assert not CountedJudgment.objects.exists()
    assert Attempt.objects.get().outcome == "withdrawn"
    held = queue.take(campaign=campaign, rater=ann)
    assert [one.pk for one in held][0] == slot.pk
    assert len(held) == 2


def test_an_undone_judgment_is_not_paid(submitted, ann, project):
    campaign, _, receipt = submitted
    undo(campaign=campaign, rater=ann, judgment=receipt.judgment)
    assert list(PayRow.objects.order_by("pk").values_list("kind", "amount")) == [
        ("judgment", Decimal("0.10")),
        ("reversal", Decimal("-0.10")),
    ]
    assert pay.earned(project=project, rater=ann) == {"EUR": Decimal(0)}


def test_a_draft_holds_what_was_undone(submitted, ann):
    from tests.annotate.conftest import ANSWERS

    campaign, slot, receipt = submitted
    undo(campaign=campaign, rater=ann, judgment=receipt.judgment)
    body = Draft.objects.get(rater=ann, task=slot.task_id).body
    assert body == {"flipped": slot.flipped, "fields": ANSWERS}


def test_what_was_undone_is_submitted_anew(submitted, ann, answers, other_answers):
    campaign, _, receipt = submitted
    again = undo(campaign=campaign, rater=ann, judgment=receipt.judgment)
    new = submit(campaign=campaign, rater=ann, token=again.lease_token, answers=other_answers)
    assert new.judgment != receipt.judgment
    assert CountedJudgment.objects.get().pk == new.judgment


def test_the_old_key_still_answers_with_what_became_of_it(submitted, ann, answers):
    campaign, slot, receipt = submitted
    undo(campaign=campaign, rater=ann, judgment=receipt.judgment)
    replayed = submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    assert replayed == Receipt(receipt.judgment, "withdrawn", True, receipt.undo_until)
    assert not CountedJudgment.objects.exists()


def test_undoing_twice_is_as_once(submitted, ann):
    campaign, _, receipt = submitted
    once = undo(campaign=campaign, rater=ann, judgment=receipt.judgment)
    again = undo(campaign=campaign, rater=ann, judgment=receipt.judgment)
    assert again.lease_token == once.lease_token
    assert Ruling.objects.count() == 1


def test_a_surplus_judgment_is_withdrawn_and_nothing_comes_back(make_campaign, ann, ben, answers, let_lapse):
    campaign = make_campaign(1, overlap=1)
    slot = queue.take(campaign=campaign, rater=ann)[0]
    let_lapse()
    queue.take(campaign=campaign, rater=ben)
    late = submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    assert undo(campaign=campaign, rater=ann, judgment=late.judgment) is None
    assert list(Ruling.objects.order_by("pk").values_list("standing", flat=True)) == ["surplus", "withdrawn"]
    assert Slot.objects.get().holder_id == ben.pk


def refused(submitted, rater):
    campaign, slot, receipt = submitted
    with pytest.raises(TooLate) as caught:
        undo(campaign=campaign, rater=rater, judgment=receipt.judgment)
    assert Slot.objects.get(pk=slot.pk).state == "filled"
    assert CountedJudgment.objects.exists() or Ruling.objects.exists()
    return caught.value.reason


def test_what_was_saved_too_long_ago_stands(submitted, ann):
    campaign, slot, receipt = submitted
    campaign.undo_seconds = 0
    assert refused((campaign, slot, receipt), ann) == "time"


def test_what_was_exported_stands(submitted, ann, project):
    ExportCut.objects.create(project=project, snapshot=uuid7())
    assert refused(submitted, ann) == "exported"


def test_an_earlier_export_and_one_of_another_project_do_not_matter(
    make_campaign, ann, answers, project, other_project
):
    campaign = make_campaign(1)
    ExportCut.objects.create(project=project, snapshot=uuid7())
    slot = queue.take(campaign=campaign, rater=ann)[0]
    receipt = submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    ExportCut.objects.create(project=other_project, snapshot=uuid7())
    assert undo(campaign=campaign, rater=ann, judgment=receipt.judgment).pk == slot.pk


def test_what_a_reviewer_has_ruled_on_stands(submitted, ann):
    recording.rule(judgment=submitted[2].judgment, standing="quarantined", reason="looked odd")
    assert refused(submitted, ann) == "ruled"


def test_what_was_answered_by_the_known_answer_stands(make_campaign, ann, answers):
    campaign = make_campaign(1, reveal_gold=True)
    Task.objects.update(kind="gold")
    slot = queue.take(campaign=campaign, rater=ann)[0]
    GoldAnswer.objects.create(project=campaign.project, comparison_id=slot.task.comparison_id, answers={"overall": 1})
    receipt = submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    assert refused((campaign, slot, receipt), ann) == "revealed"


def test_what_another_rater_said_is_not_yours_to_undo(submitted, ben):
    assert refused(submitted, ben) == "gone"
