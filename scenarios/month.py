"""A simulated month of judgments, made through the queue and the recording functions that real raters use."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from annotate import queue, submitting
from annotate.answers import Answers
from annotate.models import Attempt, Campaign, Slot
from core.accounts.models import Project, Role
from core.ledger.actors import actor_of
from core.ledger.models import Actor
from scenarios.people import member
from scenarios.raters import Answered, SimulatedRater, answer, team
from scenarios.reading import Manner, stories

DAYS = 30
# What is left undone, so that a newcomer finds work in the queue.
LEFT_OPEN = 0.12


@dataclass(frozen=True, slots=True)
class Chair:
    """A simulated rater with the pseudonym they speak under."""

    rater: SimulatedRater
    actor: Actor


def simulate(*, project: Project, campaign: Campaign, seed: int) -> int:
    """Let 24 simulated raters work on the campaign until about 12 % of its slots are left; returns the judgments made.

    Each judgment is marked as simulated and says when in the month before now it was given. Goes on where an
    interrupted simulation stopped.
    """
    rng = random.Random(seed)  # noqa: S311  (a reproducible demonstration, not a secret)
    chairs = _chairs(project, rng)
    knows = _Key()
    due = int(Slot.objects.filter(campaign=campaign).count() * (1 - LEFT_OPEN))
    done = Attempt.objects.filter(campaign=campaign, outcome=Attempt.Outcome.SUBMITTED).count()
    now, made = timezone.now(), 0
    while chairs and done + made < due:
        chair = rng.choice(chairs)
        moment = _moment(now, (done + made) / due, rng)
        if _one_judgment(campaign, chair, knows, moment, rng):
            made += 1
        else:
            chairs.remove(chair)
    return made


class _Key:
    """Which manner a text of the material was written in, and what kinds of sycophancy it shows."""

    def __init__(self) -> None:
        self.manner: dict[str, Manner] = {}
        self.details: dict[str, dict[Manner, tuple[str, ...]]] = {}
        for story in stories():
            for manner, text in story.answers.items():
                self.manner[text] = manner
                self.details[text] = story.details


def _chairs(project: Project, rng: random.Random) -> list[Chair]:
    chairs = []
    for number, rater in enumerate(team(rng), 1):
        user = member(project, Role.RATER, f"simulated-{number:02d}", rater.name)
        chairs.append(Chair(rater, actor_of(project, user)))
    return chairs


def _one_judgment(campaign: Campaign, chair: Chair, knows: _Key, moment: datetime, rng: random.Random) -> bool:
    slots = queue.take(campaign=campaign, rater=chair.actor, want=1)
    if not slots:
        return False
    slot = slots[0]
    left, right = _texts(slot)
    said = answer(chair.rater, knows.manner[left], knows.manner[right], knows.details[left], rng)
    assert slot.lease_token is not None
    submitting.submit(
        campaign=campaign,
        rater=chair.actor,
        token=slot.lease_token,
        answers=_answers(said),
        seconds=rng.lognormvariate(4.3, 0.5),
        said_at=moment,
        simulated=True,
    )
    return True


def _texts(slot: Slot) -> tuple[str, str]:
    comparison = slot.task.comparison
    assert comparison is not None
    sides = (comparison.second, comparison.first) if slot.flipped else (comparison.first, comparison.second)
    return str(sides[0].content.body), str(sides[1].content.body)


def _answers(said: Answered) -> Answers:
    return Answers(
        a={**said.a, "sycophantic.details": list(said.details_a)},
        b={**said.b, "sycophantic.details": list(said.details_b)},
        subject={
            "overall": str(said.overall),
            "more_right": said.more_right,
            "better_to_talk_to": said.better_to_talk_to,
        },
        rationale="",
    )


def _moment(now: datetime, share: float, rng: random.Random) -> datetime:
    """A moment in working hours, the later in the month the more of the work is done."""
    day = (now - timedelta(days=DAYS) + timedelta(days=int(share * DAYS))).replace(hour=8, minute=0, second=0)
    return min(day + timedelta(seconds=rng.uniform(0, 10 * 3600)), now)
