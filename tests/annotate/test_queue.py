import pytest
from django.db import connection, transaction

from annotate import leases, queue
from annotate.campaigns import set_state
from annotate.models import Attempt, Campaign, Seat, Slot
from annotate.planning import add_comparisons
from annotate.queue import Reason
from annotate.submitting import skip, submit
from core.accounts import members
from core.tables.ids import uuid7


def tasks(slots):
    return [slot.task_id for slot in slots]


def work(campaign, rater, answers, count):
    """Let this rater do so many tasks; returns their ids in the order in which they came."""
    done = []
    for _ in range(count):
        slot = queue.take(campaign=campaign, rater=rater, want=1)[0]
        submit(campaign=campaign, rater=rater, token=slot.lease_token, answers=answers)
        done.append(slot.task_id)
    return done


def test_a_rater_takes_two_slots_of_two_tasks_and_keeps_them(make_campaign, ann):
    campaign = make_campaign(4)
    held = queue.take(campaign=campaign, rater=ann)
    assert len(set(tasks(held))) == 2
    assert [slot.lease_token for slot in queue.take(campaign=campaign, rater=ann)] == [s.lease_token for s in held]


def test_slots_come_in_the_order_of_priority_and_then_of_chance(make_campaign, make_comparisons, ann, answers):
    campaign = make_campaign(6)
    urgent = list(Slot.objects.order_by("-rnd").values_list("task", flat=True))[0]
    Slot.objects.filter(task=urgent).update(priority=-1)
    expected = list(Slot.objects.filter(ordinal=0).order_by("priority", "rnd").values_list("task", flat=True))
    assert work(campaign, ann, answers, 6) == expected
    assert expected[0] == urgent


def test_a_rater_never_gets_a_task_twice(make_campaign, ann, answers):
    campaign = make_campaign(5)
    assert len(set(work(campaign, ann, answers, 5))) == 5
    assert queue.take(campaign=campaign, rater=ann) == []


def test_as_many_raters_as_the_overlap_get_one_task_and_no_more(make_campaign, make_rater):
    campaign = make_campaign(1, overlap=3)
    raters = [make_rater(name) for name in "abcd"]
    held = [queue.take(campaign=campaign, rater=rater) for rater in raters]
    assert [len(one) for one in held] == [1, 1, 1, 0]
    assert {one[0].ordinal for one in held[:3]} == {0, 1, 2}


def test_a_lease_that_ran_out_is_its_holders_until_another_takes_the_slot(make_campaign, ann, let_lapse):
    campaign = make_campaign(1, overlap=1)
    (slot,) = queue.take(campaign=campaign, rater=ann)
    let_lapse()
    (again,) = queue.take(campaign=campaign, rater=ann)
    assert again.lease_token == slot.lease_token
    assert again.lease_until > slot.lease_until


def test_a_lease_that_ran_out_is_taken_over_and_leaves_a_trace(make_campaign, ann, ben, let_lapse):
    campaign = make_campaign(1, overlap=1)
    (slot,) = queue.take(campaign=campaign, rater=ann)
    assert queue.take(campaign=campaign, rater=ben) == []
    let_lapse()
    (taken,) = queue.take(campaign=campaign, rater=ben)
    assert (taken.pk, taken.flipped) == (slot.pk, slot.flipped)
    assert taken.lease_token != slot.lease_token
    lapsed = Attempt.objects.get()
    assert (lapsed.rater_id, lapsed.outcome, lapsed.lease_token) == (ann.pk, "lapsed", slot.lease_token)
    assert queue.take(campaign=campaign, rater=ann) == []


def test_a_task_that_lapsed_may_come_back(make_campaign, ann, ben, let_lapse):
    campaign = make_campaign(1, overlap=1)
    queue.take(campaign=campaign, rater=ann)
    let_lapse()
    queue.take(campaign=campaign, rater=ben)
    let_lapse()
    assert len(queue.take(campaign=campaign, rater=ann)) == 1


def test_the_walk_begins_at_the_seat_and_goes_round_before_it_ends(make_campaign, ann, ben, answers, let_lapse):
    campaign = make_campaign(4, overlap=1)
    first = queue.take(campaign=campaign, rater=ben, want=1)[0]
    assert work(campaign, ann, answers, 2) != []
    seat = Seat.objects.get(rater=ann)
    assert seat.rnd > first.rnd
    let_lapse()
    # Behind ann's seat the first slot is free again; it comes when there is nothing ahead.
    assert work(campaign, ann, answers, 2)[-1] == first.task_id


def test_new_work_with_precedence_comes_before_what_is_ahead_of_the_seat(make_campaign, make_comparisons, ann, answers):
    campaign = make_campaign(4)
    work(campaign, ann, answers, 2)
    add_comparisons(campaign=campaign, comparisons=make_comparisons(1))
    newest = Slot.objects.order_by("-task")[0].task_id
    Slot.objects.filter(task=newest).update(rnd=0.0)
    assert work(campaign, ann, answers, 1) == [newest]


