"""The coverage grid of a programme: which expert was asked about which axis of which bundle, and what they said."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from alpha import checking
from alpha.check_forms import AskForm
from alpha.selectors import checks
from alpha.selectors.programmes import programme_for
from alpha.views.programmes import base_url, frame
from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def check_grid(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """Expert × axis × bundle. POST asks an expert for a check."""
    posted = request.method == "POST"
    member = member_of(request.user, slug, Right.MANAGE_ALPHA if posted else Right.SEE_ALPHA)
    programme = programme_for(member, key)
    form = AskForm(member, programme, request.POST if posted else None)
    if posted and form.is_valid():
        try:
            checking.ask(programme=programme, by=member.user, base_url=base_url(request), **form.cleaned_data)
        except checking.CannotAsk as fault:
            form.add_error(None, str(fault))
        else:
            expert = form.cleaned_data["expert"]
            messages.success(
                request, _("%(expert)s is asked, and sees no metrics until it is written.") % {"expert": expert}
            )
            if expert == member.user:
                return redirect("check_list", slug)
            return redirect("check_grid", slug, key)
    context = {
        **frame(member, programme, "checks"),
        "form": form,
        "grid": checks.grid_of(programme, timezone.localdate()),
        "may_ask": member.may(Right.MANAGE_ALPHA),
        "experts": checks.experts_of(member),
    }
    return render(request, "alpha/check_grid.html", context, status=422 if posted else 200)


@require_POST
@signed_in
def check_withdraw(request: SignedInRequest, slug: str, key: str, pk: UUID) -> HttpResponse:
    """Ask for it no more: its seal is lifted, and the grid says that it was declined."""
    member = member_of(request.user, slug, Right.MANAGE_ALPHA)
    check = checks.check_in(programme_for(member, key), pk)
    try:
        checking.decline(check=check, by=member.user)
    except checking.Over as over:
        messages.warning(request, str(over))
    else:
        messages.success(request, _("The check is withdrawn."))
    return redirect("check_grid", slug, key)
