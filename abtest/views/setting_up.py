"""Setting an experiment up, step by step; each step is saved in the draft, so that it can be left and come back to."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from abtest import experimenting, planning_ahead, selectors
from abtest.models import Experiment
from abtest.plan_forms import STEPS, TriedForm
from abtest.plans import parse
from abtest.shaping import arms_of as wishes_of
from abtest.showing import bundle_names
from core.accounts.access import Member, member_of
from core.accounts.gate import SignedInRequest, signed_in
from reports.faults import Refused
from reports.forms import refused

ORDER = ("tried", *STEPS)
_FIELDS = {"arms": "bundle-0"}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def experiment_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """The first step, which makes the draft."""
    member = member_of(request.user, slug, experimenting.RIGHT)
    form = TriedForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        plan = {"hypothesis": form.cleaned_data["hypothesis"]}
        try:
            made = experimenting.create(project=member.project, by=member, plan=plan, **form.values())
        except Refused as error:
            _refused(form, error)
        else:
            messages.success(request, _("The draft is made. Each step is kept in it."))
            return redirect("experiment_plan", slug, made.key, "metrics")
    return _tried(request, member, None, form)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def experiment_tried(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """The first step of a draft that is there."""
    member, experiment = _draft(request, slug, key)
    form = TriedForm(
        request.POST if request.method == "POST" else None, experiment=experiment, arms=wishes_of(experiment)
    )
    if request.method == "POST" and form.is_valid():
        plan = {**experiment.plan, "hypothesis": form.cleaned_data["hypothesis"]}
        try:
            experimenting.change(experiment=experiment, by=member, plan=plan, **form.values())
        except Refused as error:
            _refused(form, error)
        else:
            return redirect("experiment_plan", slug, key, "metrics")
    return _tried(request, member, experiment, form)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def experiment_plan(request: SignedInRequest, slug: str, key: str, step: str) -> HttpResponse:
    """One of the steps that hold the plan."""
    member, experiment = _draft(request, slug, key)
    if step not in STEPS:
        raise Http404("No such page.")
    plan = selectors.plan_of(experiment)
    form = STEPS[step](request.POST if request.method == "POST" else None, plan=plan)
    if request.method == "POST" and form.is_valid():
        try:
            said = {**experiment.plan, **form.values()}
            experimenting.change(experiment=experiment, by=member, plan=said)
        except Refused as error:
            refused(form, error)
        else:
            return _on(slug, key, step)
    context = {
        **_frame(member, experiment, step),
        "form": form,
        "power": planning_ahead.power_of(plan, selectors.arms_of(experiment)),
    }
    return render(request, f"abtest/experiment_{step}.html", context, status=422 if form.errors else 200)


@require_safe
@signed_in
def experiment_power(request: SignedInRequest, slug: str, key: str, step: str) -> HttpResponse:
    """How much data the plan takes, as this step stands filled in; nothing is saved."""
    member, experiment = _draft(request, slug, key)
    if step not in STEPS:
        raise Http404("No such page.")
    plan = selectors.plan_of(experiment)
    form = STEPS[step](request.GET, plan=plan)
    if form.is_valid():
        # What cannot be a plan is said when it is saved; until then the last one that can be stands.
        with suppress(Refused):
            plan = parse({**experiment.plan, **form.values()})
    power = planning_ahead.power_of(plan, selectors.arms_of(experiment))
    context = {**_frame(member, experiment, step), "power": power}
    return render(request, "abtest/_power.html" if request.htmx else "abtest/experiment_power.html", context)


def _draft(request: SignedInRequest, slug: str, key: str) -> tuple[Member, Experiment]:
    """The draft and who changes it. Raises Http404 for one that has started: there is nothing to change."""
    member = member_of(request.user, slug, experimenting.RIGHT)
    experiment = selectors.experiment_for(member, key)
    if experiment.state != Experiment.State.DRAFT:
        raise Http404("No such page.")
    return member, experiment


def _tried(request: SignedInRequest, member: Member, experiment: Experiment | None, form: TriedForm) -> HttpResponse:
    context = {**_frame(member, experiment, "tried"), "form": form, "bundles": bundle_names(member.project)}
    return render(request, "abtest/experiment_tried.html", context, status=422 if form.errors else 200)


def _frame(member: Member, experiment: Experiment | None, step: str) -> dict[str, Any]:
    titles = {
        "tried": _("What is tried"),
        "metrics": _("What is measured"),
        "guardrails": _("What may not get worse"),
        "size": _("How long, and with whom"),
    }
    steps = [(key, titles[key], key == step) for key in ORDER]
    return {
        "slug": member.project.slug,
        "experiment": experiment,
        "steps": steps,
        "step": step,
        "title": titles[step],
        "last": step == ORDER[-1],
    }


def _on(slug: str, key: str, step: str) -> HttpResponse:
    """To the step after this one; after the last, to the draft."""
    after = ORDER[ORDER.index(step) + 1 :]
    return redirect("experiment_plan", slug, key, after[0]) if after else redirect("experiment_detail", slug, key)


def _refused(form: TriedForm, error: Refused) -> None:
    """Faults of arms beside their fields, `arms[1].bundle` beside `bundle-1`; the others where they are."""
    told = {}
    for field, words in error.faults.items():
        place, _dot, name = field.partition("].")
        told[f"{name}-{place.removeprefix('arms[')}" if name else field] = words
    refused(form, Refused(told))
