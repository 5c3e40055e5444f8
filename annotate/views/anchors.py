"""Sets of anchors: what there is, and freezing another one."""

import secrets

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotate.forms import AnchorSetForm
from annotate.selectors import anchored
from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from core.ledger import anchoring


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def anchor_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """The project's sets of anchors, and the form that freezes a new one."""
    member = member_of(request.user, slug, Right.MANAGE_CAMPAIGNS)
    form = AnchorSetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            drawn = anchoring.draw(project=member.project, seed=secrets.randbelow(1 << 31), **form.counts())
            made = anchoring.freeze(
                project=member.project,
                name=form.cleaned_data["name"],
                note=form.cleaned_data["note"],
                drawn=drawn,
                who=member.user,
            )
        except anchoring.CannotFreeze as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("“%(name)s” is frozen. Campaigns can mix it in now.") % {"name": made.name})
            return redirect("anchor_list", slug)
    context = {
        "slug": slug,
        "form": form,
        "sets": anchored.sets_of(member),
        "available": anchoring.available(member.project),
    }
    return render(request, "annotate/anchor_list.html", context, status=422 if request.method == "POST" else 200)
