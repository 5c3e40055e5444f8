"""What raters say of anchors becomes numbered events, over which M7 steps: raters who change are seen."""

import json
import random
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from core.accounts.models import AuditEvent
from core.catalog.models import Anchor, AnchorSet, Bundle, Comparison, Content, Prompt, Response
from core.ledger import anchoring, recording
from core.ledger.anchoring import CannotFreeze, Drawn
from core.ledger.bulk import Spoken, record_many
from core.ledger.models import AnchorJudgment, DirtyBucket, Judgment
from core.ledger.recording import Said, Subject, Utterance
from core.tables import verification
from reports.drift import acting, anchors, saying, stepping
from reports.drift.declaring import declare
from reports.drift.raters import quality_of
from reports.drift.restarting import restart
from reports.models import Alarm, AnchorEvent, Monitor
from tests.drift.alarms import alarm_of, member

TRUTH = [1, 0] * 10


@pytest.fixture
def responses(project):
    """Twenty responses to ten prompts, each prompt's two in a comparison."""
    bundle = Bundle.objects.create(project=project, name="b")
    made = []
    for n in range(10):
        text = Content.objects.create(project=project, digest=f"p{n}".encode(), body=f"prompt {n}")
        prompt = Prompt.objects.create(project=project, content=text, digest=f"{n}".encode())
        both = []
        for side in range(2):
            words = Content.objects.create(project=project, digest=f"r{n}{side}".encode(), body=f"{n} {side}")
            both.append(Response.objects.create(project=project, prompt=prompt, bundle=bundle, content=words))
        Comparison.objects.create(
            project=project, prompt=prompt, first=both[0], second=both[1], first_bundle=bundle, second_bundle=bundle
        )
        made += both
    return made


@pytest.fixture
def labelled(speaker, responses):
    """The responses, labelled by an expert: the first of each pair is sycophantic and wrong."""
    for response, truth in zip(responses, TRUTH, strict=True):
        speaker.label(Subject(response=response.pk), kind="expert", sycophantic=2 * truth, correct=2 - 2 * truth)
    return responses


@pytest.fixture
def fixed(project, labelled):
    return anchoring.freeze(project=project, name="fixed", drawn=anchoring.draw(project=project, responses=20))


@pytest.fixture
def judge(project, speaker):
    """Raters judge an anchor's responses as they please: judge(anchor, rater, {place: says sycophantic})."""

    def go(anchor, rater, said):
        judgment = speaker.says(
            "rater",
            Subject(comparison=anchor.comparison_id, response=anchor.response_id),
            1,
            *(Said("sycophantic", value, place) for place, value in said.items()),
            name=rater,
        )
        anchoring.note_judgments(project=project, anchors={judgment.pk: anchor.pk})
        return judgment

    return go


def judge_many(project, speaker, fixed, count, *, misses, seed=1, raters=4):
    """So many judgments of random anchors by four raters, who are right but for this share of the sycophantic ones."""
    rng = random.Random(seed)
    of_set = list(Anchor.objects.filter(set=fixed).order_by("pk"))
    spoken, chosen = [], []
    for n in range(count):
        anchor = rng.choice(of_set)
        truth = anchor.baseline["sycophantic"]
        wrong = rng.random() < (misses if truth else 0.05)
        utterance = Utterance(
            str(uuid.uuid4()), (Said("sycophantic", truth ^ wrong),), Subject(response=anchor.response_id)
        )
        spoken.append(Spoken(speaker.actor("rater", f"rater {n % raters}").pk, utterance))
        chosen.append(anchor.pk)
    record_many(project=project, source=Judgment.Source.RATING, rubric_version=None, spoken=spoken)
    keys = {one.utterance.submission_key: anchor for one, anchor in zip(spoken, chosen, strict=True)}
    made = Judgment.objects.filter(submission_key__in=keys).values_list("pk", "submission_key")
    anchoring.note_judgments(project=project, anchors={pk: keys[key] for pk, key in made})


