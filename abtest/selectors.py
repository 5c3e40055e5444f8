"""What a member sees of live experiments; another project's do not exist.

Each function with a Member takes one that `core.accounts.access.member_of` made with `Right.SEE_EXPERIMENTS`.
"""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from abtest.assignment import Parameters, Share
from abtest.models import Arm, Decision, Experiment, Readout, Step
from abtest.plans import Plan, parse
from core.accounts.access import Member
from core.accounts.models import Project


def experiments_of(member: Member) -> "QuerySet[Experiment]":
    """The project's experiments, newest first."""
    return Experiment.objects.filter(project=member.project).select_related("project").order_by("-pk")


def experiment_for(member: Member, key: str) -> Experiment:
    """The project's experiment with this key. Raises Http404."""
    found = experiments_of(member).filter(key=key).first()
    if found is None:
        raise Http404("No such experiment.")
    return found


def experiment_in(project: Project, key: str) -> Experiment | None:
    """The project's experiment with this key, for commands and the system."""
    return Experiment.objects.filter(project=project, key=key).select_related("project").first()


def arms_of(experiment: Experiment) -> list[Arm]:
    """Its arms with their bundles, the control first."""
    return arms_by_experiment([experiment.pk])[experiment.pk]


def arms_by_experiment(experiments: Iterable[UUID]) -> dict[UUID, list[Arm]]:
    """The arms of several experiments, with their bundles, the control first."""
    found: dict[UUID, list[Arm]] = defaultdict(list)
    rows = Arm.objects.filter(experiment__in=list(experiments)).select_related("bundle").order_by("ordinal")
    for arm in rows:
        found[arm.experiment_id].append(arm)
    return found


def plan_of(experiment: Experiment) -> Plan:
    """Its plan."""
    return parse(experiment.plan)


def parameters_of(experiment: Experiment, arms: Iterable[Arm]) -> Parameters:
    """What assigns its units, as it is published."""
    plan = plan_of(experiment)
    running = experiment.state == Experiment.State.RUNNING
    return Parameters(
        key=experiment.key,
        state=experiment.state,
        unit=experiment.unit,
        salt=experiment.salt,
        ramp=experiment.ramp if running else 0,
        arms=tuple(Share(arm.key, arm.bundle.name, arm.share) for arm in arms),
        label_share=plan.label_share,
        eligibility={name: list(values) for name, values in plan.eligibility.items()},
    )


def readouts_of(experiment: Experiment) -> "QuerySet[Readout]":
    """What it said hour by hour, the latest first; whoever has the experiment may see it."""
    return Readout.objects.filter(experiment=experiment).order_by("-hour")


def steps_of(experiment: Experiment) -> "QuerySet[Step]":
    """How its state and ramp changed, the latest first; whoever has the experiment may see it."""
    return Step.objects.filter(experiment=experiment).order_by("-at", "-pk")


def decision_of(experiment: Experiment) -> Decision | None:
    """What was decided, if it was."""
    return Decision.objects.filter(experiment=experiment).first()
