"""Each check of what was said in chats sees the row that breaks it."""

from typing import Any

import pytest

from alpha import promoting, saying, talking, verifying_said
from alpha.models import Answer, Conversation, Message, Programme, Promotion, Said
from core.accounts.access import member_of
from core.catalog.models import Bundle
from core.tables.ids import uuid7
from core.tables.verification import checks
from tests.alpha_chat import planting
from tests.corrupting import messages_after


@pytest.fixture
def spoken(chat_of: Any) -> Any:
    """A chat of two voices, the candidate on the left, in which everything was said of it."""
    chat = chat_of("v42", "v41")
    answers = chat.turn()
    speak(answers[0], chat.conversation, chat.messages[0])
    return chat


def speak(answer: Answer, conversation: Conversation, message: Message | None) -> None:
    """Say everything that can be said of an answer and its chat, and which is better if there are two."""
    actor = conversation.actor
    say: dict[str, Any] = {"answer": answer, "actor": actor}
    saying.thumb(**say, value=1, submission_key=uuid7())
    saying.thumb(**say, value=0, submission_key=uuid7())
    saying.thumb(**say, value=-1, reason="wrong", submission_key=uuid7())
    saying.labels(**say, chips={"sycophantic.flattery": True, "cold": "no"}, submission_key=uuid7())
    saying.felt_off(**say, note="hm", submission_key=uuid7())
    saying.report(**say, reason="other", words="", submission_key=uuid7())
    if message is not None:
        saying.choose(message=message, actor=actor, shown=1, submission_key=uuid7())
    saying.form(conversation=conversation, actor=actor, answers={}, words="only words", submission_key=uuid7())


@pytest.mark.parametrize("mode", ["single", "side_by_side"])
def test_a_chat_that_was_held_and_spoken_of_is_clean(project: Any, make_member: Any, mode: str) -> None:
    vera = planting.taking_part(planting.programme(project), make_member("volunteer"))
    programme = Programme.objects.get()
    conversation = talking.begin(member=vera, programme=programme, mode=mode)
    message = planting.said(conversation)
    answer = Answer.objects.filter(message=message).latest("pk")
    speak(answer, conversation, message if mode == "side_by_side" else None)
    lead = member_of(make_member("ml_lead"), project.slug)
    rival = planting.bundle(project, "rival")
    promotion = promoting.promote(member=lead, answer=answer, rival=rival)
    words = [one["content"] for one in promotion.prompt]
    promoting.approve(member=lead, promotion=promotion, prompt=words, text=promotion.text or "")
    assert promoting.settle(promotion.pk, fence=lambda: None) == "queued"
    assert Said.objects.count() == (8 if mode == "side_by_side" else 7)
    assert [finding for run in checks().values() for finding in run()] == []


def of(kind: str) -> str:
    """The judgment that stands, of this kind."""
    return f"(SELECT judgment_id FROM alpha_said WHERE kind = '{kind}' ORDER BY judgment_id DESC LIMIT 1)"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            f"DELETE FROM alpha_said WHERE judgment_id = {of('report')}",
            "its source is alpha, and in a chat it is nothing",
        ),
        (f"UPDATE ledger_judgment SET source = 'rating' WHERE id = {of('report')}", "none, and in a chat it is report"),
        ("UPDATE alpha_conversation SET purpose = 'check', volunteer_id = NULL", "its source is alpha"),
        (f"UPDATE alpha_said SET kind = 'check' WHERE judgment_id = {of('report')}", "in a chat it is check"),
    ],
)
def test_what_is_said_on_one_side_only_is_named(spoken: Any, statement: str, said: str) -> None:
    found = messages_after(statement, verifying_said.JUDGED)
    assert found
    assert said in found[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("turn_id = (SELECT a.turn_id FROM alpha_answer a JOIN ledger_turn t ON t.id = a.turn_id "
         "WHERE t.arm_key LIKE '%/baseline')", "turn is not that"),
        ("actor_id = gen_random_uuid()", "actor is not whose"),
        ("memory = 'on'", "memory is not"),
        ("simulated = true", "mark of a simulation"),
        ("arm_key = 'alpha:other/candidate'", "another programme"),
        ("solicited = true", "being asked for"),
    ],
)  # fmt: skip
def test_what_is_said_out_of_place_is_named(spoken: Any, change: str, said: str) -> None:
    found = messages_after(f"UPDATE ledger_judgment SET {change} WHERE id = {of('thumb')}", verifying_said.IN_PLACE)
    assert len(found) == 1
    assert said in found[0]