def stepped(project):
    stepping.step(project)
    return Monitor.objects.get(project=project, key="M7")


def test_a_set_keeps_what_experts_said_when_it_was_frozen(project, speaker, labelled, fixed):
    of = {one.response_id: one for one in Anchor.objects.filter(set=fixed)}
    assert [of[one.pk].baseline for one in labelled[:2]] == [
        {"sycophantic": 1, "correct": 0}, {"sycophantic": 0, "correct": 1},
    ]  # fmt: skip
    assert of[labelled[0].pk].evidence == [Judgment.objects.get(response=labelled[0]).pk]
    speaker.label(Subject(response=labelled[0].pk), kind="expert", sycophantic=0)
    assert Anchor.objects.get(pk=of[labelled[0].pk].pk).baseline["sycophantic"] == 1
    event = AuditEvent.objects.get(verb="anchors.frozen")
    assert (event.object, event.data) == ("fixed", {"anchors": 20})


def test_a_pair_has_a_baseline_for_each_side_from_labels_of_either_kind(project, speaker, labelled):
    first = Comparison.objects.order_by("pk").first()
    speaker.says(
        "expert", Subject(comparison=first.pk), 1, Said("sycophantic", 2, 1), Said("correct", 0, 1), name="second one"
    )
    made = anchoring.freeze(project=project, name="pairs", drawn=Drawn(comparisons=(first.pk,)))
    anchor = Anchor.objects.get(set=made)
    assert anchor.baseline == {"1": {"sycophantic": 1, "correct": 0}, "2": {"sycophantic": 0, "correct": 1}}
    assert len(anchor.evidence) == 3


def test_what_experts_do_not_agree_on_is_no_anchor(project, speaker, labelled):
    speaker.label(Subject(response=labelled[0].pk), kind="expert", sycophantic=0)
    with pytest.raises(CannotFreeze, match="do not agree"):
        anchoring.freeze(project=project, name="n", drawn=Drawn(responses=(labelled[0].pk,)))
    assert labelled[0].pk not in anchoring.draw(project=project, responses=19).responses
    with pytest.raises(CannotFreeze, match="9 comparisons and 19 responses"):
        anchoring.draw(project=project, pairs=10)
    assert not AnchorSet.objects.exists()


def test_what_only_raters_said_is_no_baseline(project, speaker, responses):
    speaker.label(Subject(response=responses[0].pk), kind="rater", sycophantic=2)
    with pytest.raises(CannotFreeze):
        anchoring.freeze(project=project, name="n", drawn=Drawn(responses=(responses[0].pk,)))


def test_a_draw_is_half_and_half_and_the_same_for_a_seed(project, labelled):
    drawn = anchoring.draw(project=project, responses=8, seed=3)
    truth = {one.pk: value for one, value in zip(labelled, TRUTH, strict=True)}
    assert sum(truth[pk] for pk in drawn.responses) == 4
    assert anchoring.draw(project=project, responses=8, seed=3) == drawn
    assert anchoring.draw(project=project, responses=8, seed=4) != drawn


def test_a_name_that_is_taken_an_empty_set_and_anothers_response_are_refused(project, other_project, labelled, fixed):
    with pytest.raises(CannotFreeze, match="already"):
        anchoring.freeze(project=project, name="fixed", drawn=Drawn(responses=(labelled[0].pk,)))
    with pytest.raises(CannotFreeze, match="at least one"):
        anchoring.freeze(project=project, name="empty", drawn=Drawn())
    with pytest.raises(CannotFreeze):
        anchoring.freeze(project=other_project, name="theirs", drawn=Drawn(responses=(labelled[0].pk,)))


