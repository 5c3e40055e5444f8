"""Anchors come among the work at the declared share, blind, each to a rater once, and count as no work."""

from collections import Counter

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from annotate import anchors, campaigns, leases, planning, queue
from annotate.models import ASIDE, Attempt, Campaign, PayRow, Seat, Slot, Task
from annotate.queue import Reason
from annotate.selectors.progress import example_slot, progress_of
from annotate.selectors.tally import tally_of
from annotate.submitting import skip, submit
from annotate.undoing import undo
from core.catalog.models import Anchor, AnchorSet, Comparison
from core.ledger import buckets
from core.ledger.models import AnchorJudgment, LabelRequest
from core.tables.ids import uuid7
from reports.models import Alarm, AlarmAction, Monitor


@pytest.fixture
def mixed(make_campaign, make_anchors):
    """An open campaign of so many pairs with a tenth of anchors."""

    def make(work=36, share=0.1, pairs=8, **fields):
        return make_campaign(work, anchor_set=make_anchors(pairs), anchor_share=share, **fields)

    return make


def rate(campaign, rater, answers, most=10_000):
    """Take and submit one after the other; the kinds of what came."""
    kinds = []
    while len(kinds) < most and (held := queue.take(campaign=campaign, rater=rater, want=1)):
        kinds.append(held[0].task.kind)
        submit(campaign=campaign, rater=rater, token=held[0].lease_token, answers=answers)
    return kinds


def places(kinds):
    return [n for n, kind in enumerate(kinds) if kind == "anchor"]


def test_there_are_none_before_a_share_is_declared(make_campaign, make_anchors, ann, answers):
    campaign = make_campaign(12, anchor_set=make_anchors())
    assert set(rate(campaign, ann, answers)) == {"work"}
    assert not Task.objects.filter(kind="anchor").exists()


@pytest.mark.parametrize("share", [0.05, 0.1])
def test_every_stretch_of_a_raters_work_has_one_anchor(mixed, ann, ben, answers, share):
    campaign = mixed(60, share, overlap=2)
    length = round(1 / share)
    for rater in (ann, ben):
        kinds = rate(campaign, rater, answers)
        assert kinds.count("work") == 60
        whole = [kinds[start : start + length] for start in range(0, len(kinds) - length + 1, length)]
        assert [stretch.count("anchor") for stretch in whole] == [1] * len(whole)


