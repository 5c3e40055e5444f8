"""What the pages of experiments show: the newest readout of each, its health, and its facts in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from abtest import selectors
from abtest.assignment import WHOLE
from abtest.models import Arm, Experiment, Readout
from abtest.pictures.numbers import GUARDED, UNITS, Body, amount_said, guardrail_name, label_of, shown_of, signed_in
from abtest.plans import Plan, missing
from core.accounts.access import Member
from core.accounts.models import Project
from core.catalog.models import Bundle
from core.charts.chart import Provenance

STALE = timedelta(hours=26)
"""An experiment that runs and says nothing new for so long has lost its events, or its worker."""

State = Experiment.State


@dataclass(frozen=True, slots=True)
class Sign:
    """How something stands: the kind of `_status.html`, and a word."""

    kind: str
    word: str


@dataclass(frozen=True, slots=True)
class Line:
    """An experiment in the list: how it is, what it says, and how many units it has."""

    experiment: Experiment
    arms: Sequence[Arm]
    sign: Sign
    said: str
    units: str


def lines_of(member: Member) -> list[Line]:
    """Every experiment of the project, the newest first, with its health."""
    experiments = list(selectors.experiments_of(member))
    arms = selectors.arms_by_experiment([one.pk for one in experiments])
    readouts = newest_readouts([one.pk for one in experiments])
    return [_line(one, arms.get(one.pk, []), readouts.get(one.pk)) for one in experiments]


def newest_readouts(experiments: Iterable[UUID]) -> dict[UUID, Readout]:
    """The latest readout of each of these experiments that has one."""
    rows = Readout.objects.filter(experiment__in=list(experiments)).order_by("experiment_id", "-hour")
    return {one.experiment_id: one for one in rows.distinct("experiment_id")}


def _line(experiment: Experiment, arms: Sequence[Arm], readout: Readout | None) -> Line:
    body: Body = readout.body if readout else {}
    units = sum(int(n) for n in (body.get("units") or {}).values())
    return Line(
        experiment=experiment,
        arms=arms,
        sign=health(experiment, readout),
        said=line_of(experiment, body),
        units=f"{units:,}" if body else "–",
    )


def health(experiment: Experiment, readout: Readout | None) -> Sign:
    """Whether anybody must look at it, the gravest reason first."""
    body: Body = readout.body if readout else {}
    breached = [one for one in body.get("guardrails") or () if one.get("state") == "breached"]
    if split_is_off(body):
        return Sign("fail", _("the split is off"))
    if breached and experiment.state != State.DECIDED:
        return Sign(
            "fail", _("over its limit: %(what)s") % {"what": ", ".join(guardrail_name(one["kind"]) for one in breached)}
        )
    if experiment.state == State.RUNNING and experiment.held_because:
        return Sign("warn", _("ramp held"))
    if experiment.state == State.RUNNING and is_stale(experiment, readout):
        return Sign("warn", _("nothing new"))
    return state_sign(experiment)


def split_is_off(body: Body) -> bool:
    """Whether the arms' units are not alike, or too many were in several arms: then no difference is shown."""
    return bool((body.get("srm") or {}).get("found")) or (body.get("verdict") or {}).get("state") == "srm"


def state_sign(experiment: Experiment) -> Sign:
    """The state alone."""
    kinds = {State.DRAFT: "off", State.RUNNING: "run", State.STOPPED: "wait", State.DECIDED: "done"}
    return Sign(kinds[State(experiment.state)], experiment.get_state_display())


def is_stale(experiment: Experiment, readout: Readout | None, now: datetime | None = None) -> bool:
    """Nothing was read of a running experiment for long."""
    last = readout.hour if readout else experiment.started_at
    return last is not None and (now or timezone.now()) - last > STALE


def line_of(experiment: Experiment, body: Body) -> str:
    """The verdict in one line."""
    said = (body.get("verdict") or {}).get("line")
    if said:
        return str(said)
    if experiment.state == State.DRAFT:
        lacks = missing(selectors.plan_of(experiment))
        return _("A draft. It lacks something before it can start.") if lacks else _("A draft, ready to start.")
    return _("No hour is closed yet. The first readout comes when the hour is over.")


