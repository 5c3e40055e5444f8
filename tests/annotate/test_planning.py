import threading
from collections import Counter

import pytest
from django.db import IntegrityError, connection, transaction

from annotate import campaigns, planning, queue
from annotate.models import Campaign, Slot, Task
from annotate.submitting import submit


def sides(task):
    return list(
        Slot.objects.filter(task=task).exclude(state="closed").order_by("ordinal").values_list("flipped", flat=True)
    )


def test_each_comparison_gets_one_task_with_as_many_slots_as_the_overlap(make_campaign):
    campaign = make_campaign(5, overlap=4)
    assert Task.objects.filter(campaign=campaign).count() == 5
    assert Counter(Slot.objects.values_list("task", flat=True)).most_common(1)[0][1] == 4
    slot = Slot.objects.select_related("task").first()
    assert (slot.rnd, slot.priority, slot.state) == (slot.task.rnd, slot.task.priority, "open")


def test_planning_again_adds_only_what_is_new(make_campaign, make_comparisons):
    campaign = make_campaign(2)
    had = list(Task.objects.values_list("comparison", flat=True))
    fresh = make_comparisons(3)
    assert planning.add_comparisons(campaign=campaign, comparisons=[*had, *fresh, *fresh]) == 3
    assert planning.add_comparisons(campaign=campaign, comparisons=[*had, *fresh]) == 0
    assert Slot.objects.filter(campaign=campaign).count() == 5 * campaign.overlap


def test_known_answers_make_gold_tasks(make_campaign, make_comparisons):
    campaign = make_campaign(0)
    one, two = make_comparisons(2)
    planning.add_comparisons(campaign=campaign, comparisons=[one, two], gold={two})
    assert dict(Task.objects.values_list("comparison", "kind")) == {one: "work", two: "gold"}


def test_sides_alternate_and_begin_at_random(make_campaign):
    make_campaign(200, overlap=3)
    begins = Counter()
    for task in Task.objects.all():
        assert sides(task) == [task.flip, not task.flip, task.flip]
        begins[task.flip] += 1
    # Fewer than 50 of 200 fair coins: one time in 10^12.
    assert min(begins[True], begins[False]) > 50


def test_tasks_have_an_order_that_is_not_that_of_their_making(make_campaign):
    make_campaign(50)
    made = list(Task.objects.order_by("pk").values_list("rnd", flat=True))
    assert made != sorted(made)
    assert len(set(made)) == 50


def test_a_higher_overlap_adds_slots_that_go_on_alternating(make_campaign):
    campaign = make_campaign(3, overlap=1)
    campaign = campaigns.change_campaign(campaign=campaign, who=None, overlap=4)
    for task in Task.objects.all():
        assert sides(task) == [task.flip, not task.flip, task.flip, not task.flip]
    assert planning.add_slots(campaign=campaign) == 0


def test_a_lower_overlap_is_refused(make_campaign):
    with pytest.raises(campaigns.CannotChange, match="can only grow"):
        campaigns.change_campaign(campaign=make_campaign(1), who=None, overlap=2)


def test_a_replacement_has_the_side_of_the_slot_it_replaces(make_campaign, ann, answers):
    campaign = make_campaign(1)
    held = queue.take(campaign=campaign, rater=ann, want=1)[0]
    submit(campaign=campaign, rater=ann, token=held.lease_token, answers=answers)
    new = planning.replace(slot=held)
    assert (new.flipped, new.ordinal, new.state) == (held.flipped, 3, "open")
    assert Slot.objects.get(pk=held.pk).state == "closed"
    assert queue.take(campaign=campaign, rater=ann) == []
    with pytest.raises(ValueError, match="closed already"):
        planning.replace(slot=held)
    campaigns.change_campaign(campaign=campaign, who=None, overlap=4)
    assert Counter(sides(held.task)) == {True: 2, False: 2}


def test_new_work_makes_raters_begin_at_the_front(make_campaign, make_comparisons):
    campaign = make_campaign(1)
    planning.add_comparisons(campaign=campaign, comparisons=make_comparisons(1))
    assert Campaign.objects.get(pk=campaign.pk).queue_epoch == campaign.queue_epoch + 1


def test_a_comparison_of_another_project_is_refused_by_the_database(make_campaign, make_comparisons, other_project):
    campaign = make_campaign(0)
    foreign = make_comparisons(1, of=other_project)
    with pytest.raises(IntegrityError), transaction.atomic():
        planning.add_comparisons(campaign=campaign, comparisons=foreign)
    assert Task.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_plans_at_once_make_each_task_once(make_campaign, make_comparisons):
    campaign = make_campaign(0)
    comparisons = make_comparisons(50)
    made = []

    def plan():
        try:
            made.append(planning.add_comparisons(campaign=campaign, comparisons=comparisons))
        finally:
            connection.close()

    threads = [threading.Thread(target=plan) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [0, 0, 0, 50]
    assert Slot.objects.count() == 150
