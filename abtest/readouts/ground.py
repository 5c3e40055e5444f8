"""All that a readout rests on, read once: the plan, the arms, moments over the hours, the labelled slice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from abtest import plans
from abtest.assignment import WHOLE
from abtest.metrics import METRICS, PAIRED, TURN
from abtest.models import Arm, Experiment, Exposure
from abtest.plans import Plan
from abtest.reading.labelled import LabelledTurns, labelled_turns
from abtest.readouts.paths import Paths, last_hour, whole_path
from stats.sequential.anytime import BURN_IN
from stats.sequential.reading import Design

PLANNED = 10_000.0
"""Units in both arms for which intervals are made narrowest, where a plan names none."""


@dataclass(frozen=True, eq=False)
class Ground:
    """`path` has all units at every closed hour, `now` has also the slices, at the last one only."""

    experiment: Experiment
    plan: Plan
    hour: datetime
    path: Paths
    now: Paths
    slice: LabelledTurns
    crossed: int

    @property
    def arms(self) -> tuple[Arm, ...]:
        return self.path.arms

    @property
    def candidates(self) -> tuple[Arm, ...]:
        """The arms that are held against the control, which is the first."""
        return self.arms[1:]

    def design(self, key: str, candidate: Arm) -> Design:
        """What was declared of a metric, for the control and this candidate."""
        return design_of(self.plan, key, self.arms, candidate)


def ground_of(experiment: Experiment, hour: datetime) -> Ground:
    """What there is at the end of this closed hour."""
    return Ground(
        experiment=experiment,
        plan=plans.parse(experiment.plan),
        hour=hour,
        path=whole_path(experiment, metrics=("", TURN, *METRICS), until=hour),
        now=last_hour(experiment, hour=hour),
        slice=labelled_turns(experiment),
        crossed=Exposure.objects.filter(experiment=experiment, crossed=True).count(),
    )


def design_of(plan: Plan, key: str, arms: Sequence[Arm], candidate: Arm) -> Design:
    """What a plan declares of a metric, for the control and this candidate.

    A plan's units are those of all arms together: a comparison gets its part of them. Its error is shared among the
    candidates (Bonferroni), so that any of them is named by mistake no more often than the plan accepts.
    """
    goal = next((goal for goal in plan.metrics if goal.key == key), None)
    others = sum(arm.share for arm in arms if arm.ordinal and arm.pk != candidate.pk)
    own = (candidate.share if others and key in PAIRED else WHOLE - others) / WHOLE
    return Design(
        planned=plan.planned_units * own if plan.planned_units else PLANNED,
        alpha=plan.alpha / (len(arms) - 1),
        looks=plan.looks,
        burn_in=BURN_IN,
        expected=goal.expected if goal else None,
    )
