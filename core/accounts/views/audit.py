"""The audit trail, to be read."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.accounts import selectors
from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in


@require_safe
@signed_in
def audit_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """Who did what in this project, newest first."""
    member = member_of(request.user, slug, Right.SEE_AUDIT)
    page = selectors.audit_page(member.project, request.GET.get("page", "1"))
    return render(request, "accounts/audit_list.html", {"project": member.project, "page": page})
