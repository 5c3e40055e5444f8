"""A turn goes to raters scrubbed, looked at, with a rival, once; what is not agreed to or was deleted never does."""

import json
from typing import Any

import pytest

from alpha import erasing, promoting, saying, verifying_said
from alpha.models import Answer, Conversation, Message, Promotion
from alpha.selectors import promotions
from annotate.campaigns import create_campaign
from annotate.models import Task
from annotate.requests import take_requests
from core.accounts.access import member_of
from core.catalog.adding import NewComparison, add_comparisons
from core.catalog.models import Bundle, Comparison, Content
from core.catalog.parts import NewPrompt, NewResponse
from core.jobs.models import Job
from core.jobs.running import run
from core.ledger.models import LabelRequest
from core.tables.ids import uuid7
from core.tables.verification import checks
from tests.saying import chats

SAYS = "It is about 4.5 billion years old."


@pytest.fixture
def rival(project: Any) -> Bundle:
    """A bundle that can be asked, and always says the same."""
    return chats.speaking(project, {"when": "", "say": SAYS, "first_ms": 0})


@pytest.fixture
def lead(make_member: Any, project: Any) -> Any:
    return member_of(make_member("ml_lead"), project.slug)


@pytest.fixture
def chat(chat_of: Any) -> Any:
    """A volunteer's chat with the candidate, who agreed to the text."""
    return chats.agreed(chat_of("v42", domain="science"))


def approved(lead: Any, answer: Answer, rival: Bundle) -> Promotion:
    promotion = promoting.promote(member=lead, answer=answer, rival=rival)
    return promoting.approve(
        member=lead, promotion=promotion, prompt=[one["content"] for one in promotion.prompt], text=promotion.text
    )


def done(promotion: Promotion) -> Promotion:
    assert run(Job.objects.get(kind=promoting.JOB, args__promotion=str(promotion.pk), state="queued").pk)
    promotion.refresh_from_db()
    return promotion


def test_a_turn_becomes_a_comparison_that_raters_are_asked_about(chat: Any, lead: Any, rival: Bundle) -> None:
    chat.turn(body="How old is the Earth?")
    (answer,) = chat.turn(body="Are you sure?")
    promotion = done(approved(lead, answer, rival))
    assert (promotion.state, promotion.prompt, promotion.text, promotion.findings) == ("queued", None, None, [])
    pair = Comparison.objects.select_related("prompt__content", "first__bundle", "second__bundle").get()
    assert promotion.comparison == pair
    assert [one["content"] for one in json.loads(pair.prompt.content.body or "")] == [
        "How old is the Earth?",
        "v42 says no.",
        "Are you sure?",
    ]
    assert (pair.first.bundle.name, pair.second.bundle.name) == ("v42", "v43")
    assert (pair.first.content.body, pair.second.content.body) == ("v42 says no.", SAYS)
    assert pair.prompt.domain == ["science"]
    request = LabelRequest.objects.get()
    assert (request.purpose, request.comparison, request.state) == ("alpha:warmth", pair, "open")
    assert list(checks()[verifying_said.PROMOTED]()) == []


def test_a_campaign_that_subscribes_makes_a_task_of_it(chat: Any, lead: Any, rival: Bundle, project: Any) -> None:
    (answer,) = chat.turn()
    promotion = done(approved(lead, answer, rival))
    campaign = create_campaign(project=project, name="pairs", who=None, state="open", purposes=["alpha:warmth"])
    assert take_requests(campaign) == 1
    assert Task.objects.get(campaign=campaign).comparison_id == promotion.comparison_id


def test_what_tells_who_somebody_is_goes_before_anybody_looks(chat: Any, lead: Any, rival: Bundle) -> None:
    (answer,) = chat.turn(body="My name is Ann, write to ann@example.org: is the Earth 6,000 years old?")
    Answer.objects.filter(pk=answer.pk).update(text="No, Ann.")
    answer.refresh_from_db()
    promotion = promoting.promote(member=lead, answer=answer, rival=rival)
    assert promotion.state == "review"
    assert promotion.prompt[0]["content"] == "My name is [name], write to [email]: is the Earth 6,000 years old?"
    assert promotion.text == "No, [name]."
    assert [one["kind"] for one in promotion.findings] == ["name", "email", "name"]
    assert not Job.objects.filter(kind=promoting.JOB).exists()
    kept = done(
        promoting.approve(member=lead, promotion=promotion, prompt=["How old is the Earth?"], text="It is old.")
    )
    assert kept.state == "queued"
    bodies = " ".join(Content.objects.values_list("body", flat=True))
    assert "Ann" not in bodies
    assert "It is old." in bodies


