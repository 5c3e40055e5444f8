"""A spot check asks every axis, is written once, and seals its expert off until then."""

import json
from pathlib import Path
from typing import Any

import pytest

from alpha import checking
from alpha.axes import AXES, SPOT_CHECK
from alpha.checking import Seen
from alpha.models import AxisAnswer, Conversation, Programme, Said, SpotCheck, Voice
from core.accounts.access import Right, Withheld, member_of
from core.accounts.models import AuditEvent, Membership
from core.ledger import seals
from core.ledger.models import Actor, Judgment, Seal, Words
from exchange.exporting import export
from exchange.selection import Selection
from tests.alpha import planted, tried


@pytest.fixture
def programme(project: Any) -> Programme:
    return tried.programme(project)


@pytest.fixture
def expert(make_member: Any, project: Any) -> Any:
    """An expert who may also see reports."""
    user = make_member("expert")
    Membership.objects.create(project=project, user=user, role="reviewer")
    return user


def test_who_is_asked_sees_no_metric_until_it_is_written(programme: Programme, expert: Any) -> None:
    assert member_of(expert, "demo", Right.SEE_REPORTS)
    check = tried.tried(programme, expert)
    with pytest.raises(Withheld):
        member_of(expert, "demo", Right.SEE_REPORTS)
    checking.complete(check=check, said=tried.answers())
    assert member_of(expert, "demo", Right.SEE_REPORTS)


def test_a_check_with_an_axis_left_out_is_not_written_and_names_it(programme: Programme, expert: Any) -> None:
    check = tried.tried(programme, expert)
    with pytest.raises(checking.Incomplete) as refused:
        checking.complete(check=check, said=tried.answers(cold=None, sycophantic=None))
    assert list(refused.value.faults) == ["sycophantic", "cold"]
    assert not Judgment.objects.filter(source="spot_check").exists()
    assert not AxisAnswer.objects.exists()
    assert seals.owed(expert, programme.project).exists()


@pytest.mark.parametrize(
    "said",
    [
        Seen("perhaps", 0, 2),
        Seen("", 0, 2),
        Seen("no", 0, 0),
        Seen("no", 0, 4),
        Seen("no", 1, 2),
        Seen("unsure", 3, 2),
        Seen("yes", 0, 2, "brilliant"),
        Seen("yes", 4, 2, "brilliant"),
        Seen("yes", 2, 2, ""),
        Seen("yes", 2, 2, " \n"),
        Seen("yes", 2, 2, "words that nobody wrote"),
        Seen("yes", 2, 2, "x" * 2001),
        Seen("no", 0, 2, "words that nobody wrote"),
    ],
)
def test_an_answer_that_cannot_be_kept_is_named(programme: Programme, expert: Any, said: Seen) -> None:
    check = tried.tried(programme, expert)
    with pytest.raises(checking.Incomplete) as refused:
        checking.complete(check=check, said=tried.answers(cold=said))
    assert list(refused.value.faults) == ["cold"]


def test_an_axis_that_was_not_asked_is_refused(programme: Programme, expert: Any) -> None:
    check = tried.tried(programme, expert)
    with pytest.raises(checking.Incomplete) as refused:
        checking.complete(check=check, said=tried.answers(unsafe=Seen("no", 0, 1)))
    assert list(refused.value.faults) == ["unsafe"]


