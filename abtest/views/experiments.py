"""Live experiments: the list with their health, and the result of one, its verdict first."""

from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from abtest import result, selectors, showing
from abtest.models import Experiment
from core.accounts.access import Member, Right, member_of
from core.accounts.gate import SignedInRequest, signed_in

RIGHT = Right.SEE_EXPERIMENTS


@require_safe
@signed_in
def experiment_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """Every experiment of the project with its health and its verdict."""
    member = member_of(request.user, slug, RIGHT)
    context = {"slug": slug, "lines": showing.lines_of(member), "may_write": member.may(Right.MANAGE_EXPERIMENTS)}
    return render(request, "abtest/experiment_list.html", context)


@require_safe
@signed_in
def experiment_detail(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """A draft with what it lacks, or a result; with htmx one part of it."""
    member = member_of(request.user, slug, RIGHT)
    experiment = selectors.experiment_for(member, key)
    wanted = request.GET.get("arm", "")
    if request.htmx and request.GET.get("part"):
        return _part(request, member, experiment, wanted)
    return detail(request, member, experiment)


@require_safe
@signed_in
def experiment_body(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """The newest readout, as JSON."""
    member = member_of(request.user, slug, RIGHT)
    experiment = selectors.experiment_for(member, key)
    readout = selectors.readouts_of(experiment).first()
    if readout is None:
        raise Http404("No such page.")
    said = {"experiment": experiment.key, "hour": readout.hour.isoformat(), "version": readout.version}
    return attached(
        JsonResponse({**said, "readout": readout.body}, json_dumps_params={"indent": 2, "ensure_ascii": False}),
        f"{experiment.key}.json",
    )


@require_safe
@signed_in
def experiment_picture(
    request: SignedInRequest, slug: str, key: str, arm: str, picture: str, kind: str
) -> HttpResponse:
    """The numbers of one picture as CSV, or its specification as Vega-Lite JSON with the numbers in it."""
    member = member_of(request.user, slug, RIGHT)
    experiment = selectors.experiment_for(member, key)
    found = result.of(experiment, arm).gallery.named(picture)
    if found is None or found.chart is None or kind not in ("csv", "vl.json"):
        raise Http404("No such page.")
    said = found.chart.csv() if kind == "csv" else found.chart.vega_lite()
    content = "text/csv; charset=utf-8" if kind == "csv" else "application/json"
    return attached(HttpResponse(said, content_type=content), f"{experiment.key}-{picture}.{kind}")


def detail(
    request: SignedInRequest, member: Member, experiment: Experiment, tried: dict[str, Any] | None = None
) -> HttpResponse:
    """The page of an experiment; `tried` are forms that were refused, by what they do."""
    context = result.page(member, experiment, request.GET, tried or {})
    template = "draft" if experiment.state == Experiment.State.DRAFT else "detail"
    return render(request, f"abtest/experiment_{template}.html", context, status=422 if tried else 200)


def attached(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _part(request: SignedInRequest, member: Member, experiment: Experiment, wanted: str) -> HttpResponse:
    context = result.part(member, experiment, wanted, request.GET["part"])
    if context is None:
        raise Http404("No such page.")
    return render(request, context["part"].template, context)
