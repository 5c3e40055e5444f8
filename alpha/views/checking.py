"""An expert's spot checks: what is due, what became of what they wrote, and the form itself."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alpha import check_forms, checking
from alpha.models import SpotCheck
from alpha.selectors import checks
from core.accounts.access import Member, Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from core.ledger import seals


@require_safe
@signed_in
def check_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """What the expert owes, and what became of each flag of theirs."""
    member = member_of(request.user, slug, Right.SPOT_CHECK)
    context = {
        "slug": slug,
        "due": checks.due_for(member),
        "written": checks.written_by(member),
        "sealed": seals.owed(member.user, member.project).exists(),
        "today": timezone.localdate(),
    }
    return render(request, "alpha/check_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def check_detail(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """One check: the form beside its transcript, or what was written. POST writes it."""
    member = member_of(request.user, slug, Right.SPOT_CHECK)
    check = checks.check_for(member, pk)
    if request.method != "POST":
        return _page(request, member, check, {}, {})
    said = check_forms.read(check.axes, request.POST)
    try:
        checking.complete(check=check, said=said, note=request.POST.get("note", ""))
    except checking.Incomplete as fault:
        return _page(request, member, check, request.POST, fault.faults, status=422)
    except checking.NotTried as fault:
        messages.error(request, str(fault))
    except checking.Over as over:
        messages.warning(request, str(over))
    else:
        messages.success(request, _("Your check is written. What you reported is with the team now."))
    return redirect("check_detail", slug, pk)


@require_POST
@signed_in
def check_start(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Go to the chat in which the candidate is tried; it is begun if there is none yet."""
    member = member_of(request.user, slug, Right.SPOT_CHECK)
    check = checks.check_for(member, pk)
    try:
        conversation = checking.start(check=check, expert=member.user)
    except checking.Over as over:
        messages.warning(request, str(over))
        return redirect("check_detail", slug, pk)
    return redirect("chat", slug, conversation.pk)


@require_POST
@signed_in
def check_decline(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """The expert cannot write it."""
    member = member_of(request.user, slug, Right.SPOT_CHECK)
    check = checks.check_for(member, pk)
    try:
        checking.decline(check=check, by=member.user)
    except checking.Over as over:
        messages.warning(request, str(over))
    else:
        messages.success(request, _("You have declined. Whoever asked sees that."))
    return redirect("check_list", slug)


def _page(
    request: SignedInRequest,
    member: Member,
    check: SpotCheck,
    data: Mapping[str, str],
    faults: Mapping[str, str],
    status: int = 200,
) -> HttpResponse:
    done = check.state == SpotCheck.State.DONE
    spoken = checks.spoken_in(check)
    context = {
        "slug": member.project.slug,
        "check": check,
        "written": checks.read([check])[0] if done else None,
        "declined": check.state == SpotCheck.State.DECLINED,
        "spoken": spoken,
        "tried": any(answer.over for one in spoken for answer in one.answers),
        "asked": [] if done else check_forms.filled(check.axes, data, faults),
        "faults": faults,
        "note": data.get("note", ""),
        "longest_note": checking.LONGEST_NOTE,
    }
    return render(request, "alpha/check_detail.html", context, status=status)
