"""An alarm: its evidence, what was done about it, and what can be done."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.accounts.access import Member, Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from core.charts.words import moment
from reports import acts
from reports.drift import acting, evidence, selectors, showing
from reports.faults import Refused
from reports.forms import refused
from reports.models import Alarm, AlarmAction
from reports.pictures import drifting, monitors
from reports.pictures.alarms import attribution_picture, gap_picture
from reports.pictures.timelines import value_picture
from reports.views.drift import attached, json_of, taken
from reports.watching import facts_of, live_lines

Kind = AlarmAction.Kind


@require_safe
@signed_in
def drift_alarm(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """What an alarm rests on, the thumbs to read, and what is done about it."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    alarm = selectors.alarm_for(member, pk)
    return render(request, "reports/drift_alarm.html", _page(member, alarm, {}))


@require_safe
@signed_in
def drift_alarm_body(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """All that an alarm says, as JSON."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    return attached(json_of(evidence.alarm_json(member, selectors.alarm_for(member, pk))), "alarm.json")


@require_safe
@signed_in
def drift_alarm_picture(request: SignedInRequest, slug: str, pk: UUID, picture: str, kind: str) -> HttpResponse:
    """The numbers of one picture as CSV, or its specification as Vega-Lite JSON with the numbers in it."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    body = evidence.alarm_body(member, selectors.alarm_for(member, pk))
    origin = showing.provenance([body])
    made = (value_picture(body, origin), attribution_picture(body, origin), gap_picture(body, origin))
    found = next((one for one in made if one.name == picture), None)
    return taken(found.chart if found else None, picture, kind)


@require_POST
@signed_in
def drift_triage(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Say what an alarm is."""
    return _act(request, slug, pk, Kind.TRIAGE, acting.triage)


@require_POST
@signed_in
def drift_thumbs_off(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Take users' thumbs out of the recipes."""
    return _act(request, slug, pk, Kind.THUMBS_OFF, acting.switch_thumbs_off)


@require_POST
@signed_in
def drift_block_exports(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Keep the thumbs since the change out of exports."""
    return _act(request, slug, pk, Kind.BLOCK_EXPORTS, acting.block_exports)


@require_POST
@signed_in
def drift_raise_gold(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Give raters more tasks with a known answer."""
    return _act(request, slug, pk, Kind.RAISE_GOLD, acting.raise_gold)


@require_POST
@signed_in
def drift_ask_incident(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Ask for an incident."""
    return _act(request, slug, pk, Kind.ASK_INCIDENT, acting.ask_incident)


@require_POST
@signed_in
def drift_reset(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Close an alarm and begin a new reference."""
    return _act(request, slug, pk, Kind.RESET, acting.reset)


def _act(
    request: SignedInRequest, slug: str, pk: UUID, kind: AlarmAction.Kind, verb: Callable[..., AlarmAction]
) -> HttpResponse:
    """What the form says done by its verb and recorded, or the page again with what was wrong."""
    member = member_of(request.user, slug, acting.RIGHT)
    alarm = selectors.alarm_for(member, pk)
    form = acts.form_for(alarm, kind, request.POST)
    if form.is_valid():
        try:
            verb(alarm=alarm, member=member, **form.values())
        except Refused as error:
            refused(form, error)
        else:
            messages.success(request, _("Done, and recorded: %(what)s.") % {"what": kind.label})
            return redirect(reverse("drift_alarm", args=[slug, pk]) + "#decide")
    return render(request, "reports/drift_alarm.html", _page(member, alarm, {kind: form}), status=422)


def _page(member: Member, alarm: Alarm, tried: Mapping[str, forms.Form]) -> dict[str, Any]:
    """What the page of an alarm shows."""
    slug, key = member.project.slug, alarm.monitor.key
    body = evidence.alarm_body(member, alarm)
    origin = showing.provenance([body])
    return {
        "slug": slug,
        "alarm": alarm,
        "key": key,
        "title": monitors.title_of(key),
        "closed": alarm.closed_at is not None,
        "verdict": drifting.answer_said(body),
        "picture": value_picture(body, origin),
        "attribution": attribution_picture(body, origin),
        "gap": gap_picture(body, origin),
        "files": reverse("drift_alarm", args=[slug, alarm.pk]) + "data/",
        "facts": facts_of(body),
        "may_write": member.may(acting.RIGHT),
        "notes": acts.notes_of(member),
        "fault": alarm.body.get("fault"),
        "acts": acts.acts_of(member, alarm, tried),
        "done": acts.done_of(alarm),
        "near": live_lines(body["near"]),
        "thumbs": evidence.thumbs_of(member, alarm),
        "as_of": moment(origin.as_of),
        "code": origin.code,
    }
