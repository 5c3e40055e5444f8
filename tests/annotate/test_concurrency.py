"""Many raters and many tabs at once, on a real database."""

import random
import threading
from collections import Counter

import pytest
from django.db import connection, transaction

from annotate import planning, queue
from annotate.campaigns import change_campaign
from annotate.models import Attempt, PayRow, Seat, Slot
from annotate.submitting import NotYours, SubmissionConflict, submit
from annotate.undoing import TooLate, undo
from core.ledger.actors import actor_of
from core.ledger.models import AnchorJudgment, CountedJudgment, Judgment, Signal
from core.tables import verification
from tests.side_by_side import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def nothing_is_wrong():
    checks = {
        name: check for name, check in verification.checks().items() if check.__module__ == "annotate.verification"
    }
    assert [finding for check in checks.values() for finding in check()] == []


def test_sixteen_raters_fill_every_slot_once(make_campaign, make_rater, answers):
    campaign = make_campaign(40, overlap=3)
    raters = [make_rater(f"rater-{n}") for n in range(16)]

    def work(rater):
        def go():
            while held := queue.take(campaign=campaign, rater=rater):
                submit(campaign=campaign, rater=rater, token=held[0].lease_token, answers=answers)

        return go

    assert at_once(*(work(rater) for rater in raters)) == [None] * 16
    assert Counter(CountedJudgment.objects.values_list("comparison", flat=True)).most_common() == [
        (comparison, 3)
        for comparison, _ in Counter(CountedJudgment.objects.values_list("comparison", flat=True)).items()
    ]
    assert CountedJudgment.objects.count() == 120
    assert Slot.objects.exclude(state="filled").count() == 0
    nothing_is_wrong()


def test_sixteen_raters_fill_every_slot_once_with_anchors_in_between(make_campaign, make_anchors, make_rater, answers):
    campaign = make_campaign(40, overlap=3, anchor_set=make_anchors(3), anchor_share=0.1, pay="0.1")
    raters = [make_rater(f"rater-{n}") for n in range(16)]

    def work(rater):
        def go():
            while held := queue.take(campaign=campaign, rater=rater):
                submit(campaign=campaign, rater=rater, token=held[0].lease_token, answers=answers)

        return go

    assert at_once(*(work(rater) for rater in raters)) == [None] * 16
    filled = Slot.objects.filter(state="filled")
    assert filled.exclude(task__kind="anchor").count() == 120
    on_anchors = filled.filter(task__kind="anchor")
    # Five tasks on three anchors with three places each; no rater has met one of the three twice.
    assert 0 < on_anchors.count() <= 15
    assert Counter(on_anchors.values_list("holder", "task__anchor")).most_common(1)[0][1] == 1
    assert CountedJudgment.objects.count() == PayRow.objects.count() == filled.count()
    assert AnchorJudgment.objects.count() == on_anchors.count()
    nothing_is_wrong()


def test_sixteen_tabs_of_one_rater_hold_no_anchor_twice(make_campaign, make_anchors, ann):
    campaign = make_campaign(60, overlap=2, anchor_set=make_anchors(2), anchor_share=0.1)
    results = at_once(*[lambda: queue.take(campaign=campaign, rater=ann, want=40)] * 16)
    assert [one for one in results if isinstance(one, Exception)] == []
    held = Slot.objects.filter(holder=ann)
    anchors = Counter(held.filter(task__kind="anchor").values_list("task__anchor", flat=True))
    assert sorted(anchors.values()) == [1, 1]
    assert Seat.objects.get().claims == held.count() == 40


def test_sixteen_tabs_of_one_rater_hold_no_task_twice(make_campaign, ann):
    campaign = make_campaign(5, overlap=16)
    results = at_once(*[lambda: queue.take(campaign=campaign, rater=ann, want=5)] * 16)
    assert [one for one in results if isinstance(one, Exception)] == []
    held = Slot.objects.filter(holder=ann)
    assert Counter(held.values_list("task", flat=True)).most_common(1)[0][1] == 1


def test_a_double_submit_makes_one_row(make_campaign, ann, answers):
    campaign = make_campaign(1)
    token = queue.take(campaign=campaign, rater=ann)[0].lease_token
    results = at_once(*[lambda: submit(campaign=campaign, rater=ann, token=token, answers=answers)] * 16)
    assert Counter(one.replayed for one in results) == {False: 1, True: 15}
    assert len({one.judgment for one in results}) == 1
    assert (Judgment.objects.count(), Signal.objects.count(), PayRow.objects.count()) == (1, 8, 1)


def test_of_two_submits_that_differ_one_stands(make_campaign, ann, answers, other_answers):
    campaign = make_campaign(1)
    token = queue.take(campaign=campaign, rater=ann)[0].lease_token
    results = at_once(
        *[lambda a=a: submit(campaign=campaign, rater=ann, token=token, answers=a) for a in (answers, other_answers)]
        * 4
    )
    assert Counter(type(one) for one in results)[SubmissionConflict] == 4
    assert Judgment.objects.count() == 1


