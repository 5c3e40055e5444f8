"""The people of a programme: who is invited, takes part, waits or left; inviting them, and taking places back."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from alpha import inviting, leaving, programmes
from alpha.forms import InviteForm
from alpha.models import Programme, Volunteer
from alpha.selectors import programmes as selectors
from alpha.views.programmes import base_url, frame
from core.accounts.access import Member, member_of
from core.accounts.gate import SignedInRequest, signed_in
from reports.faults import Refused
from reports.forms import refused

State = Volunteer.State


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def programme_volunteers(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """Everybody of the programme. POST puts addresses on the list and invites as many as there are places."""
    member = member_of(request.user, slug, programmes.RIGHT)
    programme = selectors.programme_for(member, key)
    form = InviteForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        try:
            added = inviting.add(
                programme=programme, emails=form.cleaned_data["emails"], by=member, base_url=base_url(request)
            )
        except Refused as error:
            refused(form, error)
        else:
            messages.success(request, _became(added))
            return redirect("programme_volunteers", slug, key)
    return _page(request, member, programme, form)


@require_POST
@signed_in
def volunteer_resend(request: SignedInRequest, slug: str, key: str, volunteer: UUID) -> HttpResponse:
    """Send somebody their way in again."""

    def act(member: Member, row: Volunteer) -> str:
        inviting.resend(volunteer=row, by=member, base_url=base_url(request))
        return _("A new letter is on its way to %(email)s; a link sent before is dead.") % {"email": row.email}

    return _act(request, slug, key, volunteer, act)


@require_POST
@signed_in
def volunteer_remove(request: SignedInRequest, slug: str, key: str, volunteer: UUID) -> HttpResponse:
    """Take somebody's place, or their place in the queue."""

    def act(member: Member, row: Volunteer) -> str:
        inviting.revoke(volunteer=row, by=member, base_url=base_url(request))
        return _("%(email)s has no place any more.") % {"email": row.email}

    return _act(request, slug, key, volunteer, act)


@require_POST
@signed_in
def volunteer_erase(request: SignedInRequest, slug: str, key: str, volunteer: UUID) -> HttpResponse:
    """Erase somebody who asked for it: as they can do themselves."""

    def act(member: Member, row: Volunteer) -> str:
        leaving.delete_mine(volunteer=row, by=member.user, base_url=base_url(request))
        return _("They are erased with their words. What they said stays counted.")

    return _act(request, slug, key, volunteer, act)


def _act(
    request: SignedInRequest, slug: str, key: str, volunteer: UUID, act: Callable[[Member, Volunteer], str]
) -> HttpResponse:
    member = member_of(request.user, slug, programmes.RIGHT)
    row = selectors.volunteer_in(selectors.programme_for(member, key), volunteer)
    try:
        messages.success(request, act(member, row))
    except Refused as error:
        messages.error(request, " ".join(error.faults.values()))
    return redirect("programme_volunteers", slug, key)


def _page(request: SignedInRequest, member: Member, programme: Programme, form: InviteForm) -> HttpResponse:
    rows = selectors.volunteers_of(programme)
    taken = sum(row.state in selectors.HOLDS_A_PLACE for row in rows)
    context = {
        **frame(member, programme, "volunteers"),
        "form": form,
        "joined": [row for row in rows if row.state == State.JOINED],
        "invited": [row for row in rows if row.state == State.INVITED],
        "waiting": [row for row in rows if row.state == State.WAITING],
        "gone": [row for row in rows if row.state in (State.LEFT, State.REMOVED)],
        "taken": taken,
        "now": selectors.now(),
    }
    return render(request, "alpha/programme_volunteers.html", context, status=422 if form.errors else 200)


def _became(added: inviting.Added) -> str:
    said = []
    if added.invited:
        said.append(ngettext("%d letter is on its way.", "%d letters are on their way.", added.invited) % added.invited)
    if added.waiting:
        said.append(
            ngettext("%d person waits for a place.", "%d people wait for a place.", added.waiting) % added.waiting
        )
    if added.known:
        said.append(ngettext("%d was on the list already.", "%d were on the list already.", added.known) % added.known)
    return " ".join(said)
