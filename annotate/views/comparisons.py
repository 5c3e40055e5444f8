"""The browser of comparisons."""

from dataclasses import replace
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from annotate import wording
from annotate.selectors import accounts, comparisons
from annotate.selectors.comparisons import Choices, Filters
from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from core.catalog.content import html_of


@require_safe
@signed_in
def comparison_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """Comparisons narrowed by family, bundle, label, source and campaign, newest first."""
    member = member_of(request.user, slug, Right.SEE_JUDGMENTS)
    filters = Filters.of(request.GET.dict(), member)
    after = _after(request)
    offered = comparisons.choices(member)
    if not member.may(Right.SEE_BUNDLES) and filters.source not in offered.sources:
        # A source that is not offered may be called after a bundle: guessing it must find nothing out.
        filters = replace(filters, source="")
    page = comparisons.page_of(member=member, filters=filters, after=after)
    kept = filters.used()
    context = {
        "slug": slug,
        "filters": filters,
        "chips": [
            {"text": _in_words(name, value, offered), "url": _query({**kept, name: ""})} for name, value in kept.items()
        ],
        "choices": offered,
        "lines": page.lines,
        "cut": page.cut,
        "newest": _query(kept) if after else "",
        "older": _query({**kept, "after": str(page.after)}) if page.after else "",
        "sees_bundles": member.may(Right.SEE_BUNDLES),
    }
    return render(request, "annotate/comparison_list.html", context)


@require_safe
@signed_in
def comparison_detail(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """One comparison with every judgment and ruling about it."""
    member = member_of(request.user, slug, Right.SEE_JUDGMENTS)
    comparison = comparisons.comparison_for(member, pk)
    prompt, first, second = comparison.prompt.content, comparison.first.content, comparison.second.content
    html = html_of([prompt, first, second])
    sees_bundles = member.may(Right.SEE_BUNDLES)
    said = accounts.accounts_of(comparison)
    context = {
        "slug": slug,
        "comparison": comparison,
        "prompt_html": html[prompt.pk],
        "panes": [
            {"letter": letter, "html": html[content.pk], "bundle": response.bundle.name if sees_bundles else ""}
            for letter, response, content in (("A", comparison.first, first), ("B", comparison.second, second))
        ],
        "accounts": said,
        "verdict": wording.comparison(said),
        "cut_off": len(said) == accounts.MOST,
        "campaigns": comparisons.campaigns_with(comparison) if member.may(Right.MANAGE_CAMPAIGNS) else [],
        "sees_bundles": sees_bundles,
    }
    return render(request, "annotate/comparison_detail.html", context)


_FILTERS = {"family": gettext_lazy("family"), "bundle": gettext_lazy("bundle"), "source": gettext_lazy("source")}


def _in_words(name: str, value: str, offered: Choices) -> str:
    if name == "label":
        return comparisons.label_in_words(value)
    if name == "campaign":
        return _("campaign: %(title)s") % {"title": dict(offered.campaigns).get(value, value)}
    return f"{_FILTERS[name]}: {value}"


def _query(values: dict[str, str]) -> str:
    return "?" + urlencode({name: value for name, value in values.items() if value})


def _after(request: SignedInRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("after", ""))
    except ValueError:
        return None
