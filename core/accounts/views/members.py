"""The members page: who is in the project, as what, and who is invited."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from core.accounts import invitations, members, selectors
from core.accounts.access import Member, Right, member_of
from core.accounts.forms import InvitationForm, RolesForm
from core.accounts.gate import SignedInRequest, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def member_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """Everybody in the project. POST invites somebody."""
    member = member_of(request.user, slug, Right.MANAGE_MEMBERS)
    if request.method != "POST":
        return _page(request, member, InvitationForm())
    form = InvitationForm(request.POST)
    if form.is_valid():
        try:
            sent = invitations.invite(
                project=member.project,
                email=form.cleaned_data["email"],
                role=form.cleaned_data["role"],
                by=request.user,
                base_url=request.build_absolute_uri("/"),
            )
        except invitations.AlreadyMember as error:
            form.add_error("email", str(error))
        else:
            return _done(request, member, _("An invitation is on its way to %(email)s.") % {"email": sent.email})
    return _page(request, member, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def member_change(request: SignedInRequest, slug: str, user_id: UUID) -> HttpResponse:
    """One member's roles."""
    member = member_of(request.user, slug, Right.MANAGE_MEMBERS)
    row = selectors.member_row(member.project, user_id)
    if request.method != "POST":
        return _change_page(request, member, row, RolesForm(initial={"roles": row.roles}))
    form = RolesForm(request.POST)
    if form.is_valid():
        try:
            members.change_roles(
                project=member.project, user=row.user, roles=form.cleaned_data["roles"], by=request.user
            )
        except members.LastOwner as error:
            form.add_error("roles", str(error))
        except members.NotAMember:
            form.add_error(
                None, _("%(who)s is not in the project any more. Bring them back first.") % {"who": row.user}
            )
        else:
            return _done(request, member, _("The roles of %(who)s are changed.") % {"who": row.user}, row)
    return _change_page(request, member, row, form, status=422)


@require_POST
@signed_in
def member_end(request: SignedInRequest, slug: str, user_id: UUID) -> HttpResponse:
    """Take somebody out of the project."""
    member = member_of(request.user, slug, Right.MANAGE_MEMBERS)
    row = selectors.member_row(member.project, user_id)
    try:
        members.end_membership(project=member.project, user=row.user, by=request.user)
    except members.LastOwner as error:
        return _refused(request, member, str(error))
    except members.NotAMember:
        return _done(request, member, _("%(who)s was out of the project already.") % {"who": row.user})
    return _done(request, member, _("%(who)s is out of the project.") % {"who": row.user}, row)


@require_POST
@signed_in
def member_reactivate(request: SignedInRequest, slug: str, user_id: UUID) -> HttpResponse:
    """Bring somebody back with the roles they had."""
    member = member_of(request.user, slug, Right.MANAGE_MEMBERS)
    row = selectors.member_row(member.project, user_id)
    members.reactivate(project=member.project, user=row.user, by=request.user)
    return _done(request, member, _("%(who)s is back.") % {"who": row.user})


@require_POST
@signed_in
def invitation_resend(request: SignedInRequest, slug: str, invitation_id: UUID) -> HttpResponse:
    """Send an invitation again."""
    member = member_of(request.user, slug, Right.MANAGE_MEMBERS)
    invitation = selectors.invitation_in(member.project, invitation_id)
    try:
        invitations.resend(invitation=invitation, by=request.user, base_url=request.build_absolute_uri("/"))
    except invitations.DeadInvitation:
        return _refused(
            request,
            member,
            _("The invitation of %(email)s was accepted or revoked meanwhile.") % {"email": invitation.email},
        )
    return _done(
        request, member, _("A new link is on its way to %(email)s; the old one is dead.") % {"email": invitation.email}
    )


@require_POST
@signed_in
def invitation_revoke(request: SignedInRequest, slug: str, invitation_id: UUID) -> HttpResponse:
    """Kill an invitation."""
    member = member_of(request.user, slug, Right.MANAGE_MEMBERS)
    invitation = selectors.invitation_in(member.project, invitation_id)
    invitations.revoke(invitation=invitation, by=request.user)
    return _done(request, member, _("The invitation of %(email)s is revoked.") % {"email": invitation.email})


def _page(
    request: SignedInRequest, member: Member, form: InvitationForm, *, status: int = 200, **more: object
) -> HttpResponse:
    """The page, or for htmx the part of it that changes.

    `more`: `said` and `kind` of a line on top; the id of whoever's roles are `changing`, with the `roles_form`.
    """
    rows = selectors.member_rows(member.project)
    context = {
        "project": member.project,
        "me": request.user,
        "form": form,
        "rows": [row for row in rows if row.ended_at is None],
        "former": [row for row in rows if row.ended_at is not None],
        "invitations": selectors.waiting_invitations(member.project),
        **more,
    }
    template = "accounts/_member_list.html" if request.htmx else "accounts/member_list.html"
    return render(request, template, context, status=status)


def _change_page(
    request: SignedInRequest, member: Member, row: selectors.MemberRow, form: RolesForm, status: int = 200
) -> HttpResponse:
    if request.htmx:
        return _page(request, member, InvitationForm(), status=status, changing=row.user.pk, roles_form=form)
    context = {"project": member.project, "row": row, "roles_form": form}
    return render(request, "accounts/member_change.html", context, status=status)


def _done(request: SignedInRequest, member: Member, said: str, row: selectors.MemberRow | None = None) -> HttpResponse:
    if row is not None and row.user.pk == request.user.pk:
        # Whoever changed themselves may have no members page to come back to.
        return HttpResponseClientRedirect(reverse("home")) if request.htmx else redirect("home")
    if not request.htmx:
        messages.success(request, said)
        return redirect("member_list", slug=member.project.slug)
    return _page(request, member, InvitationForm(), said=said, kind="done")


def _refused(request: SignedInRequest, member: Member, said: str) -> HttpResponse:
    return _page(request, member, InvitationForm(), said=said, kind="error", status=422)