def test_promoting_twice_is_once(chat: Any, lead: Any, rival: Bundle) -> None:
    (answer,) = chat.turn()
    first = promoting.promote(member=lead, answer=answer, rival=rival)
    assert promoting.promote(member=lead, answer=answer, rival=rival) == first
    promotion = done(approved(lead, answer, rival))
    with pytest.raises(promoting.Refused):
        promoting.approve(member=lead, promotion=promotion, prompt=["x"], text="y")
    with pytest.raises(promoting.Refused):
        promoting.drop(member=lead, promotion=promotion)
    assert promoting.settle(promotion.pk, fence=lambda: None) == "queued"
    assert Comparison.objects.count() == LabelRequest.objects.count() == 1


def test_a_rival_that_says_the_same_makes_no_work(chat: Any, lead: Any, project: Any) -> None:
    same = chats.speaking(project, {"when": "", "say": "v42 says no.", "first_ms": 0})
    (answer,) = chat.turn()
    promotion = done(approved(lead, answer, same))
    assert (promotion.state, promotion.why) == ("dropped", promoting.SAME)
    assert not Comparison.objects.exists()


def test_a_pair_that_the_catalog_has_makes_no_work(chat: Any, lead: Any, rival: Bundle, project: Any) -> None:
    prompt = NewPrompt((("user", "Is the earth 6,000 years old?"),), domain=("science",))
    row = NewComparison(prompt, NewResponse("v43", SAYS), NewResponse("v42", "v42 says no."))
    add_comparisons(project=project, rows=[row], source="import")
    (answer,) = chat.turn()
    promotion = done(approved(lead, answer, rival))
    assert (promotion.state, promotion.why, promotion.comparison) == ("dropped", promoting.KNOWN, None)
    assert not LabelRequest.objects.exists()


def test_a_rival_that_breaks_can_be_asked_again(chat: Any, lead: Any, project: Any) -> None:
    broken = chats.speaking(project, {"when": "", "say": "It", "fault": "server", "after": 0})
    (answer,) = chat.turn()
    promotion = done(approved(lead, answer, broken))
    assert promotion.state == "failed"
    assert promoting.why(promotion).startswith("No answer could be had.")
    assert promotion.text == "v42 says no."
    chats.speaking(project, {"when": "", "say": SAYS})
    assert done(approved(lead, answer, broken)).state == "queued"


def test_what_is_dropped_keeps_no_words(chat: Any, lead: Any, rival: Bundle) -> None:
    (answer,) = chat.turn(body="My name is Ann")
    promotion = promoting.promote(member=lead, answer=answer, rival=rival)
    dropped = promoting.drop(member=lead, promotion=promotion)
    assert (dropped.state, dropped.prompt, dropped.text, dropped.findings) == ("dropped", None, None, [])
    assert promoting.drop(member=lead, promotion=promotion).state == "dropped"
    with pytest.raises(promoting.Refused):
        promoting.approve(member=lead, promotion=promotion, prompt=["x"], text="y")


def test_nothing_of_somebody_who_had_their_data_deleted_goes_to_raters(chat: Any, lead: Any, rival: Bundle) -> None:
    (answer,), (late,) = chat.turn(), chat.turn(body="And the moon?")
    promotion = approved(lead, answer, rival)
    erasing.erase_words(chat.conversation.volunteer)
    late.refresh_from_db()
    with pytest.raises(promoting.Refused):
        promoting.promote(member=lead, answer=late, rival=rival)
    assert promoting.settle(promotion.pk, fence=lambda: None) == "dropped"
    assert not Comparison.objects.exists()
    assert list(checks()[verifying_said.PROMOTED]()) == []