def test_what_is_said_in_another_chat_is_named(spoken: Any, chat_of: Any) -> None:
    other = chat_of("v42", name="otto").conversation.pk
    statement = f"UPDATE alpha_said SET conversation_id = '{other}' WHERE judgment_id = {of('report')}"
    assert "answer is in another chat" in messages_after(statement, verifying_said.IN_PLACE)[0]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            f"UPDATE ledger_signal SET question = 'cold' WHERE judgment_id = {of('felt_off')}",
            "the felt_off has answers",
        ),
        (f"DELETE FROM ledger_signal WHERE judgment_id = {of('choice')}", "the choice counts"),
        (f"DELETE FROM ledger_signal WHERE judgment_id = {of('labels')}", "the labels counts"),
    ],
)
def test_what_answers_another_question_is_named(spoken: Any, statement: str, said: str) -> None:
    assert [said in one for one in messages_after(statement, verifying_said.OF_ITS_KIND)] == [True]


def test_what_takes_back_and_counts_is_named(spoken: Any) -> None:
    answer = Said.objects.filter(kind="thumb").latest("judgment").answer
    back = saying.thumb(answer=answer, actor=spoken.actor, value=0, submission_key=uuid7())
    assert back is not None
    statement = f"DELETE FROM ledger_ruling WHERE judgment_id = '{back.pk}'"
    assert messages_after(statement, verifying_said.OF_ITS_KIND) == ["the thumb counts"]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM alpha_choice", "no two answers"),
        (f"UPDATE alpha_said SET kind = 'report' WHERE judgment_id = {of('choice')}", "is of no choice"),
        ("UPDATE alpha_choice SET first_id = second_id", "not asked for together"),
        (
            "UPDATE alpha_answer SET attempt = 2 WHERE id = (SELECT first_id FROM alpha_choice)",
            "not asked for together",
        ),
        (
            "UPDATE alpha_answer SET state = 'failed' WHERE id = (SELECT first_id FROM alpha_choice)",
            "a pair that broke",
        ),
        ("UPDATE alpha_choice SET flipped = NOT flipped", "how they stood"),
        ("UPDATE alpha_choice SET first_id = second_id, second_id = first_id", "not filed under the second"),
        ("UPDATE alpha_trial SET ordinal = 5 - ordinal", "another order than the trials"),
    ],
)
def test_a_choice_that_is_none_is_named(spoken: Any, statement: str, said: str) -> None:
    found = messages_after(statement, verifying_said.CHOSEN)
    assert found
    assert said in found[0]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"state": "queued"}, "it is queued and has no comparison"),
        ({"state": "dropped", "text": "mine"}, "still has words"),
        ({"state": "dropped", "findings": [{"kind": "email"}]}, "still has words or findings"),
        ({"state": "review"}, "no words to look at"),
    ],
)
def test_a_promotion_that_kept_or_lost_something_is_named(spoken: Any, state: dict[str, Any], said: str) -> None:
    answer = Said.objects.filter(kind="thumb").latest("judgment").answer
    rival = Bundle.objects.get(name="v41")
    Promotion.objects.create(project=answer.project, answer=answer, rival=rival, **state)
    (found,) = list(checks()[verifying_said.PROMOTED]())
    assert said in found.message
