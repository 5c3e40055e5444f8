"""Where one lands."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from core.accounts.access import member_of, members_of
from core.accounts.gate import SignedInRequest, signed_in
from core.accounts.shell import places_for


@require_safe
@signed_in
def home(request: SignedInRequest) -> HttpResponse:
    """The project of whoever has one; a choice for whoever has several; what to do for whoever has none."""
    members = members_of(request.user)
    if len(members) == 1:
        return redirect("project_home", slug=members[0].project.slug)
    return render(request, "accounts/home.html", {"members": members})


@require_safe
@signed_in
def project_home(request: SignedInRequest, slug: str) -> HttpResponse:
    """The first place that this member's roles open; what is withheld for now only where there is nothing else."""
    member = member_of(request.user, slug)
    places = places_for(member)
    if places:
        return HttpResponseRedirect(next((place for place in places if place.open), places[0]).url)
    return render(request, "accounts/project_home.html", {"project": member.project})
