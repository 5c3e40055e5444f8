"""What a rater said: their own judgments in a campaign, and each one as it was shown to them."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotate.access import chair_of
from annotate.selectors import said as selectors
from core.accounts.gate import SignedInRequest, signed_in


@require_safe
@signed_in
def rate_said(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """The rater's own judgments, newest first; `after` names the one to go on from."""
    chair = chair_of(request.user, slug, name)
    page = selectors.page_of(campaign=chair.campaign, rater=chair.rater, after=_after(request))
    context = {
        "slug": slug,
        "name": name,
        "campaign": chair.campaign,
        "page": page,
        "first": "after" not in request.GET,
    }
    return render(request, "annotate/rate_said.html", context)


@require_safe
@signed_in
def rate_said_one(request: SignedInRequest, slug: str, name: str, token: UUID) -> HttpResponse:
    """One of them: the pair with the same sides, and what was answered."""
    chair = chair_of(request.user, slug, name)
    one = selectors.one_of(campaign=chair.campaign, rater=chair.rater, token=token)
    return render(
        request,
        "annotate/rate_said_one.html",
        {"slug": slug, "name": name, "campaign": chair.campaign, "one": one, "line": one.line},
    )


def _after(request: SignedInRequest) -> UUID | None:
    after = request.GET.get("after", "")
    try:
        return UUID(after) if after else None
    except ValueError:
        raise Http404("No such page.") from None
