"""Campaigns as those who run them see them: the list, the form, how far it is, and what a rater will see."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from annotate import campaigns, wording
from annotate.forms import CampaignForm
from annotate.guidelines import guideline_html
from annotate.models import Campaign
from annotate.selectors import progress, reports
from annotate.views.fixed import fixed
from annotate.views.preview import preview
from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in

_FURTHEST_PREVIEW = 200
# The form asks for hundredths.
_FIELD = {"anchor_share": "anchor_percent"}


@require_safe
@signed_in
def campaign_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """Every campaign of the project with its progress."""
    member = member_of(request.user, slug, Right.MANAGE_CAMPAIGNS)
    lines = [(line, wording.STATES[line.campaign.state]) for line in progress.campaigns_of(member)]
    return render(request, "annotate/campaign_list.html", {"slug": slug, "lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def campaign_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """The form for a new campaign, which starts as a draft."""
    member = member_of(request.user, slug, Right.MANAGE_CAMPAIGNS)
    form = CampaignForm(request.POST or None, project=member.project)
    if request.method == "POST" and form.is_valid():
        try:
            campaign = campaigns.create_campaign(project=member.project, who=member.user, **form.values())
        except campaigns.NamesBundle as error:
            form.add_error(error.field, str(error))
        except campaigns.CannotChange as error:
            form.add_error(_FIELD.get(error.field, error.field), str(error))
        except (campaigns.BadName, campaigns.NameTaken) as error:
            form.add_error("name", str(error))
        else:
            messages.success(
                request, _("“%(title)s” is made. It is a draft until you open it.") % {"title": campaign.title}
            )
            return _to_campaign(request, slug, campaign.name)
    return _form(request, slug, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def campaign_edit(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """The form for what may change in a campaign."""
    member = member_of(request.user, slug, Right.MANAGE_CAMPAIGNS)
    campaign = progress.campaign_for(member, name)
    form = CampaignForm(request.POST or None, project=member.project, campaign=campaign)
    if request.method == "POST" and form.is_valid():
        try:
            campaigns.change_campaign(campaign=campaign, who=member.user, **form.values())
        except campaigns.CannotChange as error:
            form.add_error(_FIELD.get(error.field, error.field), str(error))
        except campaigns.NamesBundle as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, _("Saved."))
            return _to_campaign(request, slug, name)
    return _form(request, slug, form, campaign)


@require_safe
@signed_in
def campaign_detail(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """How far the campaign is and who works on it; the figures keep themselves current over a socket."""
    member = member_of(request.user, slug, Right.MANAGE_CAMPAIGNS)
    campaign = progress.campaign_for(member, name)
    raters = progress.raters_of(campaign)
    anchored = any(rater.quality for rater in raters)
    context = {"slug": slug, "campaign": campaign, "raters": raters, "anchored": anchored}
    if request.htmx:
        return render(request, "annotate/_campaign_raters.html", context)
    now = progress.progress_of([campaign.pk])[campaign.pk]
    context |= {
        "now": now,
        "figures": wording.figures(now),
        "verdict": wording.verdict(campaign, now),
        "asked": progress.asked_of(campaign),
        "pay": wording.pay(campaign),
        "anchors": wording.anchors(campaign),
        "state_kind": wording.STATES[campaign.state],
        "guideline_html": guideline_html(campaign),
        "broken": wording.broken(reported) if (reported := reports.count_waiting(member, campaign)) else "",
    }
    return render(request, "annotate/campaign_detail.html", context)


@require_POST
@signed_in
def campaign_state(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Open, pause or close the campaign."""
    member = member_of(request.user, slug, Right.MANAGE_CAMPAIGNS)
    campaign = progress.campaign_for(member, name)
    try:
        campaigns.set_state(campaign=campaign, state=request.POST.get("state", ""), who=member.user)
    except (campaigns.CannotChange, campaigns.NamesBundle) as error:
        messages.error(request, str(error))
    return redirect("campaign_detail", slug, name)


@require_safe
@signed_in
def campaign_preview(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """What a rater sees of one of the campaign's tasks. Nothing is taken and nothing can be saved."""
    member = member_of(request.user, slug, Right.MANAGE_CAMPAIGNS)
    campaign = progress.campaign_for(member, name)
    n = _whole(request.GET.get("n", ""))
    slot = progress.example_slot(campaign, n)
    context = {
        "slug": slug,
        "campaign": campaign,
        "pair": preview(slot) if slot else None,
        "fixed": fixed(),
        "another": (n + 1) % _FURTHEST_PREVIEW,
        "guideline_html": guideline_html(campaign),
    }
    return render(request, "annotate/campaign_preview.html", context)


def _form(request: SignedInRequest, slug: str, form: CampaignForm, campaign: Campaign | None) -> HttpResponse:
    template = "annotate/_campaign_form.html" if request.htmx else "annotate/campaign_form.html"
    context = {"slug": slug, "form": form, "campaign": campaign}
    return render(request, template, context, status=422 if form.errors else 200)


def _to_campaign(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    if request.htmx:
        return HttpResponseClientRedirect(reverse("campaign_detail", args=[slug, name]))
    return redirect("campaign_detail", slug, name)


def _whole(text: str) -> int:
    return min(int(text), _FURTHEST_PREVIEW) if text.isascii() and text.isdigit() and len(text) < 6 else 0
