"""One's own page."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
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
        form = ProfileForm(initial={"name": user.name, "time_zone": user.time_zone})
        return render(request, "accounts/profile.html", {"form": form, "person": user})
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/profile.html", {"form": form, "person": user}, status=422)
    change_profile(user=user, name=form.cleaned_data["name"], time_zone=form.cleaned_data["time_zone"])
    messages.success(request, "Your profile is saved.")
    return redirect("profile")


@require_POST
@signed_in
def sign_out_elsewhere(request: SignedInRequest) -> HttpResponse:
    """End every session of this person but the one that asks."""
    members.end_sessions(request.user)
    update_session_auth_hash(request, request.user)
    messages.success(request, "You are signed out everywhere but here.")
    return redirect("profile")