def test_a_judgment_of_a_pair_gives_an_event_for_each_side(project, labelled, judge):
    made = anchoring.freeze(project=project, name="pairs", drawn=anchoring.draw(project=project, pairs=2))
    one, two = Anchor.objects.filter(set=made).order_by("pk")
    judge(one, "ann", {1: 1, 2: 0})
    judge(two, "ben", {1: 0, 2: 2})
    judge(two, "ann", {2: 0})
    assert anchors.take_in(project.pk) == 5
    events = AnchorEvent.objects.order_by("number")
    assert list(events.values_list("number", "rater", "place", "baseline", "said")) == [
        (1, 1, 1, True, True), (2, 1, 2, False, False), (3, 3, 1, True, False), (4, 3, 2, False, True),
        (5, 1, 2, False, False),
    ]  # fmt: skip


def test_what_was_taken_in_is_not_taken_in_again(project, fixed, judge):
    one = Anchor.objects.filter(set=fixed).first()
    judge(one, "ann", {0: 1})
    assert anchors.take_in(project.pk) == 1
    judge(one, "ann", {0: 1})
    assert (anchors.take_in(project.pk), anchors.take_in(project.pk)) == (1, 0)
    assert list(AnchorEvent.objects.order_by("number").values_list("number", "rater")) == [(1, 1), (2, 1)]


def test_only_counted_judgments_that_answer_become_events(project, fixed, judge, speaker):
    one = Anchor.objects.filter(set=fixed).first()
    surplus = judge(one, "ann", {0: 1})
    recording.rule(judgment=surplus.pk, standing="surplus", reason="late")
    silent = speaker.says("rater", Subject(response=one.response_id), 1, Said("cold", 1))
    anchoring.note_judgments(project=project, anchors={silent.pk: one.pk})
    plain = speaker.label(Subject(response=one.response_id), sycophantic=2)
    assert anchors.take_in(project.pk) == 0
    assert not AnchorJudgment.objects.filter(judgment=plain).exists()


def test_the_monitor_says_what_its_reference_still_needs(project, speaker, fixed):
    judge_many(project, speaker, fixed, 40, misses=0.1)
    monitor = stepped(project)
    assert (monitor.standing, monitor.last_number) == ("WARMING_UP", 0)
    assert monitor.needed["events"] == 360
    assert 0 < monitor.needed["sycophantic"] < 30


def test_raters_who_become_lenient_raise_an_alarm_and_steady_ones_do_not(project, speaker, fixed):
    judge_many(project, speaker, fixed, 900, misses=0.1)
    monitor = stepped(project)
    assert (monitor.standing, monitor.last_number, monitor.reference_last) == ("OK", 900, 400)
    judge_many(project, speaker, fixed, 600, misses=0.6, seed=2)
    monitor = stepped(project)
    assert monitor.standing == "ALARM"
    alarm = Alarm.objects.get(monitor=monitor)
    assert 900 < alarm.number <= 1500
    assert alarm.at == AnchorEvent.objects.get(number=alarm.number).at
    assert monitor.reading["segments"]["all"]["towards"] == "lenient"


@pytest.mark.parametrize("size", [1, 7])
def test_the_state_does_not_hang_on_how_the_events_came(project, speaker, fixed, size, monkeypatch):
    judge_many(project, speaker, fixed, 500, misses=0.2)
    whole = stepped(project)
    Monitor.objects.filter(pk=whole.pk).update(state=None, reading=None, last_number=0, reference_last=None)
    monkeypatch.setattr(anchors, "CHUNK", size)
    again = stepped(project)
    assert again.last_number == 500
    assert (again.state, again.reading) == (whole.state, whole.reading)


def test_a_reset_begins_with_the_next_judgment_of_an_anchor(project, speaker, fixed):
    judge_many(project, speaker, fixed, 450, misses=0.1)
    again = restart(monitor=stepped(project), who=None, reason="new guideline")
    assert (again.first_number, again.last_number, again.standing) == (451, 450, "WARMING_UP")
    judge_many(project, speaker, fixed, 100, misses=0.1, seed=5)
    monitor = stepped(project)
    assert monitor.needed["events"] == 300


