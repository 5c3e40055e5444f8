"""The inbox: what felt off, thumbs down, reports and what spot checks saw, and what becomes of each."""

from dataclasses import asdict
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from alpha import triaging
from alpha.models import Programme, Said, Triage
from alpha.reading import access, inbox, page, remarks
from alpha.reading.inbox import Filters
from alpha.selectors.programmes import programme_for, trials_of
from alpha.views.programmes import frame
from core.accounts.access import Member, Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from reports.faults import Refused

ON_A_PAGE = 25


@require_safe
@signed_in
def flag_list(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """What waits for a look, newest first, narrowed by kind, bundle and where it stands."""
    member = member_of(request.user, slug, Right.SEE_ALPHA)
    programme = programme_for(member, key)
    return _page(request, member, programme, Filters.of(request.GET.dict()))


@require_POST
@signed_in
def flag_step(request: SignedInRequest, slug: str, key: str, pk: UUID) -> HttpResponse:
    """Say what becomes of one flag (`state`, `note`), then back to where one was (`back`, and the filters)."""
    member = member_of(request.user, slug, Right.MANAGE_ALPHA)
    programme = programme_for(member, key)
    said = access.said_for(member, programme, pk)
    asked = {**request.POST.dict(), "state": request.POST.get("stands", "")}
    filters = Filters.of(asked)
    try:
        made = triaging.step(
            said=said, state=request.POST.get("state", ""), note=request.POST.get("note", ""), by=member
        )
    except Refused as refused:
        return _page(request, member, programme, filters, (said, refused))
    if made is not None:
        messages.success(request, _("Saved: %(state)s.") % {"state": made.get_state_display()})
    if request.POST.get("back") == "talk":
        return redirect(reverse("talk_detail", args=[slug, key, said.conversation_id]) + f"#answer-{said.answer_id}")
    return redirect(reverse("flag_list", args=[slug, key]) + _query(filters))


def _page(
    request: SignedInRequest,
    member: Member,
    programme: Programme,
    filters: Filters,
    refused: tuple[Said, Refused] | None = None,
) -> HttpResponse:
    flags = filters.narrow(inbox.flags_in(programme))
    rows = flags.select_related(*_WITH)
    asked = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    told = remarks.remarks_of(asked.object_list)
    if refused is not None and all(one.said.pk != refused[0].pk for one in told):
        # What was just refused is shown whatever the filters say, so that its words are not lost.
        told = [*remarks.remarks_of(inbox.flags_in(programme).filter(pk=refused[0].pk).select_related(*_WITH)), *told]
    waiting = inbox.flags_in(programme).filter(triage__in=inbox.OPEN).count()
    context = {
        **frame(member, programme, "inbox"),
        "filters": filters,
        "kinds": [(kind.value, kind.label) for kind in inbox.KINDS],
        "states": Triage.State.choices,
        "bundles": [trial.bundle.name for trial in trials_of(programme)],
        "page": asked,
        "flags": told,
        "verdict": page.waiting_said(waiting),
        "may_manage": member.may(triaging.RIGHT),
        "refused": {"pk": refused[0].pk, "faults": refused[1].faults} if refused else None,
        "posted": request.POST,
        "narrowed": any(asdict(filters).values()),
    }
    return render(request, "alpha/flag_list.html", context, status=422 if refused else 200)


_WITH = ("judgment__actor", "judgment__rubric_version", "answer__voice__bundle", "conversation")


def _query(filters: Filters) -> str:
    kept = {name: value for name, value in asdict(filters).items() if value}
    return "?" + urlencode(kept) if kept else ""
