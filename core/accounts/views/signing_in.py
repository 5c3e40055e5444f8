"""Signing in by a one-time link, and asking for one."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from core.accounts import limits, mail
from core.accounts.forms import LinkRequestForm
from core.accounts.gate import safe_next
from core.accounts.signin import DeadLink, consume_link, sign_in


@sensitive_variables("secret")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """GET shows a button, whatever the link is worth: scanners of mail open links. POST uses it up."""
    then = safe_next(request, request.GET.get("next"))
    if request.method != "POST":
        return render(request, "accounts/sign_in_by_link.html", {"next": then})
    refusal = limits.refusal(request, "sign_in_link")
    if refusal is not None:
        return refusal
    try:
        user = consume_link(secret)
    except DeadLink:
        return render(request, "accounts/sign_in_link_dead.html", {"next": then}, status=404)
    sign_in(request, user)
    return HttpResponseRedirect(then or settings.LOGIN_REDIRECT_URL)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_request(request: HttpRequest) -> HttpResponse:
    """Ask for a link by e-mail. The answer is the same whether or not anybody has that address."""
    then = safe_next(request, request.GET.get("next"))
    if request.method != "POST":
        return render(request, "accounts/sign_in_request.html", {"form": LinkRequestForm(), "next": then})
    form = LinkRequestForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/sign_in_request.html", {"form": form, "next": then}, status=422)
    email = form.cleaned_data["email"]
    refusal = limits.refusal(request, "request_link", key=email)
    if refusal is not None:
        return refusal
    mail.ask_for_link(email=email, base_url=request.build_absolute_uri("/"), then=then)
    return render(request, "accounts/sign_in_requested.html", {"email": email})
