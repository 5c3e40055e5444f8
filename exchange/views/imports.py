"""Imports: the list, the upload, what it would bring, how far it is, what became of it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from exchange import selectors, uploads
from exchange.forms import ImportForm
from exchange.models import Import
from exchange.views.downloads import attachment


@require_safe
@signed_in
def import_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """The project's imports."""
    member = member_of(request.user, slug, Right.EXCHANGE)
    page = selectors.imports_of(member, request.GET.get("page"))
    return render(request, "exchange/import_list.html", {"slug": slug, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def import_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """The form to upload a file; it leads to the preview."""
    member = member_of(request.user, slug, Right.EXCHANGE)
    initial = {name: request.GET.get(name) for name in ("campaign", "pool")}
    form = ImportForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        record = uploads.store(
            project=member.project,
            who=member.user,
            file=form.cleaned_data["file"],
            campaign_name=form.cleaned_data["campaign"],
            pool_name=form.cleaned_data["pool"],
            format=form.cleaned_data["format"],
        )
        return redirect("import_detail", slug, record.pk)
    status = 422 if form.errors else 200
    return render(request, "exchange/import_new.html", {"slug": slug, "form": form}, status=status)


@require_safe
@signed_in
def import_detail(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """What an upload would bring, or how far the import is, or what became of it."""
    member = member_of(request.user, slug, Right.EXCHANGE)
    record = selectors.import_for(member, pk)
    context = {"slug": slug, "record": record, "standing": selectors.standing_of(record)}
    if record.state == Import.State.UPLOADED:
        return render(request, "exchange/import_preview.html", {**context, "preview": uploads.preview(record)})
    context["counts"] = selectors.counts_of(record)
    context["faults"] = selectors.faults_of(record)
    context["has_rejected"] = bool(record.path) and uploads.rejected_path_of(record).exists()
    template = "exchange/_import_state.html" if request.htmx else "exchange/import_detail.html"
    return render(request, template, context)


@require_POST
@signed_in
def import_confirm(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Import what was previewed."""
    member = member_of(request.user, slug, Right.EXCHANGE)
    record = selectors.import_for(member, pk)
    try:
        uploads.confirm(record=record, who=member.user)
    except uploads.NotWaiting as error:
        messages.info(request, str(error))
    return redirect("import_detail", slug, pk)


@require_POST
@signed_in
def import_discard(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Forget an upload."""
    member = member_of(request.user, slug, Right.EXCHANGE)
    record = selectors.import_for(member, pk)
    try:
        uploads.discard(record=record)
    except uploads.NotWaiting as error:
        messages.info(request, str(error))
        return redirect("import_detail", slug, pk)
    messages.success(request, _("%(file)s was discarded. Nothing was imported.") % {"file": record.file_name})
    return redirect("import_list", slug)


@require_safe
@signed_in
def import_rejected(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """The rejected lines as a file."""
    member = member_of(request.user, slug, Right.EXCHANGE)
    record = selectors.import_for(member, pk)
    if not record.path:
        raise Http404("No such page.")
    return attachment(request, uploads.rejected_path_of(record), f"{record.file_name}.rejected.jsonl")
