"""An alpha as those see it who run it: the list, a programme's settings, opening and closing it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alpha import programmes
from alpha.forms import ConsentForm, ProgrammeForm
from alpha.models import Programme
from alpha.selectors import programmes as selectors
from core.accounts.access import Member, Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from core.catalog.models import Bundle
from reports.faults import Refused
from reports.forms import refused

SEES = Right.SEE_ALPHA
_FIELDS = {"trials": "candidates", "state": "name"}


@require_safe
@signed_in
def programme_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """Every programme of the project."""
    member = member_of(request.user, slug, SEES)
    context = {"slug": slug, "lines": selectors.lines_of(member), "may_write": member.may(programmes.RIGHT)}
    return render(request, "alpha/programme_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def programme_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """A new draft."""
    member = member_of(request.user, slug, programmes.RIGHT)
    form = ProgrammeForm(request.POST if request.method == "POST" else None, bundles=_bundles(member))
    if request.method == "POST" and form.is_valid():
        try:
            made = programmes.create(project=member.project, by=member, **form.values())
        except Refused as error:
            _refused(form, error)
        else:
            messages.success(request, _("The draft is made. Write what volunteers agree to, then open it."))
            return redirect("programme_settings", slug, made.key)
    context = {"slug": slug, "form": form}
    return render(request, "alpha/programme_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def programme_settings(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """What a programme is set to, and the text that volunteers agree to. POST changes the settings."""
    member, programme = _mine(request, slug, key)
    posted = request.POST if request.method == "POST" else None
    form = ProgrammeForm(posted, bundles=_bundles(member), programme=programme)
    if request.method == "POST" and form.is_valid():
        try:
            programmes.change(programme=programme, by=member, base_url=base_url(request), **form.values())
        except Refused as error:
            _refused(form, error)
        else:
            messages.success(request, _("The settings are saved."))
            return redirect("programme_settings", slug, key)
    return _settings(request, member, programme, form, ConsentForm(initial=_text(programme)))


@require_POST
@signed_in
def programme_consent(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """A new version of the text that volunteers agree to."""
    member, programme = _mine(request, slug, key)
    consent = ConsentForm(request.POST)
    if consent.is_valid():
        try:
            made = programmes.set_consent_text(programme=programme, by=member, body=consent.cleaned_data["consent"])
        except Refused as error:
            refused(consent, error)
        else:
            messages.success(request, _("Version %(n)d of the text is the one from now on.") % {"n": made.version})
            return redirect("programme_settings", slug, key)
    form = ProgrammeForm(None, bundles=_bundles(member), programme=programme)
    return _settings(request, member, programme, form, consent)


@require_POST
@signed_in
def programme_open(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """Let volunteers in."""
    member, programme = _mine(request, slug, key)
    try:
        programmes.open_up(programme=programme, by=member, base_url=base_url(request))
    except Refused as error:
        messages.error(request, _("Not opened. %(why)s") % {"why": " ".join(error.faults.values())})
    else:
        messages.success(request, _("The programme is open."))
    return redirect("programme_settings", slug, key)


@require_POST
@signed_in
def programme_close(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """End it for good."""
    member, programme = _mine(request, slug, key)
    programmes.close(programme=programme, by=member)
    messages.success(request, _("The programme is closed."))
    return redirect("programme_settings", slug, key)


def frame(member: Member, programme: Programme, here: str) -> dict[str, Any]:
    """What every page of a programme shows around itself; `here` names the tab."""
    lacks = programmes.missing(programme) if programme.state == Programme.State.DRAFT else {}
    return {
        "slug": member.project.slug,
        "programme": programme,
        "here": here,
        "lacks": list(lacks.values()),
        "may_write": member.may(programmes.RIGHT),
    }


def base_url(request: SignedInRequest) -> str:
    """Where links in letters lead."""
    return request.build_absolute_uri("/")


def _mine(request: SignedInRequest, slug: str, key: str) -> tuple[Member, Programme]:
    member = member_of(request.user, slug, programmes.RIGHT)
    return member, selectors.programme_for(member, key)


def _settings(
    request: SignedInRequest, member: Member, programme: Programme, form: ProgrammeForm, consent: ConsentForm
) -> HttpResponse:
    context = {
        **frame(member, programme, "settings"),
        "form": form,
        "consent": consent,
        "text": selectors.newest_text(programme),
    }
    status = 422 if form.errors or consent.errors else 200
    return render(request, "alpha/programme_settings.html", context, status=status)


def _text(programme: Programme) -> dict[str, str]:
    text = selectors.newest_text(programme)
    return {"consent": text.body} if text is not None else {}


def _bundles(member: Member) -> list[Bundle]:
    return list(selectors.can_be_tried(member.project.pk))


def _refused(form: ProgrammeForm, error: Refused) -> None:
    """Faults beside the fields that they are about."""
    refused(form, Refused({_FIELDS.get(field, field): words for field, words in error.faults.items()}))
