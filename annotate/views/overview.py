"""The first page of those who run a project: what was said, how the work goes, and what waits for them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotate import waiting, wording
from annotate.models import Campaign
from annotate.selectors import progress
from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from core.accounts.waiting import waiting_for
from reports import watching


@require_safe
@signed_in
def overview(request: SignedInRequest, slug: str) -> HttpResponse:
    """The project at a glance."""
    member = member_of(request.user, slug, Right.MANAGE_CAMPAIGNS)
    state, lines = progress.project_state(member), progress.campaigns_of(member)
    context = {
        "slug": slug,
        "project": member.project,
        "state": state,
        "verdict": wording.overview(state, lines),
        "figures": {name: f"{getattr(state, name):,}" for name in ("comparisons", "counted", "simulated")},
        "lines": [
            (line, wording.STATES[line.campaign.state])
            for line in lines
            if line.campaign.state != Campaign.State.CLOSED
        ],
        "closed": sum(line.campaign.state == Campaign.State.CLOSED for line in lines),
        "todos": [*waiting_for(member), *waiting.todos(member, state, lines)],
        **watching.at_a_glance(member),
    }
    return render(request, "annotate/overview.html", context)
