"""What a project's events may name: its experiments with their arms, and its bundles, read once for a batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from abtest.assignment import WHOLE
from abtest.models import Arm, Experiment
from abtest.plans import LABEL_RATE
from core.accounts.models import Project
from core.catalog.models import Bundle

SKEW = timedelta(minutes=5)
"""How far a product's clock may be from the server's."""
KEPT = timedelta(days=30)
"""How late an event may come."""


@dataclass(frozen=True, slots=True)
class Branch:
    """An arm as events name it."""

    id: UUID
    key: str
    bundle: UUID
    bundle_name: str
    control: bool
    said: str
    """The arm's key in the ledger: "experiment/arm"."""


@dataclass(frozen=True, slots=True)
class Trial:
    """An experiment as events name it. `slices` are the factors of a segment that its plan declares."""

    id: UUID
    key: str
    by_user: bool
    salt: str
    began: datetime | None
    ended: datetime | None
    rate: float
    rate_ppm: int
    slices: tuple[str, ...]
    arms: Mapping[str, Branch] = field(default_factory=dict)

    def ran_at(self, at: datetime) -> bool:
        """Whether it ran then, by a clock that may be somewhat off."""
        return self.began is not None and self.began - SKEW <= at and (self.ended is None or at <= self.ended + SKEW)


@dataclass(frozen=True, slots=True)
class Ground:
    """What events are checked against: `now` is the moment at which they are received."""

    project: Project
    now: datetime
    trials: Mapping[str, Trial]
    bundles: Mapping[str, UUID]


def ground_of(project: Project, now: datetime) -> Ground:
    """All that the project's events may name."""
    bundles = dict(Bundle.objects.filter(project=project).values_list("name", "pk"))
    names = {pk: name for name, pk in bundles.items()}
    arms: dict[UUID, list[Arm]] = {}
    for arm in Arm.objects.filter(project=project).order_by("ordinal"):
        arms.setdefault(arm.experiment_id, []).append(arm)
    trials = {one.key: _trial(one, arms.get(one.pk, []), names) for one in Experiment.objects.filter(project=project)}
    return Ground(project, now, trials, bundles)


def _trial(one: Experiment, arms: list[Arm], names: Mapping[UUID, str]) -> Trial:
    plan: Mapping[str, Any] = one.plan
    rate = float(plan.get("label_rate", LABEL_RATE))
    return Trial(
        id=one.pk,
        key=one.key,
        by_user=one.unit == Experiment.Unit.USER,
        salt=one.salt,
        began=one.started_at,
        ended=one.stopped_at,
        rate=rate,
        rate_ppm=round(rate * WHOLE),
        slices=tuple(plan.get("slices", ())),
        arms={
            arm.key: Branch(
                arm.pk, arm.key, arm.bundle_id, names[arm.bundle_id], arm.ordinal == 0, f"{one.key}/{arm.key}"
            )
            for arm in arms
        },
    )