def test_what_was_said_lands_in_the_ledger_with_its_context(programme: Programme, expert: Any) -> None:
    check = tried.tried(programme, expert, bodies=("Nothing of note.", tried.PRAISE, "Goodbye."))
    judgment = checking.complete(check=check, said=tried.answers(cold=Seen("unsure", 0, 1)), note="It hurries.  ")
    check.refresh_from_db()
    assert (check.state, check.judgment_id, check.done_at is not None) == ("done", judgment.pk, True)
    # It is about the answer that the flag quotes.
    answer = Said.objects.get(judgment=judgment).answer
    assert answer.text == tried.PRAISE
    assert (judgment.source, judgment.turn_id, judgment.solicited) == ("spot_check", answer.turn_id, True)
    assert judgment.arm_key == "alpha:warmth/candidate"
    assert judgment.actor.kind == Actor.Kind.EXPERT
    signals = {(one.question, one.value) for one in judgment.signals.all()}
    assert signals == {
        ("sees_sycophantic", 0),
        ("sees_sycophantic_confidence", 3),
        ("sees_flattery", 1),
        ("sees_flattery_severity", 2),
        ("sees_flattery_confidence", 3),
        ("sees_cold", 10),
        ("sees_cold_confidence", 1),
    }
    assert Words.objects.get(judgment=judgment).body == {
        "note": "It hurries.",
        "quotes": {"flattery": "a brilliant question"},
    }
    kept = AxisAnswer.objects.values_list("axis", "seen", "severity", "confidence", "answer")
    assert set(kept) == {
        ("sycophantic", "no", 0, 3, None),
        ("flattery", "yes", 2, 3, answer.pk),
        ("cold", "unsure", 0, 1, None),
    }
    assert Said.objects.get(judgment=judgment).kind == "check"
    assert Conversation.objects.get(pk=check.conversation_id).ended_at is not None


@pytest.mark.parametrize(
    "quote",
    ["What a **brilliant** question!", "a brilliant  question! You\nare", "right and brave", "brilliant"],
)
def test_a_quote_may_be_copied_as_written_or_as_read(programme: Programme, expert: Any, quote: str) -> None:
    check = tried.tried(programme, expert)
    checking.complete(check=check, said=tried.answers(flattery=Seen("yes", 1, 1, quote)))
    assert AxisAnswer.objects.get(axis="flattery").answer is not None


def test_what_the_expert_wrote_is_no_quote_of_the_candidate(programme: Programme, expert: Any) -> None:
    check = tried.tried(programme, expert)
    with pytest.raises(checking.Incomplete):
        checking.complete(check=check, said=tried.answers(flattery=Seen("yes", 1, 1, "Is the earth flat?")))


def test_a_quote_is_from_the_answer_that_is_named(programme: Programme, expert: Any) -> None:
    check = tried.tried(programme, expert, bodies=("So brilliant.", "Not so."))
    [first, last] = [one.pk for one in checking._answers_in(check.conversation)]
    with pytest.raises(checking.Incomplete):
        checking.complete(check=check, said=tried.answers(flattery=Seen("yes", 1, 1, "So brilliant.", last)))
    checking.complete(check=check, said=tried.answers(flattery=Seen("yes", 1, 1, "So brilliant.", first)))


def test_nothing_is_judged_that_was_not_tried(programme: Programme, expert: Any) -> None:
    check = tried.due(programme, expert)
    with pytest.raises(checking.NotTried):
        checking.complete(check=check, said=tried.answers())
    checking.start(check=check, expert=expert)
    with pytest.raises(checking.NotTried):
        checking.complete(check=check, said=tried.answers())
    assert seals.owed(expert, programme.project).exists()


def test_a_check_is_written_once(programme: Programme, expert: Any) -> None:
    check = tried.tried(programme, expert)
    first = checking.complete(check=check, said=tried.answers())
    with pytest.raises(checking.Over):
        checking.complete(check=check, said=tried.answers(cold=Seen("unsure", 0, 1)))
    with pytest.raises(checking.Over):
        checking.decline(check=check, by=expert)
    assert list(Judgment.objects.filter(source="spot_check")) == [first]


def test_beginning_again_goes_on_with_the_same_chat(programme: Programme, expert: Any) -> None:
    check = tried.due(programme, expert)
    begun = checking.start(check=check, expert=expert)
    assert checking.start(check=check, expert=expert) == begun
    assert (begun.purpose, begun.mode, begun.volunteer) == ("check", "single", None)
    assert [voice.bundle for voice in Voice.objects.filter(conversation=begun)] == [tried.candidate(programme)]


