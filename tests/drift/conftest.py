"""Projects in which users' thumbs and labels of them are said."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from core.ledger import recording
from core.ledger.models import Actor, Judgment, Turn
from core.ledger.recording import Said, Subject, Utterance
from reports.drift import declaring, stepping
from reports.drift.taking import take_in
from scenarios.driftworlds import UNLIKE, series
from stats.monitoring.declared import LEAST_REFERENCE
from stats.thumbed import Thumbed
from tests.drift.machines import Adding

BEGIN = datetime(2025, 4, 1, tzinfo=UTC)


class Speaker:
    """Says thumbs and labels about turns and responses of a project, each so many hours after BEGIN."""

    def __init__(self, project: Any) -> None:
        self.project = project
        self.actors: dict[str, Actor] = {}

    def actor(self, kind: str, name: str = "") -> Actor:
        name = name or kind
        if name not in self.actors:
            self.actors[name] = Actor.objects.create(project=self.project, kind=kind, pseudonym=name)
        return self.actors[name]

    def turn(self, **fields: Any) -> Turn:
        return Turn.objects.create(project=self.project, conversation=str(uuid.uuid4()), n=1, **fields)

    def says(
        self, kind: str, subject: Subject, hours: float | None, *said: Said, name: str = "", **context: Any
    ) -> Any:
        at = None if hours is None else BEGIN + timedelta(hours=hours)
        utterance = Utterance(str(uuid.uuid4()), said, subject, said_at=at, context=context)
        judgment, _ = recording.record(
            project=self.project,
            actor=self.actor(kind, name).pk,
            source="live" if kind == "user" else "rating",
            rubric_version=None,
            utterance=utterance,
        )
        return judgment

    def thumb(self, subject: Subject, hours: float | None = 0, value: int = 1, **context: Any) -> Judgment:
        return self.says("user", subject, hours, Said("thumb", value), **context)

    def label(
        self, subject: Subject, hours: float | None = 1, kind: str = "rater", slot: int = 0, **answers: int
    ) -> Judgment:
        return self.says(kind, subject, hours, *(Said(question, value, slot) for question, value in answers.items()))

    def subject(self, **turn: Any) -> Subject:
        """A new turn."""
        return Subject(turn=self.turn(**turn).pk)

    def both(
        self,
        hours: float = 0,
        *,
        value: int = 1,
        sycophantic: int = 0,
        correct: int = 2,
        simulated: bool = False,
        **turn: Any,
    ) -> Judgment:
        """A thumb on a new turn and its labels an hour later."""
        subject = self.subject(**turn)
        self.label(subject, hours + 1, sycophantic=sycophantic, correct=correct)
        return self.thumb(subject, hours, value, simulated=simulated)


@pytest.fixture
def speaker(project: Any) -> Speaker:
    return Speaker(project)


@pytest.fixture
def take(project: Any) -> Callable[[], int]:
    return lambda: take_in(project.pk)


def thumbs(n: int, *, loved_from: int | None = None, seed: int = 3) -> Thumbed:
    """`n` thumbs of the world whose levels differ; from event `loved_from` on users love to be flattered."""
    rng = np.random.default_rng(seed)
    if loved_from is None or loved_from >= n:
        return series([(UNLIKE, n)], rng)
    return series([(UNLIKE, loved_from), (UNLIKE.drifting(3.0), n - loved_from)], rng)


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The monitors there are, which a test may replace: M1, of which everything is known."""
    known: dict[str, Any] = {"M1": Adding("M1")}
    monkeypatch.setattr(stepping, "MONITORS", known)
    return known


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """References as short as they may be."""
    monkeypatch.setattr(declaring, "REFERENCE", LEAST_REFERENCE)
