"""The rating page: one pair to look at, the next one ready under it, and what is done with them."""

import json
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotate import drafts, keymap, queue, reporting, submitting, undoing
from annotate.access import Chair, chair_of
from annotate.answers import Incomplete, from_form, rubric_of
from annotate.guidelines import guideline_html
from annotate.selectors import rating as selectors
from annotate.showing import Fields, clean
from annotate.views.desk import Desk, Trace, report_reasons, skip_reasons
from core import failpoints
from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from core.ledger.actors import actor_of
from core.ledger.recording import SubmissionConflict


def _token(request: HttpRequest, field: str = "token") -> UUID:
    try:
        return UUID(request.POST.get(field, ""))
    except ValueError:
        raise Http404("No such pair.") from None


def _fields(request: HttpRequest) -> dict[str, list[str]]:
    return clean(dict(request.POST.lists()))


@require_safe
@signed_in
def rate_home(request: SignedInRequest, slug: str) -> HttpResponse:
    """The rater's first page: where there is work, and how their week goes."""
    member = member_of(request.user, slug, Right.RATE)
    rater = actor_of(member.project, member.user)
    work = selectors.work_of(member=member, rater=rater)
    days, pay = selectors.week_of(member=member, rater=rater)
    return render(
        request,
        "annotate/rate_home.html",
        {
            "slug": slug,
            "work": work,
            "days": days,
            "most": max((day.count for day in days), default=0),
            "week_count": sum(day.count for day in days),
            "week_pay": pay,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def rate(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """The current pair; a POST saves it and answers with what comes next."""
    chair = chair_of(request.user, slug, name)
    if request.method == "POST":
        return _submit(request, chair)
    return _page(request, _desk(chair))


def _desk(chair: Chair, trace: Trace | None = None, first: UUID | None = None) -> Desk:
    keys = keymap.of_stored(chair.member.user.keys)
    return Desk.laid(campaign=chair.campaign, rater=chair.rater, trace=trace, first=first, keys=keys)


def _submit(request: SignedInRequest, chair: Chair) -> HttpResponse:
    token = _token(request)
    try:
        receipt = submitting.submit(
            campaign=chair.campaign,
            rater=chair.rater,
            token=token,
            answers=from_form(request.POST),
            seconds=_seconds(request),
        )
    except Incomplete as error:
        return _incomplete(request, chair, token, error.errors)
    except SubmissionConflict:
        trace = Trace.conflict()
    except submitting.NotYours:
        return _gone(request, chair)
    else:
        trace = Trace.of_receipt(receipt, token, rubric_of(chair.campaign))
    answer = _next(request, chair, trace)
    failpoints.reached("submit.before_response")
    return answer


def _seconds(request: HttpRequest) -> float | None:
    try:
        seconds = float(request.POST.get("seconds", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < 86_400 else None


def _incomplete(request: SignedInRequest, chair: Chair, token: UUID, errors: dict[str, str]) -> HttpResponse:
    if request.htmx:
        listed = [{"name": key, "text": text} for key, text in errors.items()]
        return render(request, "annotate/_rate_errors.html", {"errors": listed}, status=422)
    return _page(request, _desk(chair, first=token), filled=_fields(request), errors=errors, status=422)


def _gone(request: SignedInRequest, chair: Chair) -> HttpResponse:
    return _next(request, chair, Trace.gone(), status=409)


def _next(
    request: SignedInRequest, chair: Chair, trace: Trace, *, status: int = 200, first: UUID | None = None
) -> HttpResponse:
    """After an act: the next page for a browser without script, its new parts for one with."""
    if not request.htmx:
        if trace.passing:
            messages.info(request, trace.text)
        return redirect("rate", slug=chair.campaign.project.slug, name=chair.campaign.name)
    desk = _desk(chair, trace, first)
    context = desk.context(known={request.POST.get("ahead", "")})
    return HttpResponse(render_to_string("annotate/_rate_answer.html", context), status=status)


def _page(
    request: SignedInRequest,
    desk: Desk,
    *,
    filled: Fields | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = desk.context(filled=filled, errors=errors)
    context |= {
        "skip_reasons": skip_reasons(),
        "report_reasons": report_reasons(),
        "keys_json": json.dumps({key: action for action, key in desk.keys.pairs}),
        "single_keys": request.user.single_keys,
    }
    context["guideline_html"] = guideline_html(desk.campaign)
    return render(request, "annotate/rate.html", context, status=status)


@require_POST
@signed_in
def rate_beat(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Hold on to the pairs that the page shows and has ready; says which are still held."""
    chair = chair_of(request.user, slug, name)
    tokens = [UUID(token) for token in request.POST.getlist("token")[:4] if _is_uuid(token)]
    held = queue.beat(campaign=chair.campaign, rater=chair.rater, tokens=tokens)
    return JsonResponse({"held": [str(token) for token in held]})


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@require_POST
@signed_in
def rate_draft(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Keep what is filled in so far."""
    chair = chair_of(request.user, slug, name)
    at = drafts.save(campaign=chair.campaign, rater=chair.rater, token=_token(request), fields=_fields(request))
    if not request.htmx:
        if at is not None:
            messages.info(request, _("Draft saved %(time)s.") % {"time": f"{timezone.localtime(at):%H:%M}"})
        return redirect("rate", slug=slug, name=name)
    return JsonResponse({"saved": f"{timezone.localtime(at):%H:%M}" if at else ""})


@require_POST
@signed_in
def rate_skip(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Give the pair back with a reason; it never comes to this rater again."""
    chair = chair_of(request.user, slug, name)
    reason = request.POST.get("reason", "")
    reasons = {choice["value"] for choice in skip_reasons()}
    try:
        submitting.skip(
            campaign=chair.campaign,
            rater=chair.rater,
            token=_token(request),
            reason=reason if reason in reasons else "other",
        )
    except submitting.NotYours:
        return _gone(request, chair)
    return _next(request, chair, Trace.skipped())


@require_POST
@signed_in
def rate_report(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Say that the pair is broken: it never comes to this rater again, and those who run the project see why."""
    chair = chair_of(request.user, slug, name)
    token = _token(request)
    try:
        reporting.report(
            campaign=chair.campaign,
            rater=chair.rater,
            token=token,
            reason=request.POST.get("report", ""),
            words=request.POST.get("report_words", ""),
        )
    except reporting.SayWhat as error:
        return _incomplete(request, chair, token, {"report": str(error)})
    except submitting.NotYours:
        return _gone(request, chair)
    return _next(request, chair, Trace.reported())


@require_POST
@signed_in
def rate_undo(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Take back the last save: the same pair comes again, as it was filled in."""
    chair = chair_of(request.user, slug, name)
    judgment = selectors.judgment_sent_as(
        project=chair.member.project, rater=chair.rater, token=str(_token(request, "undo"))
    )
    try:
        slot = undoing.undo(campaign=chair.campaign, rater=chair.rater, judgment=judgment.pk)
    except undoing.TooLate as error:
        return _next(request, chair, Trace.too_late(error.words), status=409)
    return _next(request, chair, Trace.undone(), first=slot.lease_token if slot else None)


@require_safe
@signed_in
def guideline(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """The guideline as a page of its own."""
    chair = chair_of(request.user, slug, name)
    html = guideline_html(chair.campaign)
    return render(
        request,
        "annotate/rate_guideline.html",
        {"slug": slug, "name": name, "campaign": chair.campaign, "guideline_html": html},
    )
