"""Turns of conversations, many at a time, and what is said of them."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.catalog.answers import add_answers
from core.catalog.parts import NewPrompt, NewResponse
from core.ledger.actors import gold_actor
from core.ledger.bulk import Spoken, record_many
from core.ledger.models import CountedJudgment, Signal, Turn
from core.ledger.recording import Said, Subject, Utterance
from core.ledger.rubrics import default_version
from core.ledger.turns import NewTurn, add_turns


def test_turns_are_written_as_given_and_in_order(project: Any) -> None:
    [response] = add_answers(project=project, rows=[(NewPrompt((("user", "is it?"),)), NewResponse("v1", "yes"))])
    whole = NewTurn("c", 1, response, None, "candidate", "on", {"segment": "teen", "locale": "de"}, 0.25)
    ids = add_turns(project=project, turns=[whole, NewTurn("c", 2)])
    first, second = (Turn.objects.get(pk=pk) for pk in ids)
    assert (first.conversation, first.n, first.response_id, first.arm_key, first.memory) == (
        *("c", 1, response),
        *("candidate", "on"),
    )
    assert (first.segment, first.label_probability) == ({"segment": "teen", "locale": "de"}, 0.25)
    assert (second.n, second.response_id, second.memory, second.segment, second.label_probability) == (
        *(2, None),
        *("off", {}, None),
    )


def test_a_place_in_a_conversation_is_taken_once(project: Any) -> None:
    add_turns(project=project, turns=[NewTurn("c", 1)])
    with pytest.raises(IntegrityError), transaction.atomic():
        add_turns(project=project, turns=[NewTurn("c", 1)])


def test_many_judgments_of_turns_keep_their_arm_and_what_they_are_about(project: Any) -> None:
    turns = add_turns(project=project, turns=[NewTurn("c", 1), NewTurn("c", 2)])
    actor = gold_actor(project)
    context = {"arm_key": "candidate", "memory": "on", "segment_key": "teen", "solicited": False, "simulated": True}
    spoken = [
        Spoken(actor, Utterance(f"k{n}", (Said("thumb", 1 - 2 * n),), Subject(turn=turn), context=context))
        for n, turn in enumerate(turns)
    ]
    rubric = default_version(project).pk
    assert record_many(project=project, source="live", rubric_version=rubric, spoken=spoken) == 2
    said = CountedJudgment.objects.filter(turn__in=turns).order_by("id")
    assert [one.turn_id for one in said] == turns
    assert {(one.arm_key, one.memory, one.segment_key, one.solicited, one.simulated) for one in said} == {
        ("candidate", "on", "teen", False, True)
    }
    values = Signal.objects.filter(question="thumb", judgment__turn__in=turns).order_by("judgment")
    assert list(values.values_list("value", flat=True)) == [1, -1]
