"""What an alpha says: the page of a programme, its pictures' data, its conversations."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alpha.models import Triage
from alpha.pictures.courses import chart_of, sparks_of
from alpha.pictures.gallery import Gallery
from alpha.reading import access, body, page, talks
from alpha.selectors.programmes import programme_for
from alpha.views.programmes import frame
from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in

RIGHT = Right.SEE_ALPHA
ON_A_PAGE = 25


@require_safe
@signed_in
def programme_detail(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """How a programme stands: behaviour, what is liked, how steady, what experts saw, and what waits."""
    member = member_of(request.user, slug, RIGHT)
    programme = programme_for(member, key)
    context = {**frame(member, programme, "programme"), **page.page(member, programme, body.read(programme))}
    return render(request, "alpha/programme_detail.html", context)


@require_safe
@signed_in
def programme_body(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """All that the page says, as JSON."""
    member = member_of(request.user, slug, RIGHT)
    programme = programme_for(member, key)
    said = JsonResponse(body.read(programme), json_dumps_params={"indent": 2, "ensure_ascii": False})
    return attached(said, f"{programme.key}.json")


@require_safe
@signed_in
def programme_picture(request: SignedInRequest, slug: str, key: str, picture: str, kind: str) -> HttpResponse:
    """The numbers of one picture as CSV, or its specification as Vega-Lite JSON with the numbers in it."""
    member = member_of(request.user, slug, RIGHT)
    programme = programme_for(member, key)
    found = Gallery(body.read(programme)).named(picture)
    if found is None or found.chart is None or kind not in ("csv", "vl.json"):
        raise Http404("No such page.")
    said = found.chart.csv() if kind == "csv" else found.chart.vega_lite()
    content = "text/csv; charset=utf-8" if kind == "csv" else "application/json"
    return attached(HttpResponse(said, content_type=content), f"{programme.key}-{picture}.{kind}")


@require_safe
@signed_in
def talk_list(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """The conversations of a programme, newest first, each with its bundles, flags and how steady it was."""
    member = member_of(request.user, slug, RIGHT)
    programme = programme_for(member, key)
    rows = Paginator(access.conversations_of(member, programme), ON_A_PAGE).get_page(request.GET.get("page"))
    lines = talks.lines_of(programme, list(rows.object_list))
    context = {
        **frame(member, programme, "talks"),
        "page": rows,
        "lines": [(line, sparks_of(line.courses)) for line in lines],
    }
    return render(request, "alpha/talk_list.html", context)


@require_safe
@signed_in
def talk_detail(request: SignedInRequest, slug: str, key: str, pk: UUID) -> HttpResponse:
    """One conversation with everything that was said of it."""
    member = member_of(request.user, slug, RIGHT)
    programme = programme_for(member, key)
    talk = talks.talk_of(programme, access.conversation_for(member, programme, pk))
    context: dict[str, Any] = {
        "slug": slug,
        "programme": programme,
        "talk": talk,
        "conversation": talk.conversation,
        "sparks": sparks_of(talk.courses),
        "verdict": _steady_said(talk),
        "states": Triage.State.choices,
        "may_manage": member.may(Right.MANAGE_ALPHA),
    }
    return render(request, "alpha/talk_detail.html", context)


@require_safe
@signed_in
def talk_scores(request: SignedInRequest, slug: str, key: str, pk: UUID) -> HttpResponse:
    """The scores of a conversation turn by turn, as CSV."""
    member = member_of(request.user, slug, RIGHT)
    programme = programme_for(member, key)
    conversation = access.conversation_for(member, programme, pk)
    courses = talks.courses_of(programme, [conversation.pk]).get(conversation.pk, [])
    said = HttpResponse(chart_of(courses).csv(), content_type="text/csv; charset=utf-8")
    return attached(said, f"{programme.key}-{conversation.pk}.csv")


def attached(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _steady_said(talk: talks.Talk) -> str:
    known = [course for course in talk.courses if course.deviation is not None]
    if not known:
        return _("Too few turns to say how steady it was: %(least)s are needed.") % {"least": talks.LEAST_SCORED}
    said = [
        _("%(measure)s of %(bundle)s strays by %(by)s")
        % {"measure": talks.measure_said(one.measure), "bundle": one.bundle, "by": f"{one.deviation:.2f}"}
        for one in known
    ]
    return _("From turn to turn, of a scale from 0 to 1: %(all)s.") % {"all": "; ".join(said)}
