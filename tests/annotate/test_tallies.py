"""How far a campaign is said to be is how far its slots are, whatever was done to them."""

import pytest
from django.db import connection
from django.db.models import Count, Q

from annotate import planning, queue, tallies
from annotate.models import ProgressTally, Slot
from annotate.selectors.progress import progress_of
from annotate.submitting import submit
from annotate.undoing import undo
from core.ledger import buckets
from core.tables.verification import checks

NAME = "stored progress is the recomputed one"


def right(*campaigns):
    """Whether each campaign's progress is what its slots say."""
    told = progress_of([campaign.pk for campaign in campaigns])
    for campaign in campaigns:
        slots = Slot.objects.filter(campaign=campaign).exclude(state="closed")
        tasks = slots.values("task").annotate(n=Count("pk"), filled=Count("pk", filter=Q(state="filled"))).order_by()
        due = (len(tasks), sum(t["n"] == t["filled"] for t in tasks), len(slots), sum(t["filled"] for t in tasks))
        now = told[campaign.pk]
        if (now.tasks, now.complete, now.slots, now.filled, now.as_of) != (*due, None):
            return False
    return True


def test_every_way_to_change_a_slot_is_seen_before_and_after_settling(make_campaign, make_rater, answers):
    campaign, other = make_campaign(4, overlap=2), make_campaign(3, overlap=1, name="other")
    ann, ben = make_rater("ann"), make_rater("ben")

    def work():
        yield "planned"
        for rater in (ann, ben):
            for held in queue.take(campaign=campaign, rater=rater):
                done = submit(campaign=campaign, rater=rater, token=held.lease_token, answers=answers)
                yield "submitted"
        undo(campaign=campaign, rater=ben, judgment=done.judgment)
        yield "undone"
        planning.replace(slot=Slot.objects.filter(campaign=campaign, state="filled").first())
        yield "replaced"
        campaign.overlap = 3
        campaign.save()
        planning.add_slots(campaign=campaign)
        yield "more overlap"

    for n, step in enumerate(work()):
        assert right(campaign, other), step
        if n % 2:
            buckets.settle()
            assert right(campaign, other), step
            assert list(checks()[NAME]()) == []
    buckets.settle()
    assert ProgressTally.objects.filter(campaign=campaign).exists()
    assert right(campaign, other)


def test_more_than_a_page_can_count_is_left_to_the_worker_and_said(make_campaign, monkeypatch):
    monkeypatch.setattr(tallies, "_DIRECT", 0)
    campaign = make_campaign(2)
    assert progress_of([campaign.pk])[campaign.pk].as_of is not None
    buckets.settle()
    now = progress_of([campaign.pk])[campaign.pk]
    assert (now.tasks, now.as_of) == (2, None)


@pytest.mark.parametrize("sql", ["DELETE FROM {0}", "UPDATE {0} SET filled = 1", "UPDATE {0} SET complete = 1"])
def test_a_tally_that_somebody_changed_is_named(make_campaign, sql):
    make_campaign(1)
    buckets.settle()
    row = ProgressTally.objects.get()
    with connection.cursor() as cursor:
        cursor.execute(sql.format("annotate_progresstally"))
    (finding,) = checks()[NAME]()
    assert finding.row == row.bucket


def test_a_mark_excuses_its_own_bucket_and_no_other(project, make_campaign):
    campaign = make_campaign(1)
    buckets.settle()
    row = ProgressTally.objects.get()
    ProgressTally.objects.update(filled=1)
    buckets.mark(project=project.pk, scope=tallies.scope_of(campaign.pk), buckets=["00000000-000"])
    (finding,) = checks()[NAME]()
    assert finding.row == row.bucket
    tallies.mark(project=project.pk, campaign=campaign.pk, tasks=[Slot.objects.get(ordinal=0).task_id])
    assert list(checks()[NAME]()) == []
