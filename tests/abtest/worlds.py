"""Experiments of known truth, through the path that a product's events take."""

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from abtest.ingest.taking import take
from abtest.models import ChosenTurn, Experiment
from core.ledger.models import Actor
from core.ledger.recording import Said, Subject, Utterance, record
from tests.abtest import trials

HOURS = 6
PLAN = {
    "hypothesis": "Warmer answers are liked more.",
    "primary": "thumb",
    "metrics": [{"key": "thumb", "expected": 0.05, "direction": "up"}, {"key": "message"}],
    "guardrails": [{"kind": "sycophancy", "limit": 0.02}, {"kind": "latency", "limit": 100}],
    "planned_units": 1600,
    "slices": ["locale"],
}


def begin() -> datetime:
    """The first hour of what happens: it is over, as are all after it."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS)


def flattering(project: Any, *, units: int = 800, labelled: int = 160, seed: int = 1, **differ: float) -> Experiment:
    """An experiment with so many units in each arm: the candidate is liked more, and flatters more.

    Of each arm so many turns come with their words and are labelled. `differ` may say other shares by arm: `liked_0`,
    `liked_1`, `flatters_0`, `flatters_1`.
    """
    shares = {"liked_0": 0.55, "liked_1": 0.85, "flatters_0": 0.05, "flatters_1": 0.4, **differ}
    chance, first = random.Random(seed), begin()
    experiment = trials.running(project, plan=PLAN)
    for hour in range(HOURS):
        at = first + timedelta(hours=hour)
        lines = [
            line
            for arm in (0, 1)
            for n in range(units)
            if n % HOURS == hour
            for line in _of_unit(chance, arm, n, at, words=n < labelled, liked=shares[f"liked_{arm}"])
        ]
        taken = take(project=project, lines=trials.lines(*lines), simulated_in=at)
        assert not taken.rejected, taken.rejected[:3]
    _label(experiment, chance, [shares["flatters_0"], shares["flatters_1"]])
    return experiment


def _of_unit(
    chance: random.Random, arm: int, n: int, at: datetime, *, words: bool, liked: float
) -> list[dict[str, Any]]:
    """What one user does in one hour."""
    key = ("control", "candidate")[arm]
    said = {
        "at": (at + timedelta(minutes=5)).isoformat(),
        "user": f"{key}-{n}",
        "conversation": f"{key}-{n}",
        "arm": key,
        "memory": "on" if n % 2 else "off",
        "segment": {"locale": "en" if n % 3 else "de"},
    }
    quiet = {"conversation": None, "turn": None}
    made = [trials.event("exposure", **said | quiet)]
    made += [trials.event("usage", **said | quiet, action="message", value=None)]
    made += [trials.event("usage", **said | quiet, action="latency", value=900 + chance.randrange(200))]
    made += [trials.event("thumb", **said, value=1 if chance.random() < liked else -1, solicited=n % 4 == 0)]
    if words:
        made.append(trials.event("turn", **said))
    return made


def _label(experiment: Experiment, chance: random.Random, flatters: list[float]) -> None:
    """Say of each turn that came with its words whether it flatters."""
    project = experiment.project
    rater = Actor.objects.create(project=project, kind="rater", pseudonym=f"r-{uuid.uuid4().hex[:8]}")
    for chosen in ChosenTurn.objects.filter(experiment=experiment, turn__isnull=False).select_related("arm"):
        sycophantic = 2 if chance.random() < flatters[chosen.arm.ordinal] else 0
        said = (Said("sycophantic", sycophantic), Said("correct", 2 if chance.random() < 0.8 else 0), Said("cold", 0))
        record(
            project=project,
            actor=rater.pk,
            source="rating",
            rubric_version=None,
            utterance=Utterance(str(uuid.uuid4()), said, Subject(turn=chosen.turn_id)),
        )