def test_a_fault_of_the_machine_holds_the_state_and_is_said(project, speaker, fixed, monkeypatch):
    judge_many(project, speaker, fixed, 410, misses=0.1)
    before = stepped(project)
    judge_many(project, speaker, fixed, 5, misses=0.1, seed=9)

    def broken(*_):
        raise ZeroDivisionError("by design")

    with monkeypatch.context() as patch:
        patch.setattr(anchors.Judges, "step", broken)
        held = stepped(project)
    assert (held.state, held.last_number, held.standing) == (before.state, 410, before.standing)
    assert "ZeroDivisionError: by design" in held.fault
    again = stepped(project)
    assert (again.last_number, again.fault) == (415, "")


def test_a_shorter_reference_can_be_declared(project, speaker, fixed):
    declare(project=project, key="M7", who=None, reference=150)
    judge_many(project, speaker, fixed, 160, misses=0.1)
    assert stepped(project).reference_last == 150


@pytest.fixture
def followed(project, speaker, fixed):
    """A project whose monitor has its reference and has stepped beyond it."""
    judge_many(project, speaker, fixed, 450, misses=0.1)
    return stepped(project)


def test_it_is_stale_when_its_own_log_waits_and_not_for_thumbs(project, speaker, fixed, followed, settings):
    ago = timezone.now() - 4 * timedelta(seconds=settings.DRIFT_STEP_SECONDS)
    Monitor.objects.update(stepped_at=ago)

    def stale():
        return saying.stale(list(Monitor.objects.filter(project=project)))

    speaker.both()
    DirtyBucket.objects.update(marked_at=ago)
    assert "M1" in stale()
    assert "M7" not in stale()
    DirtyBucket.objects.all().delete()
    judge_many(project, speaker, fixed, 5, misses=0.1, seed=2)
    DirtyBucket.objects.update(marked_at=ago)
    DirtyBucket.objects.exclude(scope=anchoring.SCOPE).delete()
    assert stale() == {"M7"}
    DirtyBucket.objects.all().delete()
    assert stale() == set()
    Monitor.objects.filter(key="M7").update(last_number=440)
    assert stale() == {"M7"}


def test_a_reset_begins_after_the_last_event_of_its_own_log_although_it_held(project, followed, ml_lead):
    alarm = alarm_of(project, "M7")
    Monitor.objects.filter(pk=followed.pk).update(last_number=430)
    acting.reset(alarm=alarm, member=member(ml_lead, project, "ml_lead"), reason="new raters")
    followed.refresh_from_db()
    assert (followed.first_number, followed.last_number) == (451, 450)


def findings():
    ours = ("reports.drift.anchor_checks", "core.ledger.verification")
    checks = [check for check in verification.checks().values() if check.__module__ in ours]
    assert sum(check.__module__ == ours[0] for check in checks) == 3
    return {(one.check, one.row) for check in checks for one in check()}


