from annotate import queue
from annotate.models import Slot
from annotate.submitting import submit


def test_a_rater_takes_two_slots_of_two_tasks(make_campaign, ann):
    campaign = make_campaign(4)
    held = queue.take(campaign=campaign, rater=ann)
    assert len({slot.task_id for slot in held}) == 2
    assert [slot.pk for slot in queue.take(campaign=campaign, rater=ann)] == [slot.pk for slot in held]


def test_a_submit_fills_the_slot(make_campaign, ann, answers):
    campaign = make_campaign(4)
    slot = queue.take(campaign=campaign, rater=ann)[0]
    receipt = submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    assert receipt.standing == "counted"
    slot = Slot.objects.get(pk=slot.pk)
    assert (slot.state, slot.judgment_id) == ("filled", receipt.judgment)
