"""The result of an experiment as its page shows it: the verdict, its figure, the guardrails, then part by part."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from abtest import acting, counting, selectors, showing, tables
from abtest.gallery import Gallery, gallery_of
from abtest.models import Arm, Experiment, Readout, Step
from abtest.pictures.leaving import answer_said, leaving_said, rate_lines
from abtest.pictures.liked import liked_said, primary_of
from abtest.pictures.numbers import Body, lacks_said
from abtest.pictures.slices import slices_said
from abtest.plans import Plan
from core.accounts.access import Member
from core.charts.words import moment
from reports.selectors import names_of

ALL = "all"
OPEN = frozenset({"metrics"})
"""The parts that are open from the beginning."""


@dataclass(frozen=True)
class Result:
    """What an experiment says of one candidate at its newest readout."""

    experiment: Experiment
    arms: Sequence[Arm]
    candidate: Arm
    plan: Plan
    readout: Readout
    body: Body

    @cached_property
    def steps(self) -> list[Step]:
        return list(selectors.steps_of(self.experiment))

    @property
    def gallery(self) -> Gallery:
        return gallery_of(self.readout, self.candidate)


def of(experiment: Experiment, wanted: str) -> Result:
    """What it says of the wanted candidate, or of the first. Raises Http404 while nothing was read."""
    readout = selectors.readouts_of(experiment).first()
    if readout is None:
        raise Http404("No such page.")
    return _result(experiment, selectors.arms_of(experiment), readout, wanted)


def _result(experiment: Experiment, arms: Sequence[Arm], readout: Readout, wanted: str) -> Result:
    candidate = showing.candidate_of(arms, wanted)
    body = showing.seen(readout.body, arms, candidate)
    return Result(experiment, arms, candidate, selectors.plan_of(experiment), readout, body)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the page: its number and key, its title, its answer, and whether it is open."""

    number: int
    key: str
    title: str
    said: str
    open: bool

    @property
    def template(self) -> str:
        return f"abtest/_part_{self.key.replace('-', '_')}.html"


def parts_of(result: Result, opened: Collection[str]) -> list[Part]:
    """The parts after the guardrails; `opened` are the keys of those to open besides, or "all"."""
    body = result.body
    told = (
        ("metrics", _("Every metric"), liked_said(body)),
        ("over-time", _("Over time"), _since_said(result)),
        ("split", _("Whether the split holds"), tables.srm_said(body)[1]),
        ("slices", _("Slice by slice"), slices_said(body)),
        ("memory", _("Memory"), _memory_said(body)),
        ("leaving", _("Who leaves a thumb"), f"{leaving_said(body)} {answer_said(body)}"),
        ("labelled", _("The labelled slice"), _labelled_said(body)),
        ("plan", _("What was planned"), result.plan.hypothesis or _("No hypothesis was written down.")),
        ("steps", _("What happened"), _steps_said(result)),
        ("origin", _("Where the numbers come from"), _origin_said(result)),
    )
    return [
        Part(number, key, title, said, open=ALL in opened or key in opened or key in OPEN)
        for number, (key, title, said) in enumerate(told, start=1)
    ]


