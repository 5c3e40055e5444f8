"""What rating has for somebody to decide: broken pairs, campaigns that stand still, requests that nobody takes."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate import wording
from annotate.models import Campaign
from annotate.selectors import progress, reports
from annotate.selectors.progress import CampaignLine, ProjectState
from core.accounts.access import Member
from core.accounts.waiting import Todo

State = Campaign.State


def todos(member: Member, state: ProjectState, lines: Sequence[CampaignLine]) -> Iterator[Todo]:
    """What waits in the member's project, which stands as `state` says with these campaigns; most pressing first."""
    slug = member.project.slug
    if broken := reports.count_waiting(member):
        yield Todo(wording.broken(broken), _("Decide"), reverse("report_list", args=[slug]))
    for line in lines:
        yield from _of_campaign(line, slug)
    for one in progress.requests_without_campaign(member):
        told = ngettext(
            "%(n)s label request for “%(purpose)s” waits: no open campaign takes it.",
            "%(n)s label requests for “%(purpose)s” wait: no open campaign takes them.",
            one.count,
        )
        values = {"n": f"{one.count:,}", "purpose": one.purpose}
        yield Todo(told % values, _("See campaigns"), reverse("campaign_list", args=[slug]))
    if state.since_cut:
        yield Todo(_uncut(state), _("Export"), reverse("export_new", args=[slug]))


def _of_campaign(line: CampaignLine, slug: str) -> Iterator[Todo]:
    campaign, now = line.campaign, line.progress
    values = {"title": campaign.title, "places": wording.places(now.slots), "share": now.share}
    page = reverse("campaign_detail", args=[slug, campaign.name])
    if campaign.state == State.CLOSED:
        return
    if not now.slots:
        into = f"{reverse('import_new', args=[slug])}?{urlencode({'campaign': campaign.name})}"
        yield Todo(_("“%(title)s” has nothing to rate yet.") % values, _("Import comparisons"), into)
    elif campaign.state == State.DRAFT:
        yield Todo(_("“%(title)s” is a draft with %(places)s.") % values, _("Open it"), page)
    elif campaign.state == State.PAUSED:
        yield Todo(_("“%(title)s” is paused at %(share)s.") % values, _("Go on"), page)
    elif now.done:
        yield Todo(_("“%(title)s” is done and still open.") % values, _("Close it"), page)


def _uncut(state: ProjectState) -> str:
    told = (
        ngettext(
            "%(n)s counted judgment since the last export.",
            "%(n)s counted judgments since the last export.",
            state.since_cut,
        )
        if state.last_cut
        else ngettext(
            "%(n)s counted judgment and nothing has been exported yet.",
            "%(n)s counted judgments and nothing has been exported yet.",
            state.since_cut,
        )
    )
    return told % {"n": f"{state.since_cut:,}"}