def test_where_the_anchor_stands_in_its_stretch_is_not_the_same_for_all(mixed, make_rater, answers):
    campaign = mixed(36, overlap=12)
    found = [places(rate(campaign, make_rater(f"rater-{n}"), answers, most=20)) for n in range(12)]
    assert len({tuple(one) for one in found}) > 6
    assert {n // 10 for one in found for n in one} == {0, 1}


def test_where_the_anchor_stands_hangs_on_the_secret_key(mixed, ann, answers, settings):
    campaign = mixed(36, overlap=1)
    found = set()
    for n in range(8):
        settings.SECRET_KEY = f"key {n}"
        with transaction.atomic():
            found.add(tuple(places(rate(campaign, ann, answers, most=20))))
            transaction.set_rollback(True)
    assert len(found) > 3


def test_nobody_meets_an_anchor_twice(mixed, ann, answers):
    campaign = mixed(60, pairs=3)
    kinds = rate(campaign, ann, answers)
    assert kinds.count("anchor") == 3
    met = Counter(Attempt.objects.filter(task__kind="anchor").values_list("task__anchor", flat=True))
    assert sorted(met.values()) == [1, 1, 1]


def test_an_anchor_comes_again_after_the_declared_gap(mixed, ann, answers):
    campaign = mixed(120, pairs=1, anchor_gap_days=7)
    assert rate(campaign, ann, answers, most=40).count("anchor") == 1
    Attempt.objects.update(at="2020-01-01T00:00:00Z")
    assert rate(campaign, ann, answers, most=40).count("anchor") == 1


def test_an_anchor_met_as_work_elsewhere_does_not_come(make_campaign, mixed, ann, answers):
    campaign = mixed(36, pairs=1)
    other = make_campaign(0, name="other")
    planning.add_comparisons(campaign=other, comparisons=[Anchor.objects.get().comparison_id])
    rate(other, ann, answers)
    assert "anchor" not in rate(campaign, ann, answers)


def test_an_anchor_that_another_window_holds_does_not_come(make_campaign, mixed, ann):
    campaign = mixed(36, pairs=1)
    other = make_campaign(0, name="other")
    planning.add_comparisons(campaign=other, comparisons=[Anchor.objects.get().comparison_id])
    assert queue.take(campaign=other, rater=ann, want=1)
    held = queue.take(campaign=campaign, rater=ann, want=30)
    assert "anchor" not in {slot.task.kind for slot in held}


def test_what_the_campaign_has_as_work_is_no_anchor_there(make_campaign, make_anchors):
    campaign = make_campaign(20)
    chosen = make_anchors(2)
    planning.add_comparisons(campaign=campaign, comparisons=[chosen_one(chosen).comparison_id])
    campaigns.change_campaign(campaign=campaign, who=None, anchor_set=chosen, anchor_share=0.1)
    assert set(Task.objects.filter(kind="anchor").values_list("anchor", flat=True)) == {
        Anchor.objects.exclude(pk=chosen_one(chosen).pk).get().pk
    }


def chosen_one(chosen):
    return Anchor.objects.filter(set=chosen).order_by("pk").first()


def test_without_work_there_are_no_anchors(mixed, make_rater, answers):
    campaign = mixed(9, overlap=1)
    campaign.anchors_raised = True
    campaign.save()
    planning.add_anchors(campaign=campaign)
    Campaign.objects.update(anchors_raised=False)
    rate(campaign, make_rater("first"), answers)
    for n in range(12):
        assert rate(campaign, make_rater(f"late-{n}"), answers) == []
    assert Slot.objects.filter(priority=ASIDE, state="open").exists()
    assert queue.why_nothing(campaign=campaign, rater=make_rater("other")).reason == Reason.DONE


def test_single_responses_and_pairs_are_replaced_by_their_like(make_campaign, make_anchors, make_comparisons, ann):
    campaign = make_campaign(0, anchor_set=make_anchors(8, singles=8), anchor_share=0.1)
    singles = Comparison.objects.filter(pk__in=make_comparisons(54)).values_list("first", flat=True)
    pairs = [planning.Planned(comparison=pk, priority=1) for pk in make_comparisons(54)]
    planning.add_tasks(campaign=campaign, planned=[*(planning.Planned(response=pk) for pk in singles), *pairs])
    held = queue.take(campaign=campaign, rater=ann, want=50)
    assert Counter(slot.task.kind for slot in held) == {"work": 45, "anchor": 5}
    assert {slot.task.comparison_id for slot in held} == {None}


def test_a_campaign_has_places_enough_for_its_share_and_each_anchor_equally_often(mixed, make_comparisons):
    campaign = mixed(90, pairs=4, overlap=3)
    of_anchors = Task.objects.filter(kind="anchor")
    assert of_anchors.count() == 10
    assert sorted(Counter(of_anchors.values_list("anchor", flat=True)).values()) == [2, 2, 3, 3]
    assert set(Slot.objects.filter(task__in=of_anchors).values_list("priority", flat=True)) == {ASIDE}
    assert Slot.objects.filter(task__in=of_anchors).count() == 30
    planning.add_comparisons(campaign=campaign, comparisons=make_comparisons(1))
    assert of_anchors.count() == 11
    assert planning.add_anchors(campaign=campaign) == 0


def test_a_share_declared_later_is_supplied_and_a_raised_one_is_doubled(make_campaign, make_anchors):
    campaign = make_campaign(90)
    campaign = campaigns.change_campaign(campaign=campaign, who=None, anchor_set=make_anchors(), anchor_share=0.1)
    assert Task.objects.filter(kind="anchor").count() == 10
    campaign.anchors_raised = True
    campaign.save()
    assert anchors.share_of(campaign) == 0.2
    planning.add_anchors(campaign=campaign)
    assert Task.objects.filter(kind="anchor").count() == 23


def test_a_raised_share_holds_in_every_stretch(mixed, ann, answers):
    campaign = mixed(60, overlap=1, pairs=20)
    campaign.anchors_raised = True
    campaign.save()
    planning.add_anchors(campaign=campaign)
    kinds = rate(campaign, ann, answers)
    assert [kinds[n : n + 5].count("anchor") for n in range(0, 60, 5)] == [1] * 12


def test_another_set_takes_the_place_of_the_first(mixed, make_anchors, ann, answers):
    campaign = mixed(36)
    other = make_anchors(8, name="second")
    campaign = campaigns.change_campaign(campaign=campaign, who=None, anchor_set=other)
    rate(campaign, ann, answers)
    judged = Attempt.objects.filter(task__kind="anchor").values_list("task__anchor__set", flat=True)
    assert set(judged) == {other.pk}


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"anchor_share": 0.2}, "anchor_share"), ({"anchor_share": 0.01}, "anchor_share"), ({}, "anchor_set")],
)
def test_a_share_that_cannot_be_is_refused(make_campaign, make_anchors, fields, field):
    campaign = make_campaign(1)
    wanted = {"anchor_set": make_anchors(), **fields} if fields else {"anchor_share": 0.05}
    with pytest.raises(campaigns.CannotChange) as refused:
        campaigns.change_campaign(campaign=campaign, who=None, **wanted)
    assert refused.value.field == field
    campaign.refresh_from_db()
    assert campaign.anchor_share == 0


