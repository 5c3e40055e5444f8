"""The register of reward signals, and the budget that recipes must keep."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from reports import budgets, registry, selectors
from reports.faults import Refused
from reports.forms import BudgetForm, SignalForm, refused


@require_safe
@signed_in
def signal_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """The project's reward signals, and of how much of its newest pool each has a score."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    signals = list(selectors.signals_of(member))
    pool = selectors.pools_of(member).first()
    coverage = {one.signal: one for one in selectors.size_of(pool).coverage} if pool else {}
    context = {
        "slug": slug,
        "pool": pool,
        "lines": [(one, coverage.get(one.key)) for one in signals],
        "strangers": [one for one in coverage.values() if not one.registered],
        "brakes": sum(one.is_brake for one in signals),
        "may_write": member.may(Right.MANAGE_RECIPES),
    }
    return render(request, "reports/signal_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def signal_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """The form for a new signal."""
    member = member_of(request.user, slug, Right.MANAGE_RECIPES)
    form = SignalForm(request.POST if request.method == "POST" else None, initial={"key": request.GET.get("key", "")})
    if request.method == "POST" and form.is_valid():
        try:
            signal = registry.register_signal(project=member.project, who=member.user, **form.cleaned_data)
        except Refused as error:
            refused(form, error)
        else:
            messages.success(request, _("“%(name)s” is registered.") % {"name": signal.name})
            return redirect("signal_list", slug)
    context = {"slug": slug, "form": form}
    return render(request, "reports/signal_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def signal_edit(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """The form for what may change in a signal."""
    member = member_of(request.user, slug, Right.MANAGE_RECIPES)
    signal = selectors.signal_for(member, key)
    form = SignalForm(request.POST if request.method == "POST" else None, signal=signal)
    if request.method == "POST" and form.is_valid():
        try:
            registry.change_signal(signal=signal, who=member.user, **form.cleaned_data)
        except Refused as error:
            refused(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("signal_list", slug)
    context = {"slug": slug, "form": form, "signal": signal}
    return render(request, "reports/signal_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def budget_edit(request: SignedInRequest, slug: str) -> HttpResponse:
    """How far recipes may move behaviour: what stands, and the form that changes it."""
    member = member_of(request.user, slug, Right.MANAGE_RECIPES)
    form = BudgetForm(request.POST if request.method == "POST" else None, budget=budgets.budget_of(member.project))
    if request.method == "POST" and form.is_valid():
        try:
            budgets.set_budget(project=member.project, who=member.user, **form.cleaned_data)
        except Refused as error:
            refused(form, error)
        else:
            messages.success(request, _("Saved. Reports that are made from now on keep to it."))
            return redirect("budget_edit", slug)
    return render(request, "reports/budget_form.html", {"slug": slug, "form": form}, status=422 if form.errors else 200)
