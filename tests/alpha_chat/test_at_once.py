"""Answers that are stored and ended at one moment, and checks that are written twice."""

import threading
import time
from typing import Any

import pytest
from django.db import transaction

from alpha import checking, talking
from alpha.generating import ending
from alpha.generating.ending import Written
from alpha.models import Answer, AxisAnswer, Conversation, SpotCheck
from core.ledger import seals
from core.ledger.models import Judgment
from tests.alpha import tried
from tests.alpha_chat.planting import programme, said, taking_part
from tests.side_by_side import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_storing_answers_and_ending_their_chat_never_wait_for_each_other(project: Any, make_user: Any) -> None:
    made = programme(project)
    chat = talking.begin(member=taking_part(made, make_user("vera")), programme=made, mode="side_by_side")
    works = sorted(ending.claim(said(chat, answered=False).pk), key=lambda work: work.answer, reverse=True)
    # The one that was written to last comes after the other in the table.
    Answer.objects.filter(pk=works[-1].answer).update(seq=0)
    held = threading.Event()

    def end() -> None:
        with transaction.atomic():
            first, second = ending.unfinished_of(chat)
            ending.stop(first, seen=0)
            held.set()
            time.sleep(0.5)
            ending.stop(second, seen=0)

    def store() -> None:
        assert held.wait(10)
        ending.persist([Written(work.answer, work.owner, "So far", 1, 1) for work in works])

    assert at_once(end, store) == [None, None]
    assert set(Answer.objects.values_list("text", "stop_asked")) == {("So far", True)}


def test_a_check_that_is_written_twice_at_once_is_written_once(project: Any, make_member: Any) -> None:
    expert = make_member("expert", "ed")
    check = tried.tried(tried.programme(project), expert)
    results = at_once(*[lambda: checking.complete(check=check, said=tried.answers())] * 4)
    assert sorted(type(one).__name__ for one in results) == ["Judgment", "Over", "Over", "Over"]
    assert Judgment.objects.count() == 1
    assert AxisAnswer.objects.filter(check_of=check).count() == len(tried.AXES)
    assert SpotCheck.objects.get().state == SpotCheck.State.DONE
    assert Conversation.objects.get().ended_at is not None
    assert not seals.owed(expert, project).exists()