def test_an_erasure_while_the_rival_speaks_is_not_lost(
    chat: Any, lead: Any, rival: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    (answer,) = chat.turn()
    promotion = approved(lead, answer, rival)
    ask = promoting.asking.answer

    def erase_meanwhile(*asked: Any) -> Any:
        said = ask(*asked)
        Conversation.objects.update(erased_at=said and chat.messages[0].at)
        return said

    monkeypatch.setattr(promoting.asking, "answer", erase_meanwhile)
    promotion = done(promotion)
    assert (promotion.state, promotion.why, promotion.text) == ("dropped", promoting.ERASED, None)
    assert not Comparison.objects.exists()


def a_check(_chat: Any, _answer: Answer) -> None:
    Conversation.objects.update(purpose="check", volunteer=None)


def unfinished(_chat: Any, answer: Answer) -> None:
    Answer.objects.filter(pk=answer.pk).update(state="stopped")


def forgotten(_chat: Any, answer: Answer) -> None:
    Message.objects.filter(pk=answer.message_id).update(body=None)


@pytest.mark.parametrize("spoil", [a_check, unfinished, forgotten])
def test_what_may_not_be_shown_is_refused(chat: Any, lead: Any, rival: Bundle, spoil: Any) -> None:
    (answer,) = chat.turn()
    spoil(chat, answer)
    fresh = promotions.answer_for(lead, chat.conversation.programme, answer.pk)
    with pytest.raises(promoting.Refused):
        promoting.promote(member=lead, answer=fresh, rival=rival)


def test_who_never_agreed_is_never_promoted(chat_of: Any, lead: Any, rival: Bundle) -> None:
    chat = chat_of("v42")
    (answer,) = chat.turn()
    saying.thumb(answer=answer, actor=chat.actor, value=1, submission_key=uuid7())
    assert promotions.candidates_of(lead, chat.conversation.programme) == []
    with pytest.raises(promoting.Refused, match="agreed"):
        promoting.promote(member=lead, answer=answer, rival=rival)


def test_a_rival_must_be_another_bundle_that_can_be_asked(chat: Any, lead: Any) -> None:
    (answer,) = chat.turn()
    with pytest.raises(promoting.Refused, match="wrote this answer"):
        promoting.promote(member=lead, answer=answer, rival=answer.voice.bundle)
    with pytest.raises(promoting.Refused, match="by its name only"):
        promoting.promote(member=lead, answer=answer, rival=Bundle.objects.get(name="v41"))


def test_an_answer_with_memory_has_no_fair_rival(chat: Any, chat_of: Any, lead: Any, rival: Bundle) -> None:
    chat.turn(body="I like the sea")
    Bundle.objects.filter(name="v42").update(spec={"endpoint": "script", "model": "m", "memory": {"most": 3}})
    conversation = chat.conversation
    later = type(chat)(
        Conversation.objects.create(
            project=conversation.project,
            programme=conversation.programme,
            volunteer=conversation.volunteer,
            actor=chat.actor,
            mode="single",
            memory="on",
            memory_items=1,
        ),
        chat.actor,
        [],
        chat.parts,
    )
    voice = chat.voices[0]
    voice.pk, voice.conversation, voice.bundle = uuid7(), later.conversation, Bundle.objects.get(name="v42")
    voice.save(force_insert=True)
    later.voices.append(voice)
    (answer,) = later.turn()
    saying.thumb(answer=answer, actor=chat.actor, value=1, submission_key=uuid7())
    with pytest.raises(promoting.Refused, match="memory"):
        promoting.promote(member=lead, answer=answer, rival=rival)
    # What cannot be promoted is not offered; without a memory policy the same answer can be.
    assert promotions.candidates_of(lead, conversation.programme) == []
    Bundle.objects.filter(name="v42").update(spec={"endpoint": "script", "model": "m"})
    assert [one.answer for one in promotions.candidates_of(lead, conversation.programme)] == [answer]


def test_turns_of_which_something_was_said_are_offered_until_they_are_promoted(
    chat: Any, lead: Any, rival: Bundle
) -> None:
    programme = chat.conversation.programme
    (answer,), _quiet = chat.turn(), chat.turn()
    saying.felt_off(answer=answer, actor=chat.actor, note="hm", submission_key=uuid7())
    (offered,) = promotions.candidates_of(lead, programme)
    assert (offered.answer, offered.said) == (answer, ["felt off"])
    promoting.promote(member=lead, answer=answer, rival=rival)
    assert promotions.candidates_of(lead, programme) == []
    assert [one.answer for one in promotions.promotions_of(lead, programme)] == [answer]
