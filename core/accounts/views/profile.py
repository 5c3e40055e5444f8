"""One's own page."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.accounts import members
from core.accounts.forms import ProfileForm
from core.accounts.gate import SignedInRequest, signed_in
from core.accounts.profile import change_profile


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def profile(request: SignedInRequest) -> HttpResponse:
    """Name, time zone, and the ways to the password."""
    user = request.user
    if request.method != "POST":
        form = ProfileForm(initial={"name": user.name, "time_zone": user.time_zone, "language": user.language})
        return render(request, "accounts/profile.html", {"form": form, "person": user})
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/profile.html", {"form": form, "person": user}, status=422)
    said = form.cleaned_data
    change_profile(
        user=user,
        name=said["name"],
        time_zone=said["time_zone"],
        language=said.get("language", user.language),
    )
    messages.success(request, _("Your profile is saved."))
    return redirect("profile")


@require_POST
@signed_in
def sign_out_elsewhere(request: SignedInRequest) -> HttpResponse:
    """End every session of this person but the one that asks."""
    members.end_sessions(request.user)
    update_session_auth_hash(request, request.user)
    messages.success(request, _("You are signed out everywhere but here."))
    return redirect("profile")
