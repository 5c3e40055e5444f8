"""The webhook page: where the project's events are posted, and what became of the last one."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from core.accounts import webhooks
from core.accounts.access import Member, Right, member_of
from core.accounts.forms import WebhookForm
from core.accounts.gate import SignedInRequest, signed_in
from core.outbound.faults import NoAnswer


@sensitive_variables("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def webhook_edit(request: SignedInRequest, slug: str) -> HttpResponse:
    """The project's webhook. POST sets its address; the answer to it is the only page that ever shows its secret."""
    member = member_of(request.user, slug, Right.MANAGE_TOKENS)
    if request.method != "POST":
        hook = webhooks.webhook_of(member.project)
        return _page(request, member, WebhookForm(initial={"url": hook.url} if hook else None))
    form = WebhookForm(request.POST)
    if form.is_valid():
        try:
            secret = webhooks.set_webhook(project=member.project, by=request.user, url=form.cleaned_data["url"])
        except NoAnswer as fault:
            form.add_error("url", str(fault))
        else:
            return _page(request, member, form, secret=secret)
    return _page(request, member, form, status=422)


@require_POST
@signed_in
def webhook_remove(request: SignedInRequest, slug: str) -> HttpResponse:
    """Post nothing any more."""
    member = member_of(request.user, slug, Right.MANAGE_TOKENS)
    webhooks.remove_webhook(project=member.project, by=request.user)
    messages.success(request, _("The webhook is removed. Nothing is sent any more."))
    return redirect("webhook_edit", slug)


@require_POST
@signed_in
def webhook_try(request: SignedInRequest, slug: str) -> HttpResponse:
    """Have a trial event posted."""
    member = member_of(request.user, slug, Right.MANAGE_TOKENS)
    if webhooks.webhook_of(member.project) is None:
        messages.error(request, _("There is no webhook to try. Set one first."))
        return redirect("webhook_edit", slug)
    webhooks.send(project=member.project, event=webhooks.TRIAL, delivery=str(uuid4()), data={})
    messages.success(request, _("A trial is on its way. Load this page again in a moment to see what became of it."))
    return redirect("webhook_edit", slug)


def _page(
    request: SignedInRequest, member: Member, form: WebhookForm, *, status: int = 200, secret: str = ""
) -> HttpResponse:
    hook = webhooks.webhook_of(member.project)
    context = {"project": member.project, "form": form, "hook": hook, "secret": secret}
    return render(request, "accounts/webhook_edit.html", context, status=status)