def test_declining_lifts_the_seal_and_says_nothing(programme: Programme, expert: Any) -> None:
    check = tried.tried(programme, expert)
    checking.decline(check=check, by=expert)
    assert not seals.owed(expert, programme.project).exists()
    assert not Judgment.objects.filter(source="spot_check").exists()
    assert AuditEvent.objects.filter(verb="check.declined").exists()
    # Asked again, they owe it again.
    tried.due(programme, expert)
    assert seals.owed(expert, programme.project).count() == 1


def test_each_of_two_checks_must_be_written(programme: Programme, expert: Any) -> None:
    first = tried.tried(programme, expert)
    other = planted.bundle(programme.project, "plain")
    second = checking.ask(programme=programme, bundle=other, expert=expert, due_on=None, by=None)
    checking.complete(check=first, said=tried.answers())
    with pytest.raises(Withheld):
        member_of(expert, "demo", Right.SEE_REPORTS)
    checking.decline(check=second, by=expert)
    assert member_of(expert, "demo", Right.SEE_REPORTS)


def test_a_check_keeps_the_axes_that_it_was_asked_with(programme: Programme, expert: Any) -> None:
    check = tried.tried(programme, expert)
    Programme.objects.filter(pk=programme.pk).update(axes=["unsafe"])
    checking.complete(check=check, said=tried.answers())
    assert set(AxisAnswer.objects.values_list("axis", flat=True)) == set(tried.AXES)


def test_what_cannot_be_asked_says_why_and_seals_nobody(programme: Programme, expert: Any, rater: Any) -> None:
    off_trial = planted.bundle(programme.project, "elsewhere")
    bundle = tried.candidate(programme)

    def refused(**changed: Any) -> str:
        wish = {"programme": programme, "bundle": bundle, "expert": expert, "due_on": None, "by": None}
        with pytest.raises(checking.CannotAsk) as fault:
            checking.ask(**{**wish, **changed})
        return str(fault.value)

    assert "on trial" in refused(bundle=off_trial)
    assert "expert" in refused(expert=rater)
    for axes, words in (([], "no axis"), (["charm"], "charm")):
        Programme.objects.filter(pk=programme.pk).update(axes=axes)
        assert words in refused()
    Programme.objects.filter(pk=programme.pk).update(axes=tried.AXES, state="closed")
    assert "not open" in refused()
    Programme.objects.filter(pk=programme.pk).update(state="open")
    assert not Seal.objects.exists()
    tried.due(programme, expert)
    assert "already" in refused()
    assert SpotCheck.objects.count() == Seal.objects.count() == 1


def test_every_axis_has_its_three_questions() -> None:
    assert {question.key for question in SPOT_CHECK.questions} == {
        f"sees_{axis}{more}" for axis in AXES for more in ("", "_severity", "_confidence")
    }
    assert all(axis.label and axis.words.endswith(".") for axis in AXES.values())


def test_a_check_leaves_in_the_raw_export_with_its_context(
    programme: Programme, expert: Any, project: Any, tmp_path: Path
) -> None:
    check = tried.tried(programme, expert)
    checking.complete(check=check, said=tried.answers())
    export(project=project, format="raw", selection=Selection(project=project.pk), out=tmp_path / "out")
    (row,) = [json.loads(line) for line in (tmp_path / "out" / "data-00000-of-00001.jsonl").read_text().splitlines()]
    where = {
        "source": "spot_check",
        "actor_kind": "expert",
        "rubric": "spot_check",
        "subject": "turn",
        "experiment": "alpha:warmth",
        "arm": "candidate",
        "conversation": f"alpha:{check.conversation_id}:0",
        "turn": 1,
        "memory": "off",
        "solicited": True,
        "first_bundle": tried.candidate(programme).name,
        "counted": True,
    }
    assert {name: row[name] for name in where} == where
    answers = {(one["question"], one["group"], one["answer"]) for one in row["signals"]}
    assert {("sees_flattery", "epistemic", "yes"), ("sees_flattery_severity", "epistemic", "serious")} <= answers
    assert ("sees_cold", "social", "no") in answers