def execute(sql, *values):
    """Do what only somebody at the database's console can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_anchors_in_order_give_no_finding(project, followed):
    anchoring.freeze(project=project, name="pairs", drawn=anchoring.draw(project=project, pairs=3))
    assert findings() == set()


@pytest.mark.parametrize("column", ["said", "baseline"])
def test_an_event_that_was_changed_is_found(followed, column):
    event = AnchorEvent.objects.get(number=420)
    execute(f"UPDATE reports_anchorevent SET {column} = NOT {column} WHERE id = %s", event.pk)
    assert findings() == {
        ("events of anchors are what was said of them", str(event.pk)),
        ("what rater drift knows is what its events say", str(followed.pk)),
    }


def test_an_event_that_is_gone_is_found(followed):
    execute("DELETE FROM reports_anchorevent WHERE number = 449")
    last = AnchorEvent.objects.get(number=450)
    assert ("events of anchors are numbered without a gap", str(last.pk)) in findings()


def test_a_rater_under_the_number_of_another_is_found(followed):
    event = AnchorEvent.objects.get(number=450)
    execute("UPDATE reports_anchorevent SET rater = 449 WHERE id = %s", event.pk)
    assert ("events of anchors are numbered without a gap", str(event.pk)) in findings()


def test_a_state_that_was_changed_is_found(followed):
    Monitor.objects.filter(pk=followed.pk).update(state={**followed.state, "events": 7})
    assert findings() == {("what rater drift knows is what its events say", str(followed.pk))}


@pytest.mark.parametrize(("kind", "place"), [("responses", "{sycophantic}"), ("pairs", "{2,correct}")])
def test_a_baseline_that_was_changed_is_found(project, labelled, kind, place):
    made = anchoring.freeze(project=project, name="n", drawn=anchoring.draw(project=project, **{kind: 2}))
    anchor = Anchor.objects.filter(set=made).first()
    execute("UPDATE catalog_anchor SET baseline = jsonb_set(baseline, %s, '7') WHERE id = %s", place, anchor.pk)
    assert findings() == {("an anchor's baseline is what its evidence says", str(anchor.pk))}


def test_a_judgment_noted_on_an_anchor_that_is_another_thing_is_found(project, fixed, speaker, judge):
    one, two = Anchor.objects.filter(set=fixed).order_by("pk")[:2]
    judgment = judge(one, "ann", {0: 1})
    execute("UPDATE ledger_anchorjudgment SET anchor_id = %s WHERE judgment_id = %s", two.pk, judgment.pk)
    assert ("a judgment on an anchor is about what the anchor is", str(judgment.pk)) in findings()


def test_the_command_draws_and_freezes(project, labelled, capsys):
    call_command("freeze_anchors", project=project.slug, name="first", pairs=3, responses=4, json=True)
    assert json.loads(capsys.readouterr().out) == {"set": "first", "pairs": 3, "responses": 4}
    assert Anchor.objects.filter(set__name="first", comparison__isnull=False).count() == 3
    for options, words in (
        ({"project": "nobody"}, "no such project"),
        ({"pairs": 11}, "fewer than were asked"),
        ({"name": "first", "pairs": 1}, "already"),
        ({"pairs": -1}, "negative"),
        ({}, "at least one"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("freeze_anchors", **{"project": project.slug, "name": "second", **options})


def test_quality_is_shown_with_its_interval_or_says_what_is_missing(project, speaker, fixed, judge):
    anchor = Anchor.objects.filter(set=fixed, baseline__sycophantic=1).first()
    for n in range(60):
        judge(anchor, "ann", {0: int(n % 10 != 0)})
    judge(anchor, "ben", {0: 1})
    stepping.step(project)
    ann, ben, cat = (speaker.actor("rater", name).pk for name in ("ann", "ben", "cat"))
    found = quality_of(project.pk, [ann, ben, cat])
    assert found.keys() == {ann, ben}
    assert (found[ann].agrees.estimate, found[ann].agrees.n) == (0.9, 60)
    assert 0.79 < found[ann].agrees.low < 0.8
    assert (found[ben].agrees, found[ben].needed) == (None, 39)


def test_a_rater_who_turned_lenient_is_flagged_and_others_are_not(project, speaker, fixed):
    judge_many(project, speaker, fixed, 900, misses=0.1)
    judge_many(project, speaker, fixed, 200, misses=1.0, seed=4, raters=1)
    stepped(project)
    names = [f"rater {n}" for n in range(4)]
    found = quality_of(project.pk, [speaker.actor("rater", name).pk for name in names])
    standings = {name: found[speaker.actor("rater", name).pk].standing for name in names}
    assert standings == {"rater 0": "alarm", "rater 1": "ok", "rater 2": "ok", "rater 3": "ok"}
    assert found[speaker.actor("rater", "rater 0").pk].towards == "lenient"
