"""The first page of those who run a project: what was said, how the work goes, and what waits for them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from annotate import wording
from annotate.models import Campaign
from annotate.selectors import progress, reports
from annotate.wording import Todo
from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from reports import watching


@require_safe
@signed_in
def overview(request: SignedInRequest, slug: str) -> HttpResponse:
    """The project at a glance."""
    member = member_of(request.user, slug, Right.MANAGE_CAMPAIGNS)
    state, lines = progress.project_state(member), progress.campaigns_of(member)
    todos = wording.todos(state, lines, progress.requests_without_campaign(member), reports.count_waiting(member))
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
        "todos": [(todo, _url(todo, slug)) for todo in todos],
        **watching.at_a_glance(member),
    }
    return render(request, "annotate/overview.html", context)


def _url(todo: Todo, slug: str) -> str:
    """Where to do it; empty when those pages are not part of this installation."""
    on_its_page = todo.url_name == "campaign_detail"
    try:
        url = reverse(todo.url_name, args=[slug, todo.campaign] if on_its_page else [slug])
    except NoReverseMatch:
        return ""
    return url if on_its_page or not todo.campaign else f"{url}?campaign={todo.campaign}"
