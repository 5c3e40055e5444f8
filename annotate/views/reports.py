"""What raters reported as broken, for those who decide what becomes of it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from annotate import reporting
from annotate.selectors import reports as selectors
from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in


@require_safe
@signed_in
def report_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """Every reported task with what was said of it."""
    member = member_of(request.user, slug, Right.SEE_JUDGMENTS)
    reported = selectors.reported(member)
    context = {
        "slug": slug,
        "reported": reported,
        "verdict": _verdict(len(reported), sum(one.held for one in reported)),
    }
    return render(request, "annotate/report_list.html", context)


@require_POST
@signed_in
def report_decide(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Put a reported task back into the queue (`decision` is dismiss) or take it out for good (retire)."""
    member = member_of(request.user, slug, Right.SEE_JUDGMENTS)
    task = selectors.task_for(member, pk)
    try:
        if request.POST.get("decision") == "retire":
            reporting.retire(task=task, who=member.user)
            messages.success(request, _("It is out of the queue for good. What was said of it stays."))
        elif request.POST.get("decision") == "dismiss":
            reporting.dismiss(task=task, who=member.user)
            messages.success(request, _("It is in the queue again."))
        else:
            messages.error(request, _("Nothing was decided: it goes back into the queue, or out of it for good."))
    except reporting.Decided:
        messages.info(request, _("Somebody else has decided this already."))
    return redirect("report_list", slug)


def _verdict(count: int, held: int) -> str:
    if not count:
        return _("Nothing is reported.")
    told = ngettext(
        "Raters say of %(n)d pair that it is broken", "Raters say of %(n)d pairs that they are broken", count
    ) % {"n": count}
    out = ngettext("%(n)d is out of the queue until you decide.", "%(n)d are out of the queue until you decide.", held)
    return f"{told}; {out % {'n': held}}" if held else f"{told}."