def test_a_set_of_another_project_is_refused(make_campaign, other_project):
    foreign = AnchorSet.objects.create(project=other_project, name="theirs")
    with pytest.raises(campaigns.CannotChange, match="no such set"):
        campaigns.change_campaign(campaign=make_campaign(1), who=None, anchor_set=foreign, anchor_share=0.05)


def test_the_database_refuses_an_anchor_in_the_queue_and_work_aside(mixed):
    mixed(10)
    for kind, priority in (("anchor", 0), ("work", ASIDE)):
        with pytest.raises(IntegrityError, match="task_anchor"), transaction.atomic():
            Task.objects.filter(kind=kind).update(priority=priority)


def test_a_judgment_on_an_anchor_is_paid_and_known_as_one(mixed, ann, answers):
    campaign = mixed(20, overlap=1, pay="0.10")
    rate(campaign, ann, answers)
    on_anchors = AnchorJudgment.objects.all()
    assert len(on_anchors) == Task.objects.filter(kind="anchor", pk__in=Attempt.objects.values("task")).count() >= 2
    tasks = dict(Attempt.objects.values_list("judgment", "task__anchor"))
    assert {one.anchor_id == tasks[one.judgment_id] for one in on_anchors} == {True}
    assert PayRow.objects.filter(judgment__in=on_anchors.values("judgment"), amount="0.10").count() == len(on_anchors)
    assert PayRow.objects.count() == 20 + len(on_anchors)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT bucket FROM ledger_dirtybucket WHERE scope = 'anchors'")
        assert {bucket for (bucket,) in cursor.fetchall()} == {str(one.judgment_id)[:8] for one in on_anchors}


def test_an_anchor_can_be_skipped_and_undone_as_any_task(mixed, ann, ben, answers):
    campaign = mixed(20, overlap=1)
    held = next(slot for slot in queue.take(campaign=campaign, rater=ann, want=11) if slot.task.kind == "anchor")
    done = submit(campaign=campaign, rater=ann, token=held.lease_token, answers=answers)
    again = undo(campaign=campaign, rater=ann, judgment=done.judgment)
    assert again.pk == held.pk
    skip(campaign=campaign, rater=ann, token=again.lease_token, reason="hard")
    assert Slot.objects.get(pk=held.pk).state == "open"
    rate(campaign, ann, answers)
    assert Attempt.objects.filter(rater=ann, task__anchor=held.task.anchor_id).exclude(outcome="withdrawn").count() == 1


