"""All that a volunteer wrote and said in a programme, as JSON for them to take along.

Which bundle answered, and whether a chat had memory, is not in it: they are told neither while they chat.
"""

import json
from collections.abc import Iterator
from typing import Any

from alpha.models import Answer, Choice, Conversation, Message, Said, Volunteer
from alpha.selectors.places import texts_agreed_to
from core.ledger.models import Signal, Words
from core.ledger.rubrics import Rubric, UnknownAnswer, mirror, parse

_PLACES = ("first", "second")


def download(volunteer: Volunteer) -> Iterator[bytes]:
    """One JSON document in pieces, a chat at a time; `volunteer` is as `alpha.selectors.places` found it."""
    head = _json(_about(volunteer))
    yield head[:-1] + b', "chats": ['
    chats = Conversation.objects.filter(volunteer=volunteer).order_by("pk")
    for n, chat in enumerate(chats.iterator(chunk_size=50)):
        yield (b",\n" if n else b"\n") + _json(_chat(chat))
    yield b"\n]}\n"


def _about(volunteer: Volunteer) -> dict[str, Any]:
    programme = volunteer.programme
    return {
        "programme": programme.name,
        "project": programme.project.name,
        "address": volunteer.email,
        "name": volunteer.user.name if volunteer.user else "",
        "added_at": _when(volunteer.added_at),
        "joined_at": _when(volunteer.joined_at),
        "left_at": _when(volunteer.left_at),
        "agreed_to": [
            {"version": text.version, "text": text.body, "at": _when(consent.at)}
            for text, consent in texts_agreed_to(volunteer)
        ],
    }


def _chat(chat: Conversation) -> dict[str, Any]:
    answers: dict[Any, list[Answer]] = {}
    rows = Answer.objects.filter(message__conversation=chat).select_related("voice", "message")
    for answer in rows.order_by("voice__place", "attempt"):
        answers.setdefault(answer.message_id, []).append(answer)
    return {
        "started_at": _when(chat.started_at),
        "ended_at": _when(chat.ended_at),
        "mode": chat.mode,
        "about": chat.domain,
        "erased": chat.erased_at is not None,
        "turns": [
            {
                "n": message.n,
                "at": _when(message.at),
                "you": message.body,
                "answers": [_answer(answer) for answer in answers.get(message.pk, [])],
            }
            for message in Message.objects.filter(conversation=chat).order_by("n")
        ],
        "said": _said_in(chat),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "side": _PLACES[answer.voice.place],
        "attempt": answer.attempt,
        "state": answer.state,
        "text": answer.text,
    }


def _said_in(chat: Conversation) -> list[dict[str, Any]]:
    rows = Said.objects.filter(conversation=chat).select_related(
        "judgment__rubric_version", "answer__voice", "answer__message"
    )
    listed = list(rows.order_by("pk"))
    ids = [row.judgment_id for row in listed]
    words = dict(Words.objects.filter(judgment__in=ids).values_list("judgment_id", "body"))
    flipped = set(Choice.objects.filter(judgment__in=ids, flipped=True).values_list("judgment_id", flat=True))
    signals: dict[Any, list[Signal]] = {}
    for signal in Signal.objects.filter(judgment__in=ids).order_by("question"):
        signals.setdefault(signal.judgment_id, []).append(signal)
    rubrics: dict[Any, Rubric] = {}
    told = []
    for row in listed:
        version = row.judgment.rubric_version
        if version is not None and version.pk not in rubrics:
            rubrics[version.pk] = parse(version.questions)
        rubric = rubrics[version.pk] if version is not None else None
        told.append(
            {
                "at": _when(row.judgment.recorded_at),
                "kind": row.kind,
                "turn": row.answer.message.n,
                "side": None if row.kind in (Said.Kind.CHOICE, Said.Kind.FORM) else _PLACES[row.answer.voice.place],
                "answers": {
                    signal.question: _said(rubric, signal, row.judgment_id in flipped)
                    for signal in signals.get(row.judgment_id, [])
                },
                "words": words.get(row.judgment_id),
            }
        )
    return told


def _said(rubric: Rubric | None, signal: Signal, flipped: bool) -> str | int | bool:
    """The answer as the person gave it, on the sides that they saw."""
    key, detail, _name = signal.question.partition(".")
    if rubric is None:
        return signal.value
    if detail:
        return bool(signal.value)
    try:
        question = rubric.question(key)
        return question.key_of(mirror(question, signal.value) if flipped else signal.value)
    except UnknownAnswer:
        return signal.value


def _when(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
