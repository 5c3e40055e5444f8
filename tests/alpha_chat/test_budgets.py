"""Budgets under many hands."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from alpha import budgets, talking
from alpha.budgets import OverBudget, Which
from alpha.models import Answer, Budget, Conversation, Message, Reservation
from tests.alpha_chat.planting import programme, taking_part
from tests.side_by_side import at_once


def answers_of(conversation: Conversation, count: int) -> Iterator[Answer]:
    """Answers for which nothing was set aside."""
    from uuid import uuid4

    voice = talking.chats.voices_of(conversation)[0]
    message = Message.objects.create(
        project=conversation.project, conversation=conversation, n=1, body="Hi", submission_key=uuid4()
    )
    for n in range(count):
        yield Answer.objects.create(project=conversation.project, message=message, voice=voice, attempt=n + 1)


def begun(project: Any, user: Any, **settings: Any) -> Conversation:
    made = programme(project, **settings)
    return talking.begin(member=taking_part(made, user), programme=made, mode="single")


@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_at_once_as_many_pass_as_there_is_budget_for(project: Any, make_user: Any) -> None:
    conversation = begun(project, make_user("vera"), tokens_a_person_a_day=10)
    waiting, room = list(answers_of(conversation, 200)), threading.Semaphore(20)

    def reserve(answer: Answer) -> Any:
        with room, transaction.atomic():
            budgets.reserve(answer=answer, conversation=conversation, tokens=1)
            connection.on_commit(lambda: None)
        connection.close()
        return "passed"

    results = at_once(*(lambda answer=answer: reserve(answer) for answer in waiting))
    assert results.count("passed") == 10
    assert sum(isinstance(result, OverBudget) for result in results) == 190
    assert {row.held for row in Budget.objects.all()} == {10}


@pytest.mark.parametrize(
    ("setting", "which"),
    [("tokens", Which.PROGRAMME), ("tokens_a_day", Which.DAY), ("tokens_a_person_a_day", Which.PERSON)],
)
def test_each_budget_has_its_cap(project: Any, make_user: Any, setting: str, which: Which) -> None:
    conversation = begun(project, make_user("vera"), **{setting: 10})
    first, second, third = answers_of(conversation, 3)
    budgets.reserve(answer=first, conversation=conversation, tokens=6)
    with pytest.raises(OverBudget) as refused, transaction.atomic():
        budgets.reserve(answer=second, conversation=conversation, tokens=5)
    assert refused.value.which == which
    budgets.reserve(answer=third, conversation=conversation, tokens=4)


def test_what_was_set_aside_is_settled_once(project: Any, make_user: Any) -> None:
    conversation = begun(project, make_user("vera"))
    (answer,) = answers_of(conversation, 1)
    budgets.reserve(answer=answer, conversation=conversation, tokens=50)
    assert budgets.settle(answer=answer.pk, used=7)
    assert not budgets.settle(answer=answer.pk, used=7)
    assert {(row.held, row.used) for row in Budget.objects.all()} == {(0, 7)}


def test_the_next_day_has_its_own_budget(project: Any, make_user: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = begun(project, make_user("vera"), tokens_a_day=10)
    first, second = answers_of(conversation, 2)
    budgets.reserve(answer=first, conversation=conversation, tokens=10)
    tomorrow = budgets.today() + timedelta(days=1)
    monkeypatch.setattr(budgets, "today", lambda: tomorrow)
    budgets.reserve(answer=second, conversation=conversation, tokens=10)
    # What was begun yesterday is settled where it was set aside.
    budgets.settle(answer=first.pk, used=3)
    assert {(row.day, row.used) for row in Budget.objects.filter(actor=None)} == {
        (None, 3),
        (Reservation.objects.get(answer=first).day, 3),
        (tomorrow, 0),
    }