def page(member: Member, experiment: Experiment, asked: Mapping[str, str], tried: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the page of an experiment shows, whatever its state."""
    arms, plan = selectors.arms_of(experiment), selectors.plan_of(experiment)
    readout = selectors.readouts_of(experiment).first()
    may_write = member.may(acting.RIGHT)
    context: dict[str, Any] = {
        "slug": member.project.slug,
        "experiment": experiment,
        "arms": [(arm, showing.share_said(arm.share)) for arm in arms],
        "sign": showing.health(experiment, readout),
        "state_sign": showing.state_sign(experiment),
        "verdict": showing.line_of(experiment, readout.body if readout else {}),
        "readout": readout,
        "facts": showing.facts_of(experiment, plan),
        "goals": showing.goals_of(plan),
        "limits": showing.limits_of(plan),
        "plan": plan,
        "may_write": may_write,
        "tried": tried,
    }
    if experiment.state == Experiment.State.DRAFT:
        return context | acting.draft_context(experiment, plan, arms)
    return context | _running(member, experiment, arms, readout, asked, tried)


def _running(
    member: Member,
    experiment: Experiment,
    arms: Sequence[Arm],
    readout: Readout | None,
    asked: Mapping[str, str],
    tried: Mapping[str, Any],
) -> dict[str, Any]:
    counts, keys = counting.kept_counts(experiment), [arm.key for arm in arms]
    context = {
        "acts": acting.acts_of(member, experiment, tried),
        "ramp": acting.ramp_of(experiment),
        "decision": acting.decision_said(selectors.decision_of(experiment), arms, selectors.plan_of(experiment)),
        "stale": showing.is_stale(experiment, readout) and experiment.state == Experiment.State.RUNNING,
        "counts": counting.count_lines(counts, keys),
        "counted": counting.figures(counts, keys),
    }
    if readout is None:
        return context
    result = _result(experiment, arms, readout, asked.get("arm", ""))
    opened = asked.get("open", "").split(",")
    return context | _shown(result) | {"parts": parts_of(result, opened), "all_open": ALL in opened}


def part(member: Member, experiment: Experiment, wanted: str, key: str) -> dict[str, Any] | None:
    """What one part shows; None if there is no such part."""
    result = of(experiment, wanted)
    found = next((one for one in parts_of(result, ()) if one.key == key), None)
    if found is None:
        return None
    return {"slug": member.project.slug, "experiment": experiment, "part": found, **_shown(result)}


def _shown(result: Result) -> dict[str, Any]:
    """What the templates of the parts read; pictures are drawn where they are shown."""
    body, experiment = result.body, result.experiment
    below = [experiment.project.slug, experiment.key]
    return {
        "result": result,
        "candidate": result.candidate,
        "candidates": result.arms[1:] if len(result.arms) > 2 else [],
        "files": reverse("experiment_detail", args=below) + f"data/{result.candidate.key}/",
        "guardrails": tables.guardrail_lines(body),
        "metrics": tables.metric_lines(body, [result.arms[0].key, result.candidate.key]),
        "labelled": tables.labelled_lines(body),
        "memory": tables.memory_lines(body),
        "rates": rate_lines(body),
        "srm": tables.srm_said(body),
        "units": tables.units_said(body),
        "crossed": f"{body.get('crossed') or 0:,}",
        "steps": steps_said(result.steps),
        "goals": showing.goals_of(result.plan),
        "limits": showing.limits_of(result.plan),
        "as_of": moment(result.readout.hour + timedelta(hours=1)),
        "code": result.readout.version,
        "provenance": sorted((body.get("provenance") or {}).items()),
    }


@dataclass(frozen=True, slots=True)
class StepLine:
    """One change of state or ramp: what, when, by whom, why."""

    title: str
    ramp: str
    at: Any
    who: str
    reason: str


def steps_said(steps: Sequence[Step]) -> list[StepLine]:
    """What was done with it, the first first."""
    names = names_of([one.by for one in steps])
    return [
        StepLine(
            title=str(one.get_kind_display()),
            ramp=f"{one.ramp}\u00a0%",
            at=one.at,
            who=names.get(one.by, "") if one.by else _("Plumbline"),
            reason=one.reason,
        )
        for one in reversed(steps)
    ]


def _since_said(result: Result) -> str:
    primary = primary_of(result.body) or {}
    if primary.get("withheld"):
        return lacks_said(primary)
    since = primary.get("since")
    if not since:
        return _("The interval has not left out zero up to now.")
    return _("The interval has left out zero since %(at)s.") % {"at": tables.hour_said(since)}


def _memory_said(body: Body) -> str:
    lines = tables.memory_lines(body)
    if body.get("withheld"):
        return lacks_said(body)
    if not lines:
        return _("Not enough units with memory on and off.")
    differ = [line.name for line in lines if line.differs]
    if not differ:
        return _("No broad effect shown: no metric differs between memory on and off.")
    return _("These differ with memory: %(metrics)s.") % {"metrics": ", ".join(differ)}


def _labelled_said(body: Body) -> str:
    found = (body.get("labelled") or {}).values()
    chosen, came = (sum(one.get(name) or 0 for one in found) for name in ("chosen", "came"))
    labelled = sum(one.get("labelled") or 0 for one in found)
    if not chosen:
        return _("No chosen turn was heard of yet.")
    words = _("Of %(chosen)s chosen turns %(came)s came in words, and %(labelled)s are labelled.")
    return words % {"chosen": f"{chosen:,}", "came": f"{came:,}", "labelled": f"{labelled:,}"}


def _steps_said(result: Result) -> str:
    n = len(result.steps)
    words = ngettext("%(n)s change, %(ramp)s.", "%(n)s changes, %(ramp)s.", n)
    running = result.experiment.state == Experiment.State.RUNNING
    ramp = _("%(ramp)s %% of the units now") if running else _("%(ramp)s %% of the units at the end")
    return words % {"n": n, "ramp": ramp % {"ramp": result.experiment.ramp}}


def _origin_said(result: Result) -> str:
    words = _("As of %(at)s, by Plumbline %(code)s, from closed hours alone.")
    at = moment(result.readout.hour + timedelta(hours=1))
    return words % {"at": at, "code": result.readout.version}
