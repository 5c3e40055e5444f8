"""The pages on which a project's models are set up: endpoints with their keys, and the bundles that name them."""

import json
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.accounts.access import Member, member_of
from core.accounts.gate import SignedInRequest, signed_in
from core.endpoints import selectors, setting
from core.endpoints.bundles import add_bundle
from core.endpoints.faults import Fault
from core.endpoints.forms import BundleForm, EndpointForm, TrialForm, refused
from core.endpoints.models import Endpoint
from core.endpoints.selectors import RIGHT
from core.endpoints.setting import BadEndpoint, Tried
from core.endpoints.specs import BadSpec

_FAILED = {
    Fault.SLOW: gettext_lazy("It took too long."),
    Fault.REFUSED: gettext_lazy("It does not take the request: look at the base address and at the model's name."),
    Fault.UNREACHABLE: gettext_lazy("It cannot be reached, or has no certificate that can be trusted."),
    Fault.REDIRECT: gettext_lazy("It sends callers elsewhere. Name the final address."),
    Fault.KEY: gettext_lazy("It does not take the key."),
    Fault.LIMIT: gettext_lazy("It says that too much is being asked of it."),
    Fault.SERVER: gettext_lazy("It failed with an error of its own."),
    Fault.GARBAGE: gettext_lazy("What it answers is no stream of an OpenAI-compatible endpoint."),
    Fault.CUT: gettext_lazy("Its answer broke off."),
    Fault.TOO_LONG: gettext_lazy("Its answer has no end."),
    Fault.UNKNOWN: gettext_lazy("It failed in a way that the server's log describes."),
}


@require_safe
@signed_in
def model_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """The project's endpoints, and its bundles that can be called."""
    member = member_of(request.user, slug, RIGHT)
    context = {
        "slug": slug,
        "endpoints": selectors.endpoint_lines(member),
        "bundles": selectors.bundle_lines(member),
        "by_name": selectors.known_by_name(member),
    }
    return render(request, "endpoints/model_list.html", context)


@sensitive_post_parameters("key")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def endpoint_new(request: SignedInRequest, slug: str, kind: str) -> HttpResponse:
    """An endpoint of this kind, to be set."""
    member = member_of(request.user, slug, RIGHT)
    if kind not in Endpoint.Kind:
        raise Http404("No such page.")
    form = EndpointForm(request.POST if request.method == "POST" else None, kind=kind)
    if request.method == "POST" and form.is_valid():
        try:
            made = setting.set_endpoint(project=member.project, by=request.user, **form.values())
        except BadEndpoint as bad:
            refused(form, bad.problems)
        else:
            messages.success(request, _("The endpoint is set. Try it, then add a bundle that names it."))
            return redirect("endpoint_edit", slug, made.name)
    return _endpoint(request, member, form, None)


@sensitive_post_parameters("key")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def endpoint_edit(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """An endpoint: its address or script, its key to be replaced, a trial, its removal."""
    member = member_of(request.user, slug, RIGHT)
    endpoint = selectors.endpoint_for(member, name)
    form = EndpointForm(request.POST if request.method == "POST" else None, kind=endpoint.kind, endpoint=endpoint)
    if request.method == "POST" and form.is_valid():
        try:
            setting.set_endpoint(project=member.project, name=name, by=request.user, **form.values())
        except BadEndpoint as bad:
            refused(form, bad.problems)
        else:
            messages.success(request, _("Saved. Answers that are asked for from now on come from there."))
            return redirect("endpoint_edit", slug, name)
    return _endpoint(request, member, form, endpoint)


@require_POST
@signed_in
def endpoint_try(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Ask a model of the endpoint for one word, and say how that went."""
    member = member_of(request.user, slug, RIGHT)
    endpoint = selectors.endpoint_for(member, name)
    form = TrialForm(request.POST)
    if form.is_valid():
        _say(request, setting.try_endpoint(endpoint=endpoint, model=form.cleaned_data["model"]))
    else:
        messages.error(request, _("Name the model to be tried."))
    return redirect("endpoint_edit", slug, name)


@require_POST
@signed_in
def endpoint_remove(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Forget an endpoint and its key."""
    member = member_of(request.user, slug, RIGHT)
    setting.remove_endpoint(endpoint=selectors.endpoint_for(member, name), by=request.user)
    messages.success(request, _("The endpoint and its key are removed."))
    return redirect("model_list", slug)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def bundle_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """A bundle to be added; `?like=` begins with another one's specification."""
    member = member_of(request.user, slug, RIGHT)
    names = [line.endpoint.name for line in selectors.endpoint_lines(member)]
    like = selectors.bundle_for(member, _uuid(request.GET["like"])).spec if "like" in request.GET else None
    form = BundleForm(request.POST if request.method == "POST" else None, endpoints=names, like=like)
    if request.method == "POST" and form.is_valid():
        try:
            made = add_bundle(project=member.project, name=form.cleaned_data["name"], spec=form.spec(), by=request.user)
        except BadSpec as bad:
            refused(form, bad.problems)
        else:
            messages.success(request, _("The bundle can be called. It stays as it is."))
            return redirect("bundle_detail", slug, made.pk)
    context = {"slug": slug, "form": form, "any_endpoint": bool(names)}
    return render(request, "endpoints/bundle_form.html", context, status=422 if form.errors else 200)


@require_safe
@signed_in
def bundle_detail(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """What a bundle stands for."""
    member = member_of(request.user, slug, RIGHT)
    line = selectors.bundle_for(member, pk)
    written = json.dumps(line.bundle.spec, indent=2, ensure_ascii=False)
    return render(request, "endpoints/bundle_detail.html", {"slug": slug, "line": line, "written": written})


def _endpoint(request: SignedInRequest, member: Member, form: EndpointForm, endpoint: Endpoint | None) -> HttpResponse:
    lines = selectors.bundle_lines(member) if endpoint else []
    named = [line for line in lines if endpoint and line.spec and line.spec.endpoint == endpoint.name]
    trial = TrialForm(initial={"model": named[0].spec.model if named and named[0].spec else ""})
    context = {"slug": member.project.slug, "form": form, "endpoint": endpoint, "bundles": named, "trial": trial}
    return render(request, "endpoints/endpoint_form.html", context, status=422 if form.errors else 200)


def _say(request: SignedInRequest, tried: Tried) -> None:
    if tried.fault is None:
        words = _("It answered: the first of %(characters)d characters came after %(ms)d ms.")
        messages.success(request, words % {"characters": tried.characters, "ms": tried.first_ms})
    else:
        messages.error(request, _("No answer. %(why)s") % {"why": _FAILED[tried.fault]})


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404("No such page.") from None
