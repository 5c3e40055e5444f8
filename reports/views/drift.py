"""The monitors of drift: how all of them stand, one of them over time, and what each is told."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from core.charts.chart import Chart
from core.charts.words import moment
from reports import acts
from reports.details import details_of
from reports.drift import declaring, foreseeing, selectors, showing
from reports.faults import Refused
from reports.forms import refused
from reports.monitor_forms import DeclareForm
from reports.pictures import drifting, monitors
from reports.pictures.plumbs import plumbs_of
from reports.pictures.timelines import evidence_picture, value_picture
from reports.watching import alarm_lines, facts_of, is_empty, left_out_lines, live_lines

MOST_ALARMS = 50


@require_safe
@signed_in
def drift_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """Whether users' thumbs drift, its figure, how all ten monitors stand, and the alarms."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    bodies = showing.strip(member)
    main = showing.monitor_body(member, selectors.monitor_for(member, showing.MAIN))
    origin = showing.provenance(bodies)
    context = {
        "slug": slug,
        "main": main,
        "empty": is_empty(bodies),
        "reference": f"{main['declared']['reference']:,}",
        "verdict": drifting.answer_said(main),
        "picture": value_picture(main, origin),
        "files": _files(slug, showing.MAIN),
        "facts": facts_of(main),
        "plumbs": plumbs_of(bodies),
        "notes": acts.notes_of(member),
        "alarms": alarm_lines(selectors.alarms_of(member).order_by("-at", "-pk")[:MOST_ALARMS]),
        "foretold": main["key"] in foreseeing.FORETOLD and bool(main.get("reference")),
        "promise": drifting.promise_said(main),
        "as_of": moment(origin.as_of),
        "code": origin.code,
        "may_write": member.may(Right.MANAGE_RECIPES),
    }
    return render(request, "reports/drift_list.html", context)


@require_safe
@signed_in
def drift_body(request: SignedInRequest, slug: str) -> HttpResponse:
    """All that the monitors say, as JSON."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    bodies = showing.strip(member)
    origin = showing.provenance(bodies)
    said = {"monitors": {one["key"]: one for one in bodies}, "provenance": origin.as_json()}
    return attached(json_of(said), "monitors.json")


@require_safe
@signed_in
def drift_monitor(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """One monitor: its answer, its timeline, the evidence, its segments, what it left out and its alarms."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    monitor = selectors.monitor_for(member, key)
    body = showing.monitor_body(member, monitor)
    origin = showing.provenance([body])
    context = {
        "slug": slug,
        "key": key,
        "body": body,
        "title": monitors.title_of(key),
        "question": _(monitors.WATCHED[key].question),
        "sign": monitors.sign_of(body),
        "verdict": drifting.answer_said(body),
        "picture": value_picture(body, origin),
        "evidence": evidence_picture(body, origin),
        "files": _files(slug, key),
        "facts": facts_of(body),
        "details": details_of(body),
        "left_out": left_out_lines(body),
        "left_out_intro": monitors.left_out_intro(key),
        "go_lives": live_lines(body["go_lives"]),
        "alarms": alarm_lines(selectors.alarms_of(member, key).order_by("-at", "-pk")[:MOST_ALARMS]),
        "foretold": key in foreseeing.FORETOLD and bool(body.get("reference")),
        "promise": drifting.promise_said(body),
        "as_of": moment(origin.as_of),
        "code": origin.code,
        "may_write": member.may(Right.MANAGE_RECIPES),
    }
    return render(request, "reports/drift_monitor.html", context)


@require_safe
@signed_in
def drift_power(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """How soon a monitor would find a rise: with htmx the sentence alone, which takes a moment at first."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    monitor = selectors.monitor_for(member, key)
    context = {
        "slug": slug,
        "key": key,
        "title": monitors.title_of(key),
        "power": drifting.power_said(foreseeing.power_of(monitor)),
        "promise": drifting.promise_said({"key": key, "declared": monitor.declared}),
    }
    return render(request, "reports/_power.html" if request.htmx else "reports/drift_power.html", context)


@require_safe
@signed_in
def drift_picture(request: SignedInRequest, slug: str, key: str, picture: str, kind: str) -> HttpResponse:
    """The numbers of one picture as CSV, or its specification as Vega-Lite JSON with the numbers in it."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    body = showing.monitor_body(member, selectors.monitor_for(member, key))
    origin = showing.provenance([body])
    made = (value_picture(body, origin), evidence_picture(body, origin))
    found = next((one for one in made if one.name == picture), None)
    return taken(found.chart if found else None, picture, kind)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def drift_declare(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """What a monitor is told, and the form that changes it."""
    member = member_of(request.user, slug, Right.MANAGE_RECIPES)
    monitor = selectors.monitor_for(member, key)
    given = request.POST if request.method == "POST" else None
    form = DeclareForm(given, monitor=monitor, people=showing.owners_of(member))
    if request.method == "POST" and form.is_valid():
        try:
            declaring.declare(project=member.project, key=key, who=member.user, **form.values())
        except Refused as error:
            refused(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("drift_monitor", slug, key)
    body = showing.monitor_body(member, monitor)
    context = {
        "slug": slug,
        "key": key,
        "form": form,
        "title": monitors.title_of(key),
        "facts": facts_of(body),
        "fixed": monitor.state is not None,
        "alarm": body.get("alarm"),
        "promise": drifting.promise_said(body),
    }
    return render(request, "reports/drift_declare.html", context, status=422 if form.errors else 200)


def taken(chart: Chart | None, picture: str, kind: str) -> HttpResponse:
    """A picture to take away. Raises Http404."""
    if chart is None or kind not in ("csv", "vl.json"):
        raise Http404("No such page.")
    if kind == "csv":
        return attached(HttpResponse(chart.csv(), content_type="text/csv; charset=utf-8"), f"drift-{picture}.csv")
    response = HttpResponse(chart.vega_lite(), content_type="application/json")
    return attached(response, f"drift-{picture}.vl.json")


def json_of(said: Any) -> HttpResponse:
    return JsonResponse(said, json_dumps_params={"indent": 2, "ensure_ascii": False})


def attached(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _files(slug: str, key: str) -> str:
    return reverse("drift_monitor", args=[slug, key]) + "data/"