def test_progress_and_pictures_count_no_anchor(mixed, ann, answers):
    campaign = mixed(20, overlap=2)
    kinds = rate(campaign, ann, answers)
    assert kinds.count("anchor") >= 2
    for _ in range(2):
        now = progress_of([campaign.pk])[campaign.pk]
        assert (now.tasks, now.slots, now.filled) == (20, 40, 20)
        buckets.settle()
    said = tally_of(campaign, by_bundle=False, questions=["correct", "overall"])
    assert (said.places, said.judgments, said.overlap["overall"].exactly(1)) == (40, 20, 20)
    assert said.labels["correct", ""].answers == 40
    assert {example_slot(campaign, n).task.kind for n in range(25)} == {"work"}


def test_an_anchor_settles_no_label_request(mixed, project, ann, answers):
    campaign = mixed(0, overlap=1, purposes=["audit"])
    subject = Anchor.objects.first().comparison_id
    wish = LabelRequest.objects.create(
        project=project, comparison_id=subject, rubric="default", because="x", purpose="audit", filed_by="x"
    )
    LabelRequest.objects.filter(pk=wish.pk).update(state="taken")
    task = Task(campaign=campaign, comparison_id=subject, kind="anchor")
    Slot.objects.all().delete()
    from annotate.requests import settle

    settle(campaign=campaign, task=task)
    wish.refresh_from_db()
    assert wish.state == "taken"


def test_what_a_rater_has_taken_is_counted_across_new_work(mixed, make_comparisons, ann, answers):
    campaign = mixed(36, overlap=1)
    rate(campaign, ann, answers, most=7)
    planning.add_comparisons(campaign=campaign, comparisons=make_comparisons(1))
    kinds = rate(campaign, ann, answers, most=13)
    assert Seat.objects.get().claims == 20
    assert len(kinds) == 13
    assert Attempt.objects.filter(task__kind="anchor").count() == 2


@pytest.fixture
def ask_for_gold(project):
    """Somebody asks for more gold about an alarm that stands."""

    def ask(of=project):
        monitor = Monitor.objects.create(project=of, key="M1", declared={})
        now = timezone.now()
        alarm = Alarm.objects.create(project=of, monitor=monitor, run=1, number=1, at=now, suspect_from=now, body={})
        AlarmAction.objects.create(project=of, alarm=alarm, kind="raise_gold")
        return alarm

    return ask


def test_the_share_is_doubled_while_an_alarm_asks_for_gold(mixed, make_campaign, ask_for_gold):
    campaign, plain = mixed(90), make_campaign(1, name="plain")
    assert campaigns.follow_alarms() == 0
    alarm = ask_for_gold()
    assert campaigns.follow_alarms() == 1
    assert (campaigns.follow_alarms(), Task.objects.filter(kind="anchor").count()) == (0, 23)
    campaign.refresh_from_db()
    plain.refresh_from_db()
    assert (anchors.share_of(campaign), anchors.share_of(plain)) == (0.2, 0)
    Alarm.objects.filter(pk=alarm.pk).update(closed_at=timezone.now())
    assert campaigns.follow_alarms() == 1
    campaign.refresh_from_db()
    assert anchors.share_of(campaign) == 0.1


def test_another_projects_alarm_raises_nothing(mixed, other_project, ask_for_gold):
    mixed(10)
    ask_for_gold(of=other_project)
    assert campaigns.follow_alarms() == 0


def test_an_anchor_is_found_by_walking_along_the_queue_not_by_sorting_all_of_them(mixed, ann):
    campaign = mixed()
    names = ("campaign", "rater", "turn", "lease", "want", "from_front", "salt", "token", "attempt")
    values = dict(zip(names, (campaign.pk, ann.pk, 1, "9 seconds", 1, False, "x", uuid7(), uuid7()), strict=True))
    with connection.cursor() as cursor:
        # So few rows as here are sooner read whole.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {leases.TAKE_MIXED}", values)
        whole = cursor.fetchone()[0][0]["Plan"]
    [plan] = [part for part in whole["Plans"] if part.get("Subplan Name") == "CTE anchor"]
    while outer := [part for part in plan.get("Plans", ()) if part["Parent Relationship"] == "Outer"]:
        assert plan["Node Type"] in ("Limit", "LockRows", "Result")
        [plan] = outer
    assert (plan["Node Type"], plan["Index Name"]) == ("Index Scan", "slot_claim")
