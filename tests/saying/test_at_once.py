"""Said twice at the same moment is said once; and what is said while words are erased leaves none behind."""

from typing import Any

import pytest
from django.db import transaction

from alpha import erasing, saying
from alpha.models import Said
from core.ledger.models import CountedJudgment, Judgment, Words
from core.tables.ids import uuid7
from tests.side_by_side import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_forty_equal_submits_are_one_thumb(chat_of: Any) -> None:
    chat, once = chat_of("v42"), uuid7()
    (answer,) = chat.turn()
    say = lambda: saying.thumb(answer=answer, actor=chat.actor, value=1, submission_key=once)  # noqa: E731
    results = at_once(*[say] * 40)
    (judgment,) = Judgment.objects.all()
    assert set(results) == {judgment}
    assert Said.objects.count() == 1


def test_of_many_thumbs_at_once_one_stands_and_the_history_is_a_line(chat_of: Any) -> None:
    chat = chat_of("v42")
    (answer,) = chat.turn()

    def say(value: int) -> Any:
        return lambda: saying.thumb(answer=answer, actor=chat.actor, value=value, submission_key=uuid7())

    results = at_once(*[say(value) for value in (1, -1) * 8])
    assert all(isinstance(one, Judgment) for one in results)
    assert CountedJudgment.objects.count() == 1
    assert Judgment.objects.filter(supersedes=None).count() == 1
    assert Judgment.objects.count() == 16


def test_equal_choices_at_once_are_one(chat_of: Any) -> None:
    chat, once = chat_of("v41", "v42"), uuid7()
    chat.turn()
    say = lambda: saying.choose(message=chat.messages[0], actor=chat.actor, shown=2, submission_key=once)  # noqa: E731
    results = at_once(*[say] * 12)
    assert set(results) == set(Judgment.objects.all())
    assert CountedJudgment.objects.count() == 1


def test_no_note_outlives_an_erasure_beside_it(chat_of: Any) -> None:
    chat = chat_of("v42")
    answers = [chat.turn()[0] for _ in range(12)]

    def note(answer: Any) -> Any:
        return lambda: saying.felt_off(answer=answer, actor=chat.actor, note="mine", submission_key=uuid7())

    def erase() -> None:
        with transaction.atomic():
            erasing.erase_words(chat.conversation.volunteer)

    results = at_once(*map(note, answers[:6]), erase, *map(note, answers[6:]))
    faults = [one for one in results if isinstance(one, Exception)]
    assert all(isinstance(one, saying.NotYours) for one in faults)
    assert Words.objects.count() == 0
