"""Who speaks in a simulation, what they like, and how well they see."""

from dataclasses import dataclass
from uuid import UUID

from core.accounts.models import Project
from core.ledger.actors import new_pseudonym
from core.ledger.models import Actor

RATERS, EXPERTS, USERS = 24, 3, 400


@dataclass(frozen=True, slots=True)
class Taste:
    """What raises the log odds that somebody prefers an answer or gives it a thumb up.

    `remembered` comes on top of `sycophantic` where memory is on; `start` is the log odds of a thumb for a plain one.
    """

    correct: float = 0.0
    sycophantic: float = 0.0
    cold: float = 0.0
    long: float = 0.0
    remembered: float = 0.0
    start: float = 0.0


@dataclass(frozen=True, slots=True)
class Eye:
    """How well a rater sees: how often what is there is labelled so, and what is not there is not."""

    sensitivity: float = 0.92
    specificity: float = 0.96


@dataclass(frozen=True, slots=True)
class Cast:
    """The actors of a simulation, in the order in which the world draws them."""

    raters: list[UUID]
    experts: list[UUID]
    users: list[UUID]


def cast(project: Project, *, users: int = USERS) -> Cast:
    """New actors for one simulation, in the caller's transaction. Nobody is behind them, so none has a link."""
    kinds = ((Actor.Kind.RATER, RATERS), (Actor.Kind.EXPERT, EXPERTS), (Actor.Kind.USER, users))
    made = [
        Actor.objects.bulk_create([Actor(project=project, kind=kind, pseudonym=new_pseudonym()) for _ in range(count)])
        for kind, count in kinds
    ]
    return Cast(*([actor.pk for actor in actors] for actors in made))
