"""The tokens page: what programs may do in the project, and who let them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from core.accounts import selectors, tokens
from core.accounts.access import Member, Right, member_of
from core.accounts.forms import TokenForm
from core.accounts.gate import SignedInRequest, signed_in


@sensitive_variables("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def token_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """The project's tokens. POST makes one; the answer to it is the only page that ever shows its secret."""
    member = member_of(request.user, slug, Right.MANAGE_TOKENS)
    if request.method != "POST":
        return _page(request, member, TokenForm())
    form = TokenForm(request.POST)
    if form.is_valid():
        try:
            token, secret = tokens.make(project=member.project, by=request.user, **form.cleaned_data)
        except tokens.TokenNameTaken as error:
            form.add_error("name", str(error))
        else:
            curl = f'curl -H "Authorization: Bearer {secret}" {request.build_absolute_uri("/api/v1/projects/")}'
            return _page(request, member, TokenForm(), made=token, secret=secret, curl=curl)
    return _page(request, member, form, status=422)


@require_POST
@signed_in
def token_revoke(request: SignedInRequest, slug: str, token_id: UUID) -> HttpResponse:
    """Make a token worthless."""
    member = member_of(request.user, slug, Right.MANAGE_TOKENS)
    token = selectors.token_in(member.project, token_id)
    tokens.revoke(token=token, by=request.user)
    said = _("The token “%(name)s” is revoked. Nothing can use it any more.") % {"name": token.name}
    if request.htmx:
        return _page(request, member, TokenForm(), said=said)
    messages.success(request, said)
    return redirect("token_list", slug=slug)


def _page(
    request: SignedInRequest, member: Member, form: TokenForm, *, status: int = 200, **more: object
) -> HttpResponse:
    """The page, or for htmx the part that changes. `more`: what was `said`, or the token `made` with its `secret`."""
    context = {"project": member.project, "form": form, "tokens": selectors.live_tokens(member.project), **more}
    template = "accounts/_token_list.html" if request.htmx else "accounts/token_list.html"
    response = render(request, template, context, status=status)
    response["Vary"] = "HX-Request"
    return response