def provenance_of(readout: Readout) -> Provenance:
    """Where the numbers of a readout come from: as of the end of its hour."""
    return Provenance(as_of=readout.hour + timedelta(hours=1), code=readout.version)


def share_said(share: int) -> str:
    """`50 %`: a share in millionths."""
    return f"{100 * share / WHOLE:.4f}".rstrip("0").rstrip(".") + "\u00a0%"


def facts_of(experiment: Experiment, plan: Plan) -> list[tuple[str, str]]:
    """How it runs, as facts."""
    rows: list[tuple[str, Any]] = [
        (_("Ramp"), f"{experiment.ramp}\u00a0%" if experiment.state != State.DRAFT else ""),
        (_("Unit"), experiment.get_unit_display()),
        (_("Planned units"), f"{plan.planned_units:,}" if plan.planned_units else ""),
        (_("Labelled turns"), f"{100 * plan.label_rate:g}\u00a0%"),
        (_("Looks"), _("at any time") if plan.looks is None else str(plan.looks)),
        (_("Error accepted"), f"{plan.alpha:g}"),
        (_("Started"), _day(experiment.started_at)),
        (_("Stopped"), _day(experiment.stopped_at)),
    ]
    return [(name, str(value)) for name, value in rows if value]


def _day(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%-d %b %Y, %H:%M}" if at else ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A line of the plan: a metric or a guardrail, and what was said of it beforehand."""

    name: str
    said: str
    primary: bool = False
    meaning: str = ""


def goals_of(plan: Plan) -> list[Planned]:
    """The registered metrics, with what is expected of each."""
    made = []
    for goal in plan.metrics:
        shown = shown_of(goal.key)
        said = _("no size said")
        if goal.expected is not None:
            said = f"{signed_in(shown, goal.expected)} {UNITS[shown].word}"
        made.append(Planned(label_of(goal.key), said, primary=goal.key == plan.primary))
    return made


def limits_of(plan: Plan) -> list[Planned]:
    """The guardrails with their limits."""
    return [
        Planned(
            guardrail_name(one.kind),
            (_("falls by at most %(limit)s") if one.kind == "correctness" else _("rises by at most %(limit)s"))
            % {"limit": amount_said(GUARDED[one.kind], one.limit)},
        )
        for one in plan.guardrails
    ]


def candidate_of(arms: Sequence[Arm], wanted: str) -> Arm:
    """The arm that is held against the control: the wanted one, else the first candidate."""
    return next((arm for arm in arms[1:] if arm.key == wanted), arms[1])


def seen(body: Body, arms: Sequence[Arm], candidate: Arm) -> Body:
    """What a readout says of one candidate, by the names of the bundles.

    Without differences while the split is off, so that no winner is shown. Guardrails stay: a broken one is no winner.
    """
    names = {"control": arms[0].bundle.name, "candidate": candidate.bundle.name}
    named: dict[str, Any] = {**names, "candidate_arm": candidate.key}
    metrics, guardrails = (_of(body, part, candidate.key) for part in ("metrics", "guardrails"))
    if split_is_off(body):
        metrics = [{**one, **_WITHHELD} for one in metrics]
        named |= {"withheld": True, "selection": {}}
    return {**body, **named, "metrics": metrics, "guardrails": guardrails}


_WITHHELD: dict[str, Any] = {
    **dict.fromkeys(
        ("difference", "ratio", "fixed", "adjusted", "flag", "memory", "since", "needed", "adjusted_needed")
    ),
    "slices": [],
    "withheld": True,
}
"""While the split of the units is off, no difference between the arms is shown; the JSON has what was computed."""


def _of(body: Body, part: str, candidate: str) -> list[dict[str, Any]]:
    return [one for one in body.get(part) or () if one.get("candidate") in (None, candidate)]


def bundle_names(project: Project) -> list[str]:
    """The names of the project's bundles, as many as a list can offer."""
    return list(Bundle.objects.filter(project=project).order_by("name").values_list("name", flat=True)[:500])
