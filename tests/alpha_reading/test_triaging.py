"""What becomes of flags: steps that are added, reasons that are asked for, and who may."""

from typing import Any

import pytest
from django.http import Http404

from alpha import saying, triaging
from alpha.models import Answer, AxisAnswer, Programme, Said, SpotCheck, Triage
from alpha.reading import inbox
from alpha.reading.inbox import Filters
from alpha.saying.rubric import version
from core.accounts.access import Member, member_of
from core.accounts.models import AuditEvent
from core.ledger.models import Judgment
from core.ledger.recording import Said as One
from core.ledger.recording import Subject, Utterance, record
from reports.faults import Refused
from tests.alpha_reading.talks import Talk, talk_of


@pytest.fixture
def talk(programme: Programme, people: Any) -> Talk:
    made = talk_of(programme, people[0], "v42")
    made.turn("Absolutely.")
    return made


@pytest.fixture
def flag(talk: Talk) -> Said:
    [answer] = _answers(talk)
    judgment = talk.say(saying.felt_off, answer=answer, note="It agrees with everything.")
    return Said.objects.get(judgment=judgment)


def _answers(talk: Talk) -> Any:

    return Answer.objects.filter(message__conversation=talk.conversation)


def test_each_step_is_kept_and_the_last_one_stands(flag: Said, lead: Member, programme: Programme) -> None:
    assert [one.triage for one in inbox.flags_in(programme)] == ["new"]
    triaging.step(said=flag, state="looking", note="", by=lead)
    triaging.step(said=flag, state="confirmed", note="Seen in three chats.", by=lead)
    assert [one.triage for one in inbox.flags_in(programme)] == ["confirmed"]
    assert list(Triage.objects.order_by("pk").values_list("state", "by")) == [
        ("looking", lead.user.pk),
        ("confirmed", lead.user.pk),
    ]
    events = AuditEvent.objects.filter(verb="flag.triaged").order_by("seq")
    assert [event.data["state"] for event in events] == ["looking", "confirmed"]
    assert "three chats" not in str([event.data for event in events])


def test_the_same_step_again_changes_nothing(flag: Said, lead: Member) -> None:
    assert triaging.step(said=flag, state="new", note="", by=lead) is None
    assert triaging.step(said=flag, state="looking", note="mine", by=lead) is not None
    assert triaging.step(said=flag, state="looking", note=" mine ", by=lead) is None
    assert Triage.objects.count() == 1


@pytest.mark.parametrize("state", ["explained", "dismissed"])
def test_nothing_is_put_away_without_a_reason(flag: Said, lead: Member, state: str) -> None:
    with pytest.raises(Refused) as refused:
        triaging.step(said=flag, state=state, note="  \x00 ", by=lead)
    assert list(refused.value.faults) == ["note"]
    assert not Triage.objects.exists()
    assert triaging.step(said=flag, state=state, note="A joke between friends.", by=lead) is not None


def test_a_state_that_there_is_none_of_is_refused(flag: Said, lead: Member) -> None:
    for state, note in (("", ""), ("solved", "x"), ("looking", "x" * 2001)):
        with pytest.raises(Refused):
            triaging.step(said=flag, state=state, note=note, by=lead)


def test_who_may_not_finds_no_flag(flag: Said, reviewer: Any, stranger: Any) -> None:
    for who, slug in ((reviewer, "demo"), (stranger, "other")):
        with pytest.raises(Http404):
            triaging.step(said=flag, state="looking", note="", by=member_of(who, slug))


def test_what_is_no_flag_cannot_be_triaged(talk: Talk, lead: Member) -> None:
    [answer] = _answers(talk)
    up = Said.objects.get(judgment=talk.say(saying.thumb, answer=answer, value=1))
    with pytest.raises(Http404):
        triaging.step(said=up, state="looking", note="", by=lead)


def test_a_thumb_that_was_changed_is_no_flag_any_more(talk: Talk, programme: Programme) -> None:
    [answer] = _answers(talk)
    talk.say(saying.thumb, answer=answer, value=-1, reason="too_cold")
    assert [one.kind for one in inbox.flags_in(programme)] == ["thumb"]
    talk.say(saying.thumb, answer=answer, value=1)
    assert list(inbox.flags_in(programme)) == []


def test_the_inbox_is_narrowed_by_kind_state_and_bundle(talk: Talk, lead: Member, programme: Programme) -> None:
    [answer] = _answers(talk)
    talk.say(saying.felt_off, answer=answer, note="odd")
    talk.say(saying.thumb, answer=answer, value=-1)
    reported = Said.objects.get(
        judgment=talk.say(saying.report, answer=answer, reason="harmful", words="It could hurt me.")
    )
    triaging.step(said=reported, state="confirmed", note="", by=lead)

    def kinds(**asked: str) -> list[str]:
        return [one.kind for one in Filters.of(asked).narrow(inbox.flags_in(programme))]

    assert kinds() == ["thumb", "felt_off"]
    assert kinds(state="all") == ["report", "thumb", "felt_off"]
    assert kinds(state="confirmed") == ["report"]
    assert kinds(kind="felt_off") == ["felt_off"]
    assert kinds(bundle="v41") == []
    assert kinds(bundle="v42", state="nonsense", kind="nonsense") == ["thumb", "felt_off"]


def test_a_spot_check_is_a_flag_if_it_saw_something(talk: Talk, programme: Programme, make_user: Any) -> None:
    [answer] = _answers(talk)
    for n, seen in enumerate(("no", "yes")):
        judgment, _new = record(
            project=programme.project,
            actor=talk.actor.pk,
            source=Judgment.Source.SPOT_CHECK,
            rubric_version=version(programme.project).pk,
            utterance=Utterance(f"check-{n}", (One("sees_cold", n),), Subject(turn=answer.turn_id)),
        )
        Said.objects.create(
            judgment=judgment, project=programme.project, conversation=talk.conversation, answer=answer, kind="check"
        )
        check = SpotCheck.objects.create(
            project=programme.project,
            programme=programme,
            bundle=talk.voices[0].bundle,
            expert=make_user(f"expert{n}"),
            axes=["cold"],
            state="done",
            judgment=judgment,
            done_at=talk.messages[0].at,
        )
        AxisAnswer.objects.create(
            project=programme.project, check_of=check, axis="cold", seen=seen, severity=2 * n, confidence=2
        )
    [found] = inbox.flags_in(programme)
    assert found.judgment.submission_key == "check-1"
