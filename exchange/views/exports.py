"""Exports: the list, the order, how far it is, the files."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from exchange import orders, selectors
from exchange.forms import ExportForm
from exchange.shards import MANIFEST
from exchange.views.downloads import attachment


@require_safe
@signed_in
def export_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """The project's exports."""
    member = member_of(request.user, slug, Right.EXCHANGE)
    page = selectors.exports_of(member, request.GET.get("page"))
    return render(request, "exchange/export_list.html", {"slug": slug, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def export_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """The form for an export; a job makes it."""
    member = member_of(request.user, slug, Right.EXCHANGE)
    form = ExportForm(
        request.POST or None,
        project=member.project,
        campaigns=selectors.campaigns_of(member),
        recipes=selectors.recipes_of(member),
        pools=selectors.pools_of(member),
        initial={"campaign": request.GET.get("campaign", "")},
    )
    if request.method == "POST" and form.is_valid():
        snapshot = orders.order(
            project=member.project,
            who=member.user,
            format=form.cleaned_data["format"],
            campaign=form.chosen_campaign(),
            selection=form.selection(),
        )
        return redirect("export_detail", slug, snapshot.pk)
    status = 422 if form.errors else 200
    return render(request, "exchange/export_new.html", {"slug": slug, "form": form}, status=status)


@require_safe
@signed_in
def export_detail(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """How far the export is, and its files when it is ready."""
    member = member_of(request.user, slug, Right.EXCHANGE)
    snapshot = selectors.export_for(member, pk)
    context = {
        "slug": slug,
        "snapshot": snapshot,
        "manifest": snapshot.manifest,
        "standing": selectors.standing_of(snapshot),
        "dropped": selectors.dropped_of(snapshot),
        "options": selectors.options_of(snapshot),
        "doubt": selectors.doubt_of(snapshot),
        "files": (MANIFEST, *snapshot.manifest["files"]) if snapshot.manifest and snapshot.path else (),
    }
    template = "exchange/_export_state.html" if request.htmx else "exchange/export_detail.html"
    return render(request, template, context)


@require_POST
@signed_in
def export_again(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Have the files written again; a job does it."""
    member = member_of(request.user, slug, Right.EXCHANGE)
    orders.order_again(snapshot=selectors.export_for(member, pk), who=member.user)
    return redirect("export_detail", slug, pk)


@require_safe
@signed_in
def export_file(request: SignedInRequest, slug: str, pk: UUID, name: str) -> HttpResponseBase:
    """One file of an export."""
    member = member_of(request.user, slug, Right.EXCHANGE)
    snapshot = selectors.export_for(member, pk)
    # Only what the manifest names, so that no name leads out of the folder.
    if name not in selectors.files_of(snapshot):
        raise Http404("No such page.")
    return attachment(request, orders.folder_of(snapshot) / name, name)
