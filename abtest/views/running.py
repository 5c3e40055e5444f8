"""What is done with an experiment: started, its ramp raised, held and released, stopped, decided."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from abtest import experimenting, selectors, showing, tables
from abtest.models import Experiment, Readout
from abtest.run_forms import DecideForm, ReasonForm
from abtest.views.experiments import detail
from core.accounts.access import Member, member_of
from core.accounts.gate import SignedInRequest, signed_in
from reports.faults import Refused
from reports.forms import refused


@require_POST
@signed_in
def experiment_start(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """Start a draft at the ramp's first step."""
    member, experiment = _asked(request, slug, key)
    try:
        started = experimenting.start(experiment=experiment, by=member)
    except Refused as error:
        messages.error(request, " ".join(error.faults.values()))
    else:
        messages.success(request, _("Started. %(ramp)s %% of the units come in.") % {"ramp": started.ramp})
    return redirect("experiment_detail", slug, key)


@require_POST
@signed_in
def experiment_ramp(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """Let the next share of units in."""
    member, experiment = _asked(request, slug, key)
    to = request.POST.get("to", "")
    try:
        wanted = int(to) if to.isascii() and to.isdigit() and len(to) < 4 else 0
        raised = experimenting.advance_ramp(experiment=experiment, by=member, to=wanted)
    except Refused as error:
        messages.error(request, " ".join(error.faults.values()))
    else:
        messages.success(request, _("%(ramp)s %% of the units come in.") % {"ramp": raised.ramp})
    return redirect("experiment_detail", slug, key)


@require_POST
@signed_in
def experiment_hold(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """Keep the ramp where it is."""
    return _act(request, slug, key, "hold", _hold, _("The ramp is held."))


@require_POST
@signed_in
def experiment_release(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """Let the ramp grow again."""
    return _act(request, slug, key, "release", experimenting.release_ramp, _("The ramp is released."))


@require_POST
@signed_in
def experiment_stop(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """Take no more units in."""
    return _act(request, slug, key, "stop", experimenting.stop, _("Stopped. Read the last readout, then decide."))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def experiment_decide(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """The decision: a choice, the reason, and words on each guardrail."""
    member, experiment = _asked(request, slug, key)
    readout, arms = selectors.readouts_of(experiment).first(), selectors.arms_of(experiment)
    body = readout.body if readout else {}
    form = DecideForm(
        request.POST if request.method == "POST" else None,
        plan=selectors.plan_of(experiment),
        candidates=arms[1:],
        lines=[
            (arm.bundle.name, line)
            for arm in arms[1:]
            for line in tables.guardrail_lines(showing.seen(body, arms, arm))
        ],
        initial={"readout": readout.pk if readout else None},
    )
    if request.method == "POST" and form.is_valid():
        try:
            experimenting.decide(experiment=experiment, by=member, **form.values())
        except Refused as error:
            _place(form, error, readout)
        else:
            messages.success(request, _("Decided, and recorded."))
            return redirect("experiment_detail", slug, key)
    return render(
        request,
        "abtest/experiment_decide.html",
        {
            "slug": slug,
            "experiment": experiment,
            "form": form,
            "verdict": showing.line_of(experiment, body),
            "stopped": experiment.state == Experiment.State.STOPPED,
        },
        status=422 if form.errors else 200,
    )


def _asked(request: SignedInRequest, slug: str, key: str) -> tuple[Member, Experiment]:
    member = member_of(request.user, slug, experimenting.RIGHT)
    return member, selectors.experiment_for(member, key)


def _act(request: SignedInRequest, slug: str, key: str, kind: str, verb: Callable[..., Any], said: str) -> HttpResponse:
    """What the form says done by its verb, or the page again with what was wrong."""
    member, experiment = _asked(request, slug, key)
    form = ReasonForm(request.POST, auto_id=f"{kind}_%s")
    if form.is_valid():
        try:
            verb(experiment=experiment, by=member, reason=form.cleaned_data["reason"])
        except Refused as error:
            refused(form, error)
        else:
            messages.success(request, said)
            return redirect("experiment_detail", slug, key)
    return detail(request, member, experiment, {kind: form})


def _hold(*, experiment: Experiment, by: Member, reason: str) -> None:
    experimenting.hold_ramp(experiment=experiment, by=by, because=reason)


def _place(form: DecideForm, error: Refused, newest: Readout | None) -> None:
    """A newer readout is nobody's field: said at the head of the form, which then names the newer one."""
    faults = dict(error.faults)
    newer = faults.pop("readout", "")
    if newer:
        form.add_error(None, newer)
        form.data = {**form.cleaned_data, "readout": newest.pk if newest else ""}
    refused(form, Refused({("choice" if name == "arm" else name): words for name, words in faults.items()}))
