"""Recipes: their versions and what differs between them, a new version, and the pinned reference."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.accounts.access import Member, Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from reports import recipes, selectors, workbench
from reports.faults import Refused
from reports.forms import PinForm, VersionForm, refused
from reports.models import RecipeVersion, Report


@require_safe
@signed_in
def recipe_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """The project's recipes, the reference, and the decisions that pinned it."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    context = {
        "slug": slug,
        "lines": workbench.lines_of(member),
        "reference": recipes.reference_of(member.project),
        "decisions": workbench.decisions_of(member),
        "has_signals": selectors.signals_of(member).exists(),
        "may_write": member.may(Right.MANAGE_RECIPES),
    }
    return render(request, "reports/recipe_list.html", context)


@require_safe
@signed_in
def recipe_detail(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """A recipe's versions, each beside the one before it."""
    member = member_of(request.user, slug, Right.SEE_REPORTS)
    recipe = selectors.recipe_for(member, name)
    context = {
        "slug": slug,
        "recipe": recipe,
        "history": workbench.history_of(member, recipe),
        "may_write": member.may(Right.MANAGE_RECIPES),
    }
    return render(request, "reports/recipe_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def recipe_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """The form for a new recipe, which is its first version."""
    member = member_of(request.user, slug, Right.MANAGE_RECIPES)
    form = VersionForm(request.POST if request.method == "POST" else None, signals=selectors.signals_of(member))
    return _version_form(request, member, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def version_new(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """The form for a recipe's next version, filled from the newest one or with what `?from=REPORT` recommends."""
    member = member_of(request.user, slug, Right.MANAGE_RECIPES)
    recipe = selectors.recipe_for(member, name)
    newest = selectors.versions_of(member, recipe).first()
    report = _report(member, request.GET.get("from"))
    recommended = ((report.body or {}).get("recommended") or {}).get("weights") if report else None
    form = VersionForm(
        request.POST or None,
        signals=selectors.signals_of(member),
        older=newest,
        weights=_rounded(recommended) if recommended else None,
        initial={"note": _("Weights recommended by report %(report)s.") % {"report": report.pk}} if report else None,
    )
    return _version_form(request, member, form, newest, report)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def reference_pin(request: SignedInRequest, slug: str, name: str, pk: UUID) -> HttpResponse:
    """The form for the decision that this version is the last known good."""
    member = member_of(request.user, slug, Right.MANAGE_RECIPES)
    version = selectors.version_for(member, name, pk)
    form = PinForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            recipes.pin_reference(version=version, who=member.user, reason=form.cleaned_data["reason"])
        except Refused as error:
            refused(form, error)
        else:
            words = _("%(recipe)s %(number)d is the reference from now on.")
            messages.success(request, words % {"recipe": name, "number": version.number})
            return redirect("recipe_list", slug)
    context = {"slug": slug, "form": form, "version": version, "standing": recipes.reference_of(member.project)}
    return render(request, "reports/reference_pin.html", context, status=422 if form.errors else 200)


def _version_form(
    request: SignedInRequest,
    member: Member,
    form: VersionForm,
    newest: RecipeVersion | None,
    report: Report | None = None,
) -> HttpResponse:
    slug = member.project.slug
    if request.method == "POST" and form.is_valid():
        name = newest.recipe.name if newest else form.cleaned_data["recipe"]
        try:
            if newest is None and selectors.versions_of(member).filter(recipe__name=name).exists():
                raise Refused({"recipe": _("There is a recipe of this name; add a version to it instead.")})
            version = recipes.add_version(project=member.project, who=member.user, recipe=name, **form.values())
        except Refused as error:
            refused(form, error)
        else:
            if newest is not None and version.pk == newest.pk:
                messages.info(
                    request,
                    _("Nothing differs from version %(number)d, so none was added.") % {"number": version.number},
                )
            else:
                words = _("Version %(number)d of %(recipe)s is made. Nothing is trained with it by that.")
                messages.success(request, words % {"number": version.number, "recipe": name})
            return redirect("recipe_detail", slug, name)
    context = {"slug": slug, "form": form, "newest": newest, "report": report}
    return render(request, "reports/version_form.html", context, status=422 if form.errors else 200)


def _report(member: Member, said: str | None) -> Report | None:
    if not said:
        return None
    try:
        return selectors.report_for(member, Report.Kind.WEIGHTING, UUID(said))
    except ValueError:
        raise Http404("No such page.") from None


def _rounded(weights: dict[str, float]) -> dict[str, float]:
    """Weights as a form shows them: to four digits, summing to 1 in absolute value, the largest taking up the rest."""
    rounded = {key: round(float(weight), 4) for key, weight in weights.items() if round(float(weight), 4)}
    largest = max(rounded, key=lambda key: abs(rounded[key]))
    rest = 1 - sum(abs(weight) for key, weight in rounded.items() if key != largest)
    rounded[largest] = round(rest if rounded[largest] > 0 else -rest, 4)
    return rounded