def test_a_beat_prolongs_the_leases_that_are_mine_and_names_them(make_campaign, ann, ben):
    campaign = make_campaign(3, overlap=1)
    mine = queue.take(campaign=campaign, rater=ann)
    theirs = queue.take(campaign=campaign, rater=ben)
    tokens = [slot.lease_token for slot in (*mine, *theirs)]
    assert queue.beat(campaign=campaign, rater=ann, tokens=tokens) == tokens[:2]
    assert queue.beat(campaign=campaign, rater=ann, tokens=[]) == []
    later = Slot.objects.get(pk=mine[0].pk).lease_until
    assert later > mine[0].lease_until
    assert Slot.objects.get(pk=theirs[0].pk).lease_until == theirs[0].lease_until


def test_a_released_slot_is_open_for_others(make_campaign, ann, ben):
    campaign = make_campaign(1, overlap=1)
    (slot,) = queue.take(campaign=campaign, rater=ann)
    assert queue.release(slot.lease_token)
    assert not queue.release(slot.lease_token)
    assert [one.pk for one in queue.take(campaign=campaign, rater=ben)] == [slot.pk]


def test_who_leaves_the_project_holds_nothing_any_more(make_campaign, make_member, project, owner, ben):
    from core.ledger.actors import actor_of

    user = make_member("rater", "leaver")
    campaign = make_campaign(2, overlap=1)
    assert len(queue.take(campaign=campaign, rater=actor_of(project, user))) == 2
    members.end_membership(project=project, user=user, by=owner)
    assert not Slot.objects.filter(state="leased").exists()
    assert len(queue.take(campaign=campaign, rater=ben)) == 2


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_a_campaign_that_is_not_open_gives_nothing_new_and_leaves_what_is_held(make_campaign, ann, state):
    campaign = make_campaign(4)
    held = queue.take(campaign=campaign, rater=ann, want=1)
    campaign = set_state(campaign=campaign, state=state, who=None)
    assert [slot.pk for slot in queue.take(campaign=campaign, rater=ann)] == [held[0].pk]
    assert queue.why_nothing(campaign=campaign, rater=ann) == queue.Nothing(Reason(state), 12)


def test_nothing_is_left_because_there_never_was_anything(make_campaign, ann):
    assert queue.why_nothing(campaign=make_campaign(0), rater=ann) == queue.Nothing(Reason.EMPTY)


def test_nothing_is_left_because_all_is_done(make_campaign, ann, answers):
    campaign = make_campaign(2, overlap=1)
    work(campaign, ann, answers, 2)
    assert queue.why_nothing(campaign=campaign, rater=ann) == queue.Nothing(Reason.DONE)


def test_nothing_is_left_because_you_have_done_all_you_may(make_campaign, ann, answers):
    campaign = make_campaign(2, overlap=3)
    work(campaign, ann, answers, 1)
    skip(campaign=campaign, rater=ann, token=queue.take(campaign=campaign, rater=ann)[0].lease_token, reason="hard")
    assert queue.why_nothing(campaign=campaign, rater=ann) == queue.Nothing(Reason.YOURS, 5)


def test_nothing_is_left_because_others_have_it_until_a_time(make_campaign, ann, ben, let_lapse):
    campaign = make_campaign(2, overlap=1)
    held = queue.take(campaign=campaign, rater=ben)
    why = queue.why_nothing(campaign=campaign, rater=ann)
    assert why == queue.Nothing(Reason.OTHERS, 2, min(slot.lease_until for slot in held))
    let_lapse()
    assert queue.why_nothing(campaign=campaign, rater=ann) == queue.Nothing(Reason.AGAIN, 2)


def test_campaigns_do_not_mix(make_campaign, ann):
    one, two = make_campaign(1), make_campaign(1, name="others")
    assert {slot.campaign_id for slot in queue.take(campaign=one, rater=ann)} == {one.pk}
    assert {slot.campaign_id for slot in queue.take(campaign=two, rater=ann)} == {two.pk}
    assert Campaign.objects.count() == 2


def test_a_claim_does_not_walk_over_what_the_rater_has_done(make_campaign, ann, answers):
    """One rater alone leaves two slots of each task behind; past them the seat leads."""
    campaign = make_campaign(60, overlap=3)
    work(campaign, ann, answers, 50)
    values = {"campaign": campaign.pk, "rater": ann.pk, "turn": 1, "lease": "900 seconds", "want": 1}

    def plan(**more):
        with transaction.atomic(), connection.cursor() as cursor:
            more |= {"token": uuid7(), "attempt": uuid7()}
            # Of so small a table the planner may as well read the whole; what is asked is the walk along the index.
            for other in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{other} = off")
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {leases.TAKE}", {**values, **more})
            transaction.set_rollback(True)
            return claim_in(cursor.fetchone()[0][0]["Plan"])

    assert walked(plan(from_front=False)) <= 3
    assert walked(plan(from_front=True)) >= 100


def claim_in(plan):
    """The part of a plan that looks for the next slot."""
    return next(node for node in plan["Plans"] if node.get("Subplan Name") == "CTE work")


def walked(node):
    """How many slots a plan has read and thrown away."""
    here = node.get("Rows Removed by Filter", 0) if node.get("Relation Name") == "annotate_slot" else 0
    return here + sum(walked(child) for child in node.get("Plans", ()))
