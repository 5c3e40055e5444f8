"""Turns of a programme on their way to raters: offered, looked at, sent or dropped."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from alpha import promoting
from alpha.models import Programme, Promotion
from alpha.promotion_forms import PromoteForm, ReviewForm, places
from alpha.selectors import promotions
from alpha.selectors.programmes import programme_for
from core.accounts.access import Member, Right, member_of
from core.accounts.gate import SignedInRequest, signed_in

RIGHT = Right.MANAGE_ALPHA


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def promotion_list(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """What was promoted, and which turns can be. POST scrubs one for somebody to look at."""
    member, programme = _asked(request, slug, key)
    form = PromoteForm(member, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        answer = promotions.answer_for(member, programme, form.cleaned_data["answer"])
        try:
            made = promoting.promote(member=member, answer=answer, rival=form.cleaned_data["rival"])
        except promoting.Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("promotion_review", slug, key, made.pk)
    return _listed(request, member, programme, form)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def promotion_review(request: SignedInRequest, slug: str, key: str, pk: UUID) -> HttpResponse:
    """The words as raters would see them, to be looked at and changed. POST sends them on their way."""
    member, programme = _asked(request, slug, key)
    promotion = promotions.promotion_for(member, programme, pk)
    if promotion.state not in (Promotion.State.REVIEW, Promotion.State.FAILED) or promotion.prompt is None:
        return redirect("promotion_list", slug, key)
    form = ReviewForm(promotion, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            promoting.approve(member=member, promotion=promotion, prompt=form.prompt, text=form.cleaned_data["text"])
        except promoting.Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The rival is being asked; then the pair goes to raters."))
            return redirect("promotion_list", slug, key)
    named = places(promotion)
    context = {
        "slug": slug,
        "programme": programme,
        "promotion": promotion,
        "form": form,
        "why": promoting.why(promotion),
        "findings": [{**one, "place": named.get(one["where"], "")} for one in promotion.findings],
    }
    return render(request, "alpha/promotion_review.html", context, status=422 if form.is_bound else 200)


@require_POST
@signed_in
def promotion_drop(request: SignedInRequest, slug: str, key: str, pk: UUID) -> HttpResponse:
    """It does not go to raters."""
    member, programme = _asked(request, slug, key)
    try:
        promoting.drop(member=member, promotion=promotions.promotion_for(member, programme, pk))
    except promoting.Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The turn is dropped, and its words here are gone."))
    return redirect("promotion_list", slug, key)


def _asked(request: SignedInRequest, slug: str, key: str) -> tuple[Member, Programme]:
    member = member_of(request.user, slug, RIGHT)
    return member, programme_for(member, key)


def _listed(request: SignedInRequest, member: Member, programme: Programme, form: PromoteForm) -> HttpResponse:
    page = Paginator(promotions.promotions_of(member, programme), promotions.MOST).get_page(request.GET.get("page"))
    context = {
        "slug": member.project.slug,
        "programme": programme,
        "here": "promotions",
        "may_write": True,
        "form": form,
        "page": page,
        "promotions": [(one, promoting.why(one)) for one in page],
        "candidates": promotions.candidates_of(member, programme),
        "rivals": promotions.rivals_of(member),
        "purpose": promoting.purpose_of(programme.key),
    }
    return render(request, "alpha/promotion_list.html", context, status=422 if form.is_bound else 200)