def test_late_submits_race_for_the_free_slot(make_campaign, make_rater, answers, let_lapse):
    campaign = make_campaign(1, overlap=1)
    raters = [make_rater(f"rater-{n}") for n in range(8)]
    tokens = []
    for rater in raters:
        tokens.append(queue.take(campaign=campaign, rater=rater)[0].lease_token)
        let_lapse()
    results = at_once(
        *[
            lambda r=rater, t=token: submit(campaign=campaign, rater=r, token=t, answers=answers)
            for rater, token in zip(raters, tokens, strict=True)
        ]
    )
    assert Counter(one.standing for one in results) == {"counted": 1, "surplus": 7}
    assert CountedJudgment.objects.count() == 1
    assert PayRow.objects.count() == 8
    nothing_is_wrong()


def test_a_late_submit_twice_at_once_makes_one_row(make_campaign, ann, ben, answers, let_lapse):
    campaign = make_campaign(1, overlap=1)
    token = queue.take(campaign=campaign, rater=ann)[0].lease_token
    let_lapse()
    queue.take(campaign=campaign, rater=ben)
    results = at_once(*[lambda: submit(campaign=campaign, rater=ann, token=token, answers=answers)] * 8)
    assert Counter(one.replayed for one in results) == {False: 1, True: 7}
    assert Judgment.objects.count() == 1


def test_undo_and_replay_at_once_end_in_one_state(make_campaign, ann, answers):
    campaign = make_campaign(1)
    token = queue.take(campaign=campaign, rater=ann)[0].lease_token
    judgment = submit(campaign=campaign, rater=ann, token=token, answers=answers).judgment
    results = at_once(
        *[lambda: undo(campaign=campaign, rater=ann, judgment=judgment)] * 4,
        *[lambda: submit(campaign=campaign, rater=ann, token=token, answers=answers)] * 4,
    )
    assert [one for one in results if isinstance(one, Exception)] == []
    assert PayRow.objects.filter(kind="reversal").count() == 1
    nothing_is_wrong()


@pytest.mark.parametrize("share", [0, 0.1])
def test_everything_at_once_leaves_nothing_wrong(make_campaign, make_anchors, make_rater, answers, let_lapse, share):
    """Raters who submit, skip, undo, dawdle and submit late, while leases run out under them."""
    campaign = make_campaign(12, overlap=3, anchor_set=make_anchors(2), anchor_share=share)
    raters = [make_rater(f"rater-{n}") for n in range(8)]

    def work(n, rater):
        chance = random.Random(n)

        def go():
            old = []
            for _ in range(25):
                held = queue.take(campaign=campaign, rater=rater, want=2)
                if not held:
                    continue
                token = held[0].lease_token
                try:
                    match chance.randrange(6):
                        case 0:
                            old.append(token)
                            let_lapse(token)
                        case 1:
                            receipt = submit(campaign=campaign, rater=rater, token=token, answers=answers)
                            undo(campaign=campaign, rater=rater, judgment=receipt.judgment)
                        case 2 if old:
                            submit(campaign=campaign, rater=rater, token=old.pop(), answers=answers)
                        case 3:
                            queue.release(token)
                        case _:
                            submit(campaign=campaign, rater=rater, token=token, answers=answers)
                except (NotYours, TooLate):
                    pass

        return go

    assert at_once(*(work(n, rater) for n, rater in enumerate(raters))) == [None] * 8
    assert Attempt.objects.filter(outcome="withdrawn").exists()
    nothing_is_wrong()


def test_beats_claims_and_departures_of_one_rater_never_wait_in_a_ring(make_campaign, make_member, project):
    user = make_member("rater", "busy")
    rater = actor_of(project, user)
    campaign = make_campaign(30, overlap=2)

    def beat():
        for _ in range(20):
            tokens = list(Slot.objects.filter(holder=rater).order_by("?").values_list("lease_token", flat=True))
            queue.beat(campaign=campaign, rater=rater, tokens=tokens)

    def take():
        for _ in range(20):
            queue.take(campaign=campaign, rater=rater, want=6)

    def leave():
        for _ in range(10):
            queue.free_leases(project=project, user=user)

    assert at_once(beat, beat, take, take, take, leave) == [None] * 6
    nothing_is_wrong()


@pytest.mark.parametrize("act", ["plan", "grow", "change"])
def test_raters_save_while_their_campaign_is_changed(make_campaign, make_comparisons, ann, answers, act):
    campaign, more = make_campaign(2, overlap=1), make_comparisons(1)
    (held,) = queue.take(campaign=campaign, rater=ann, want=1)
    done, saved = threading.Event(), threading.Event()

    def change():
        with transaction.atomic():
            if act == "plan":
                planning.add_comparisons(campaign=campaign, comparisons=more)
            elif act == "grow":
                change_campaign(campaign=campaign, who=None, overlap=2)
            else:
                change_campaign(campaign=campaign, who=None, title="Other words")
            done.set()
            saved.wait(20)

    def save():
        assert done.wait(20)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            return submit(campaign=campaign, rater=ann, token=held.lease_token, answers=answers).standing
        finally:
            saved.set()

    assert at_once(change, save) == [None, "counted"]
    nothing_is_wrong()
