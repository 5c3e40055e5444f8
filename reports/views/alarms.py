"""An alarm: its evidence, what was done about it, and what can be done."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.accounts.access import Member, Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from core.charts.words import moment
from reports.drift import evidence, saying, selectors, showing
from reports.models import Alarm
from reports.pictures import drifting, monitors
from reports.pictures.alarms import attribution_picture, gap_picture
from reports.pictures.timelines import value_picture
from reports.views.drift import attached, json_of, taken
from reports.watching import facts_of, live_lines


@require_safe
@signed_in
def drift_alarm(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """What an alarm rests on, the thumbs to read, and what is done about it."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    alarm = selectors.alarm_for(member, pk)
    return render(request, "reports/drift_alarm.html", page_of(member, alarm))


@require_safe
@signed_in
def drift_alarm_body(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """All that an alarm says, as JSON."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    return attached(json_of(saying.alarm_json(selectors.alarm_for(member, pk))), "alarm.json")


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


def page_of(member: Member, alarm: Alarm) -> dict[str, Any]:
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
        "near": live_lines(evidence.near_of(member, body)),
        "thumbs": evidence.thumbs_of(member, alarm),
        "as_of": moment(origin.as_of),
        "code": origin.code,
    }
