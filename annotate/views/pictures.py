"""A campaign's pictures, and what lies behind each to take away."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotate.pictures.gallery import gallery_of
from annotate.selectors import progress
from annotate.selectors.tally import TooMany
from core.accounts.access import Member, Right, member_of
from core.accounts.gate import SignedInRequest, signed_in


@require_safe
@signed_in
def campaign_pictures(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """The campaign's pictures: as a fragment of its page, or as a page of their own."""
    member = member_of(request.user, slug, Right.MANAGE_CAMPAIGNS)
    campaign = progress.campaign_for(member, name)
    template = "annotate/_campaign_pictures.html" if request.htmx else "annotate/campaign_pictures.html"
    asked = {"slug": slug, "campaign": campaign}
    try:
        return render(request, template, {**asked, "gallery": gallery_of(campaign, by_bundle=_by_bundle(member))})
    except TooMany:
        return render(request, template, {**asked, "too_many": True})


@require_safe
@signed_in
def campaign_picture_file(request: SignedInRequest, slug: str, name: str, picture: str, kind: str) -> HttpResponse:
    """The numbers of one picture as CSV, or its specification as Vega-Lite JSON with the numbers in it."""
    member = member_of(request.user, slug, Right.MANAGE_CAMPAIGNS)
    campaign = progress.campaign_for(member, name)
    try:
        gallery = gallery_of(campaign, by_bundle=_by_bundle(member), wait=True)
    except TooMany:
        gallery = None
    found = gallery.named(picture) if gallery else None
    if found is None or found.chart is None:
        raise Http404("No such page.")
    if kind == "csv":
        response = HttpResponse(found.chart.csv(), content_type="text/csv; charset=utf-8")
    elif kind == "vl.json":
        response = HttpResponse(found.chart.vega_lite(), content_type="application/json")
    else:
        raise Http404("No such page.")
    response["Content-Disposition"] = f'attachment; filename="{name}-{picture}.{kind}"'
    return response


def _by_bundle(member: Member) -> bool:
    return member.may(Right.SEE_BUNDLES)
