"""Answers that are stored and ended at one moment, and checks that are written twice."""

from typing import Any

import pytest
from django.db import connection, transaction

from alpha import checking, talking
from alpha.generating import ending
from alpha.generating.ending import Written
from alpha.models import Answer, AxisAnswer, Conversation, SpotCheck
from core.ledger import seals
from core.ledger.models import Judgment
from tests.alpha import tried
from tests.alpha_chat.planting import programme, said, taking_part
from tests.side_by_side import aside, at_once, until_somebody_waits_for_us

pytestmark = pytest.mark.django_db(transaction=True)


def test_answers_are_stored_in_the_order_in_which_they_are_ended(project: Any, make_user: Any) -> None:
    made = programme(project)
    chat = talking.begin(member=taking_part(made, make_user("vera")), programme=made, mode="side_by_side")
    works = sorted(ending.claim(said(chat, answered=False).pk), key=lambda work: work.answer, reverse=True)
    # The one that was written to last comes after the other in the table.
    Answer.objects.filter(pk=works[-1].answer).update(seq=0)
    so_far = [Written(work.answer, work.owner, "So far", 1, 1) for work in works]

    def store() -> Any:
        with transaction.atomic(), connection.cursor() as cursor:
            # By the order of the table, as the server may well choose to.
            for way in ("mergejoin", "hashjoin", "indexscan", "bitmapscan"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
            return ending.persist(so_far)

    with transaction.atomic():
        first, second = ending.unfinished_of(chat)
        ending.stop(first, seen=0)
        storing = aside(store)
        until_somebody_waits_for_us()
        # Whoever stores waits for the first one, and does not hold the second meanwhile.
        assert Answer.objects.select_for_update(nowait=True, no_key=True, of=("self",)).filter(pk=second).get()
        ending.stop(second, seen=0)
    assert storing.result(10) == {first: True, second: True}


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
