"""Accepting an invitation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from core.accounts import invitations, limits
from core.accounts.forms import NameForm
from core.accounts.models import Invitation, User
from core.accounts.signin import sign_in


@sensitive_variables("secret")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_accept(request: HttpRequest, secret: str) -> HttpResponse:
    """GET shows what one is invited to and changes nothing: scanners of mail open links. POST accepts."""
    refusal = limits.refusal(request, "accept_invitation", limit_get=True)
    if refusal is not None:
        return refusal
    try:
        invitation = invitations.find(secret)
        return _accept(request, secret, invitation) if request.method == "POST" else _page(request, invitation)
    except invitations.DeadInvitation:
        return render(request, "accounts/invitation_dead.html", status=404)


def _accept(request: HttpRequest, secret: str, invitation: Invitation) -> HttpResponse:
    form = NameForm(request.POST)
    user = request.user if isinstance(request.user, User) else None
    if invitations.account_of(invitation) is None and not form.is_valid():
        return _page(request, invitation, form, status=422)
    try:
        member = invitations.accept(secret=secret, user=user, name=form.data.get("name", ""))
    except invitations.SignInFirst:
        return _page(request, invitation)
    if user is None or user.pk != member.pk:
        sign_in(request, member)
    return redirect("project_home", slug=invitation.project.slug)


def _page(
    request: HttpRequest, invitation: Invitation, form: NameForm | None = None, status: int = 200
) -> HttpResponse:
    account = invitations.account_of(invitation)
    user = request.user if isinstance(request.user, User) else None
    context = {
        "invitation": invitation,
        "form": form or NameForm(),
        "account": account,
        "ready": account is None or (user is not None and account.pk == user.pk),
        "someone_else": user if user is not None and (account is None or account.pk != user.pk) else None,
        "next": request.path,
    }
    return render(request, "accounts/invitation_accept.html", context, status=status)
