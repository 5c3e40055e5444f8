"""What would happen with other weights: sliders on a report's page, answered from its stored pool."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from reports import selectors, sliders
from reports.models import Report
from reports.pictures.shifts import ceiling_of, head_said
from reports.pictures.strips import strips_of
from reports.weighting.wanting import REFUSALS, sentence


@require_POST
@signed_in
def weighting_what_if(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """The shift with these weights: the answer alone with htmx, or the sliders too for a preset; a page without."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    report = selectors.report_for(member, Report.Kind.WEIGHTING, pk)
    body = report.body or {}
    preset = request.POST.get("preset", "")
    fault = ""
    try:
        if preset in sliders.PRESETS:
            weights = sliders.normalised(sliders.preset(body, preset))
        else:
            weights = sliders.weights_from(body, request.POST)
    except ValueError:
        weights, fault = {}, _("Give at least one signal a weight.")
    context = {"slug": slug, "report": report, "preset": preset} | answer(slug, report, weights, fault)
    if not request.htmx:
        return render(request, "reports/weighting_what_if.html", context, status=422 if fault else 200)
    template = "reports/_what_if.html" if preset else "reports/_what_if_answer.html"
    # The answer moves the outputs beside the sliders, which stand outside of it.
    return render(request, template, context | {"swapped": not preset}, status=422 if fault else 200)


def begin(slug: str, report: Report, preset: Mapping[str, float]) -> dict[str, Any]:
    """The sliders as they stand on the report's page, with the answer that the report itself gave."""
    body = report.body or {}
    try:
        weights = sliders.normalised(preset)
    except ValueError:
        return {"sliders": []}
    return {
        "sliders": sliders.sliders_of(body, weights),
        "strips": strips_of(body, body.get("shift") or {}),
        "answer": head_said(body),
        **_around(slug, report),
    }


def answer(slug: str, report: Report, weights: Mapping[str, float], fault: str) -> dict[str, Any]:
    """What there is to say of these weights, which sum to 1; or the `fault` that there are none."""
    body = report.body or {}
    around = _around(slug, report)
    if fault:
        return {"sliders": sliders.sliders_of(body, weights), "strips": [], "answer": "", "fault": fault, **around}
    said: dict[str, Any] = {}
    try:
        said = sliders.tried(report, weights)
    except REFUSALS as error:
        fault = sentence(error)
    return {
        "sliders": sliders.sliders_of(body, weights),
        "strips": strips_of(body, said.get("shift") or {}),
        "answer": head_said(said),
        "fault": fault,
        **around,
    }


def _around(slug: str, report: Report) -> dict[str, Any]:
    body = report.body or {}
    return {
        "what_if_url": reverse("weighting_what_if", args=[slug, report.pk]),
        "presets": [
            (name, words)
            for name, words in (
                ("recipe", _("As in the recipe")),
                ("reference", _("As in the reference")),
                ("recommended", _("As recommended")),
            )
            if sliders.preset(body, name)
        ],
        "has_ceiling": ceiling_of(body, "sycophancy") is not None,
    }
