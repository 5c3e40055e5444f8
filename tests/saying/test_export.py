"""What was said in a chat leaves in the raw format with all its context, and as nobody else's."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from alpha import saying
from core.ledger.models import Turn
from core.tables.ids import uuid7
from exchange.exporting import export
from exchange.selection import Selection
from exchange.shards import ExportFault
from reports.drift import taking
from reports.reading.choices import thumbs_in


@pytest.fixture
def take(project: Any, tmp_path: Path) -> Any:
    def take(**options: Any) -> list[dict[str, Any]]:
        export(project=project, format="raw", selection=Selection(project=project.pk, **options), out=tmp_path / "out")
        return [json.loads(line) for line in (tmp_path / "out" / "data-00000-of-00001.jsonl").read_text().splitlines()]

    return take


def signals(row: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["question"], one["response"], one["answer"]) for one in row["signals"]]


def test_a_thumb_has_its_programme_arm_chat_turn_memory_and_bundle(chat_of: Any, take: Any) -> None:
    chat = chat_of("v42", memory="on")
    chat.turn()
    (answer,) = chat.turn(asks=True)
    saying.thumb(answer=answer, actor=chat.actor, value=-1, reason="too_flattering", submission_key=uuid7())
    (row,) = take()
    where = {
        "source": "alpha",
        "actor": chat.actor.pseudonym,
        "actor_kind": "volunteer",
        "rubric": "alpha",
        "subject": "turn",
        "experiment": "alpha:warmth",
        "arm": "candidate",
        "conversation": f"alpha:{chat.conversation.pk}:0",
        "turn": 2,
        "memory": "on",
        "solicited": True,
        "first_bundle": "v42",
        "second_bundle": "",
        "shown_left": "",
        "counted": True,
    }
    assert {name: row[name] for name in where} == where
    assert signals(row) == [("thumb", "subject", "down"), ("thumb_reason", "subject", "too_flattering")]


@pytest.mark.parametrize(("order", "left"), [(("v41", "v42"), "first"), (("v42", "v41"), "second")])
def test_a_choice_has_both_bundles_and_how_they_stood(chat_of: Any, take: Any, order: Any, left: str) -> None:
    chat = chat_of(*order)
    chat.turn()
    saying.choose(message=chat.messages[0], actor=chat.actor, shown=0, submission_key=uuid7())
    (row,) = take()
    assert (row["first_bundle"], row["second_bundle"], row["shown_left"]) == ("v41", "v42", left)
    assert (row["arm"], signals(row)) == ("baseline:candidate", [("overall", "subject", "0")])


def test_a_form_of_two_voices_names_both_and_one_of_one_voice_its_own(chat_of: Any, take: Any) -> None:
    for order, name in ((("v42", "v41"), "vera"), (("v42",), "otto")):
        chat = chat_of(*order, name=name)
        chat.turn()
        answers = {"form_true": "no"}
        saying.form(
            conversation=chat.conversation, actor=chat.actor, answers=answers, words="no", submission_key=uuid7()
        )
    both, one = take()
    assert (both["first_bundle"], both["second_bundle"], both["shown_left"]) == ("v41", "v42", "")
    assert (one["first_bundle"], one["second_bundle"], one["arm"]) == ("v42", "", "candidate")


def test_words_leave_only_where_they_are_asked_for_and_what_is_taken_back_never(chat_of: Any, take: Any) -> None:
    chat = chat_of("v42")
    (answer,) = chat.turn()
    saying.felt_off(answer=answer, actor=chat.actor, note="too sweet", submission_key=uuid7())
    saying.thumb(answer=answer, actor=chat.actor, value=1, submission_key=uuid7())
    saying.thumb(answer=answer, actor=chat.actor, value=0, submission_key=uuid7())
    off, up = take()
    assert "rationale" not in off
    assert (up["standing"], up["counted"]) == ("superseded", False)
    assert take(words=True)[0]["rationale"] == "too sweet"


def test_what_a_simulation_said_leaves_only_where_it_is_asked_for(chat_of: Any, take: Any) -> None:
    chat = chat_of("v42", simulated=True)
    (answer,) = chat.turn()
    saying.thumb(answer=answer, actor=chat.actor, value=1, submission_key=uuid.uuid4())
    with pytest.raises(ExportFault, match="simulated"):
        take()
    assert [row["simulated"] for row in take(include_simulated=True)] == [True]


def test_volunteers_thumbs_are_no_users_thumbs(project: Any, chat_of: Any, answered: Any) -> None:
    """Neither to the monitors of drift nor to what rewards are weighed with, even where the words are known."""
    chat = chat_of("v42")
    (answer,) = chat.turn()
    Turn.objects.filter(pk=answer.turn_id).update(response=answered)
    chips = {"sycophantic": "clearly", "correct": "no"}
    saying.labels(answer=answer, actor=chat.actor, chips=chips, submission_key=uuid7())
    saying.thumb(answer=answer, actor=chat.actor, value=1, submission_key=uuid7())
    assert taking.take_in(project.pk) == 0
    assert thumbs_in(project) is None
