"""Answers whose process died, that were taken away, or that two want to write."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import F
from django.utils import timezone

from alpha import talking, verification
from alpha.generating import ending
from alpha.generating.ending import Spending, Written
from alpha.generating.writing import write_here
from alpha.models import Answer, Budget, Conversation, Message, Programme, Reservation, Voice
from alpha.selectors import chats
from core.ledger.models import Turn
from tests.alpha_chat.planting import programme, said, taking_part


@pytest.fixture
def conversation(project: Any, make_user: Any) -> Conversation:
    made = programme(project)
    return talking.begin(member=taking_part(made, make_user("vera")), programme=made, mode="single")


@pytest.fixture
def work(conversation: Conversation) -> ending.Work:
    """An answer that a process holds."""
    (taken,) = ending.claim(said(conversation, answered=False).pk)
    return taken


def written(work: ending.Work, text: str = "Half of", **changed: Any) -> Written:
    given = {"answer": work.answer, "owner": work.owner, "text": text, "seq": 2, "model_ms": 40, **changed}
    return Written(**given)


def quiet_for(work: ending.Work, seconds: float) -> None:
    Answer.objects.filter(pk=work.answer).update(beat_at=timezone.now() - timedelta(seconds=seconds))


def findings() -> list[str]:
    checks = (verification.budgets_are_sums, verification.answers_have_turns, verification.answers_are_held)
    return [finding.message for check in checks for finding in check()]


def test_an_answer_is_claimed_once(work: ending.Work) -> None:
    message = Answer.objects.get(pk=work.answer).message_id
    assert ending.claim(message) == []
    assert write_here(message) == 0


def test_what_has_come_is_stored_for_whoever_holds_it(work: ending.Work) -> None:
    assert ending.persist([written(work)]) == {work.answer: False}
    assert Answer.objects.get(pk=work.answer).text == "Half of"
    assert ending.persist([written(work, owner=uuid4(), text="Another's")]) == {}
    assert Answer.objects.get(pk=work.answer).text == "Half of"


def test_a_lost_answer_is_interrupted_its_words_kept_and_nothing_charged(work: ending.Work) -> None:
    ending.persist([written(work)])
    quiet_for(work, 9)
    assert ending.interrupt_lost() == 0
    quiet_for(work, 11)
    assert ending.interrupt_lost() == 1
    answer = Answer.objects.get(pk=work.answer)
    assert (answer.state, answer.text, answer.owner, answer.turn_id) == ("interrupted", "Half of", None, None)
    assert Reservation.objects.get().used == 0
    assert sum(row.held + row.used for row in Budget.objects.all()) == 0
    assert chats.fault_of(answer.state, answer.fault)
    assert findings() == []


def test_a_process_that_comes_back_too_late_writes_nothing(work: ending.Work) -> None:
    quiet_for(work, 11)
    ending.interrupt_lost()
    assert ending.persist([written(work, "Late")]) == {}
    assert not ending.finish(written(work, "Late"), state="done", spent=Spending(3, 4))
    assert Answer.objects.get(pk=work.answer).text == ""
    assert not Turn.objects.exists()


def test_one_that_nobody_began_is_given_up_in_the_end(conversation: Conversation) -> None:
    message = said(conversation, answered=False)
    assert ending.interrupt_lost() == 0
    Answer.objects.update(asked_at=timezone.now() - timedelta(minutes=3))
    assert ending.interrupt_lost() == 1
    assert write_here(message.pk) == 0


def test_an_answer_ends_once(work: ending.Work) -> None:
    assert ending.finish(written(work), state="done", spent=Spending(3, 4))
    assert not ending.finish(written(work), state="done", spent=Spending(3, 4))
    assert (Turn.objects.count(), Reservation.objects.get().used) == (1, 7)
    assert findings() == []


def test_stopped_without_a_word_it_is_no_turn(work: ending.Work) -> None:
    ending.finish(written(work, "", model_ms=None), state="stopped", upto=0)
    assert not Turn.objects.exists()
    assert findings() == []


def test_what_is_erased_while_it_is_written_stays_erased(work: ending.Work, conversation: Conversation) -> None:
    ending.interrupt(conversation)
    Answer.objects.update(text=None)
    assert ending.persist([written(work)]) == {}
    assert not ending.finish(written(work), state="done")
    assert Answer.objects.get().text is None
    assert findings() == []


@pytest.mark.parametrize(
    ("corrupt", "said_of_it"),
    [
        (lambda: Budget.objects.filter(actor__isnull=False).update(used=F("used") + 1), "used; its answers took"),
        (lambda: Reservation.objects.update(used=None), "is not settled"),
        (lambda: Answer.objects.update(turn=None), "it is done and has no turn"),
        (lambda: Answer.objects.update(state="failed"), "it is failed and has a turn"),
        (lambda: Conversation.objects.update(memory="on"), "the turn of another bundle, conversation or memory"),
        (
            lambda: Answer.objects.update(
                state="streaming", ended_at=None, turn=None, beat_at=F("asked_at") - timedelta(hours=1)
            ),
            "nobody has written it for minutes",
        ),
    ],
)
def test_verify_names_what_is_wrong(conversation: Conversation, corrupt: Any, said_of_it: str) -> None:
    Conversation.objects.update(memory="off")
    said(conversation)
    assert findings() == []
    corrupt()
    assert any(said_of_it in message for message in findings())


def test_a_message_is_never_without_its_answers(conversation: Conversation) -> None:
    said(conversation)
    assert Message.objects.count() == Answer.objects.count() == 1


def test_neither_side_is_said_to_be_over_before_the_other() -> None:
    equal = {"text": "The same.", "model_ms": 0, "asked_at": timezone.now() - timedelta(hours=1)}
    quick = Answer(state="done", ended_at=timezone.now(), voice=Voice(place=0), **equal)
    slow = Answer(state="streaming", voice=Voice(place=1), **equal)
    chat = Conversation(mode="side_by_side", programme=Programme(pace=1000))
    seen = chats.shown(chat, [quick, slow], timezone.now())
    assert [(one.state, one.text) for one in seen] == [("streaming", "The same.")] * 2


def test_an_answer_that_another_holds_by_now_is_not_ended(work: ending.Work) -> None:
    Answer.objects.filter(pk=work.answer).update(owner=uuid4())
    assert not ending.finish(written(work), state="done", spent=Spending(3, 4))
    answer = Answer.objects.get(pk=work.answer)
    assert (answer.state, answer.text, answer.turn_id) == ("streaming", "", None)
    assert Reservation.objects.get().used is None


def test_who_stops_pays_for_what_was_written_and_not_for_what_they_saw(work: ending.Work) -> None:
    assert ending.finish(written(work, "word " * 400), state="stopped", upto=0)
    answer = Answer.objects.get(pk=work.answer)
    assert (answer.text, answer.tokens_out) == ("", 500)
    assert (Reservation.objects.get().used or 0) > 500
    assert findings() == []
