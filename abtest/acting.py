"""What can be done with an experiment now, and what was decided, as its page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from abtest import planning_ahead
from abtest.experimenting import RAMP, RIGHT
from abtest.models import Arm, Decision, Experiment
from abtest.pictures.numbers import guardrail_name
from abtest.plans import Plan, missing
from abtest.run_forms import ReasonForm
from core.accounts.access import Member
from reports.selectors import names_of

State = Experiment.State

__all__ = ["RIGHT", "acts_of", "decision_said", "draft_context", "ramp_of"]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done: what it does in words, and the form that does it."""

    kind: str
    url_name: str
    title: str
    words: str
    button: str
    form: forms.Form
    open: bool
    grave: bool = False


def next_step(experiment: Experiment) -> int | None:
    """The ramp's next step in percent, None where all units are in or it may not grow."""
    if experiment.state != State.RUNNING or experiment.held_because:
        return None
    return next((step for step in RAMP if step > experiment.ramp), None)


@dataclass(frozen=True, slots=True)
class Ramp:
    """The ramp's steps, each "past", "here" or "ahead", and the next one that may be taken."""

    steps: Sequence[tuple[int, str]]
    next: int | None


def ramp_of(experiment: Experiment) -> Ramp:
    """The ramp as the page draws it."""
    steps = [
        (step, "past" if step < experiment.ramp else "ahead" if step > experiment.ramp else "here") for step in RAMP
    ]
    return Ramp(steps, next_step(experiment))


def acts_of(member: Member, experiment: Experiment, tried: Mapping[str, forms.Form]) -> list[Act]:
    """What this member can do with it besides raising the ramp; `tried` are forms that were refused, by their kind."""
    if not member.may(RIGHT) or experiment.state != State.RUNNING:
        return []
    hold = (
        "hold",
        "experiment_hold",
        _("Hold the ramp"),
        _("No more units come in until it is released. Those who are in stay in."),
        _("Hold the ramp"),
        False,
    )
    release = (
        "release",
        "experiment_release",
        _("Release the ramp"),
        _("It was held because: %(why)s Say what has changed, or why it may grow all the same.")
        % {"why": experiment.held_because},
        _("Release the ramp"),
        True,
    )
    stop = (
        "stop",
        "experiment_stop",
        _("Stop the experiment"),
        _("Nobody is assigned any more, for good. What was said before is still received; then you decide."),
        _("Stop it"),
        True,
    )
    offered = [release if experiment.held_because else hold, stop]
    return [
        Act(
            kind=kind,
            url_name=url_name,
            title=title,
            words=words,
            button=button,
            form=tried.get(kind) or ReasonForm(auto_id=f"{kind}_%s"),
            open=kind in tried,
            grave=grave,
        )
        for kind, url_name, title, words, button, grave in offered
    ]


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided, by whom and why, with the words on each guardrail."""

    title: str
    reason: str
    guardrails: Sequence[tuple[str, str]]
    who: str
    at: datetime


def decision_said(decision: Decision | None, arms: Sequence[Arm], plan: Plan) -> Decided | None:
    """The decision as the page shows it."""
    if decision is None:
        return None
    body = decision.body
    bundle = next((arm.bundle.name for arm in arms if arm.key == body.get("arm")), body.get("arm"))
    titles = {
        "adopt": _("%(bundle)s is adopted") % {"bundle": bundle},
        "keep": _("The control is kept"),
        "again": _("It is tried once more, with another plan"),
    }
    return Decided(
        title=titles.get(body["choice"], body["choice"]),
        reason=body["reason"],
        guardrails=[(guardrail_name(one.kind), body["guardrails"].get(one.kind, "–")) for one in plan.guardrails],
        who=names_of([decision.by]).get(decision.by, "") if decision.by else "",
        at=decision.at,
    )


def draft_context(experiment: Experiment, plan: Plan, arms: Sequence[Arm]) -> dict[str, Any]:
    """What the page of a draft shows: what it lacks by the step that says it, and how much data it takes."""
    lacks = missing(plan)
    return {
        "lacks": lacks.items(),
        "lacking": {_STEP_OF.get(field, "size") for field in lacks},
        "power": planning_ahead.power_of(plan, arms),
        "slices": ", ".join(plan.slices),
        "eligibility": [(name, ", ".join(values)) for name, values in plan.eligibility.items()],
    }


_STEP_OF = {"hypothesis": "tried", "guardrails": "guardrails", "metrics": "metrics", "primary": "metrics"}
