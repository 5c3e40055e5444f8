"""Reward-weighting reports: the newest and those before it, one that is asked for, and what each says."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from core.accounts.access import Member, Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from core.charts.words import moment
from reports import page, selectors, sliders, standing, workbench
from reports.forms import AskForm
from reports.models import Report
from reports.ordering import ask_report
from reports.pictures.gallery import gallery_of, provenance_of
from reports.pictures.recommending import penalty_said, weights_of
from reports.pictures.shifts import verdict_said
from reports.views import what_if

_KIND = Report.Kind.WEIGHTING


@require_safe
@signed_in
def weighting_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """The newest report's answer, the earlier reports, and the form that asks for a new one."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    found = standing.page_of_reports(member, request.GET.get("page"))
    newest = selectors.reports_of(member, _KIND).filter(state=Report.State.DONE).first()
    steps = workbench.steps_of(member)
    context = {
        "slug": slug,
        "page": found,
        "steps": steps,
        "ready": all(step.done for step in steps),
        "may_write": member.may(Right.MANAGE_RECIPES),
        "form": _ask_form(member, None),
        "newest": newest,
    }
    if newest is not None:
        context |= {"verdict": verdict_said(newest.body or {}), "shift": gallery_of(newest).shift}
        context |= {"files": _files(slug, newest), "facts": page.facts_of(newest.body or {})}
    return render(request, "reports/weighting_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def weighting_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """The form for a report; a job makes it."""
    member = member_of(request.user, slug, Right.MANAGE_RECIPES)
    form = _ask_form(member, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        report = ask_report(project=member.project, who=member.user, **form.values())
        return redirect("weighting_detail", slug, report.pk)
    status = 422 if form.errors else 200
    return render(request, "reports/weighting_new.html", {"slug": slug, "form": form}, status=status)


@require_safe
@signed_in
def weighting_detail(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """What a report says, or how far it is; with htmx one part of it, or the progress alone."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    report = selectors.report_for(member, _KIND, pk)
    context: dict[str, Any] = {"slug": slug, "report": report, "may_write": member.may(Right.MANAGE_RECIPES)}
    if report.state != Report.State.DONE:
        context |= {"standing": standing.standing_of(report), "may_retry": member.may(Right.SEE_JOBS)}
        template = "reports/_weighting_progress.html" if request.htmx else "reports/weighting_progress.html"
        return render(request, template, context)
    if request.htmx and "part" not in request.GET:
        # The progress asks whether it is ready: the whole page is.
        return HttpResponseClientRefresh()
    context |= _said(member, report, request.GET.getlist("open") + request.GET.getlist("part"))
    if not request.htmx:
        return render(request, "reports/weighting_detail.html", context)
    part = next((one for one in context["parts"] if one.key == request.GET["part"]), None)
    if part is None:
        raise Http404("No such page.")
    return render(request, part.template, context)


@require_safe
@signed_in
def weighting_picture(request: SignedInRequest, slug: str, pk: UUID, picture: str, kind: str) -> HttpResponse:
    """The numbers of one picture as CSV, or its specification as Vega-Lite JSON with the numbers in it."""
    report = _done(member_of(request.user, slug, Right.SEE_REPORTS), pk)
    found = gallery_of(report).named(picture)
    if found is None or found.chart is None:
        raise Http404("No such page.")
    if kind == "csv":
        response = HttpResponse(found.chart.csv(), content_type="text/csv; charset=utf-8")
    elif kind in ("vl.json", "json"):
        response = HttpResponse(found.chart.vega_lite(), content_type="application/json")
    else:
        raise Http404("No such page.")
    return _attached(response, f"weighting-{picture}.{kind}")


@require_safe
@signed_in
def weighting_body(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Everything that the report says, as JSON."""
    report = _done(member_of(request.user, slug, Right.SEE_REPORTS), pk)
    return _attached(_json({"report": str(report.pk), **(report.body or {})}), "weighting.json")


@require_safe
@signed_in
def weighting_weights(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """The recommended weights for a trainer, as JSON, with where they come from."""
    report = _done(member_of(request.user, slug, Right.SEE_REPORTS), pk)
    body = report.body or {}
    recommended = body.get("recommended") or {}
    if not recommended.get("weights"):
        raise Http404("No such page.")
    said = {
        "weights": recommended["weights"],
        "normalisation": "prompt_z",
        "kl": body["kl"],
        "held_out": recommended.get("held_out"),
        "reference": body["reference"],
        "provenance": {"report": str(report.pk), **body["provenance"]},
    }
    return _attached(_json(said), "recommended-weights.json")


def _said(member: Member, report: Report, opened: list[str]) -> dict[str, Any]:
    body, gallery = report.body or {}, gallery_of(report)
    slug = member.project.slug
    decided = (body.get("reference") or {}).get("decided_by")
    return {
        "body": body,
        "gallery": gallery,
        "files": _files(slug, report),
        "verdict": verdict_said(body),
        "parts": page.parts_of(body, gallery, opened),
        "all_open": page.ALL in opened,
        "facts": page.facts_of(body),
        "signals": page.signal_lines(body),
        "before_export": page.before_export_said(body),
        "decided_by": _name(decided),
        "weights": weights_of(body),
        "penalty": penalty_said(body),
        "as_of": moment(provenance_of(body).as_of),
        **what_if.begin(slug, report, sliders.preset(body, "recipe")),
    }


def _name(decided_by: Any) -> str:
    try:
        pk = UUID(str(decided_by))
    except ValueError:
        return str(decided_by or "")
    return selectors.names_of([pk]).get(pk, "")


def _done(member: Member, pk: UUID) -> Report:
    report = selectors.report_for(member, _KIND, pk)
    if report.state != Report.State.DONE:
        raise Http404("No such page.")
    return report


def _ask_form(member: Member, data: Any) -> AskForm:
    return AskForm(data, versions=selectors.versions_of(member), pools=selectors.pools_of(member))


def _files(slug: str, report: Report) -> str:
    return reverse("weighting_detail", args=[slug, report.pk]) + "data/"


def _json(said: Any) -> HttpResponse:
    return JsonResponse(said, json_dumps_params={"indent": 2, "ensure_ascii": False})


def _attached(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
