"""A volunteer's places: the programmes they are in, what they agree to, their chats, and how they leave."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from alpha import consenting, leaving, talking
from alpha.models import Volunteer
from alpha.selectors import mine
from alpha.selectors.places import NotConsented, has_agreed, place_for, places_of, taking_part, texts_agreed_to
from alpha.selectors.programmes import is_running, newest_text
from alpha.views.asked import uuid_of
from core.accounts.access import Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from core.text.rendering import render as render_text
from reports.faults import Refused

IN = (Volunteer.State.INVITED, Volunteer.State.JOINED)


@require_safe
@signed_in
def chat_home(request: SignedInRequest, slug: str) -> HttpResponse:
    """The programmes that one is in; whoever is in one goes straight there."""
    member = member_of(request.user, slug, Right.CHAT)
    places = places_of(member.user, member.project)
    if len(places) == 1:
        return redirect("chat_programme", slug=slug, key=places[0].programme.key)
    lines = [{"programme": place.programme, "word": _word(place)} for place in places]
    return render(request, "alpha/chat_home.html", {"slug": slug, "places": lines})


@require_safe
@signed_in
def chat_programme(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """Where one begins a chat and finds the earlier ones; first what one agrees to."""
    place = _place(request, slug, key)
    if _is_on(place) and not has_agreed(place):
        return _consent(request, slug, place)
    # Who left can have what they wrote deleted, and no longer goes about in it.
    chats, more = mine.chats_of(place) if place.state in IN else ([], False)
    context = {"slug": slug, "programme": place.programme, "open": _is_on(place), "mine": chats, "more": more}
    context["left"] = place.state not in IN
    context["domains"] = [(key, key.replace("-", " ").replace("_", " ")) for key in place.programme.high_risk]
    return render(request, "alpha/chat_programme.html", context)


@require_POST
@signed_in
def chat_agree(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """Agree to the text that was shown, and to no other."""
    place = _place(request, slug, key)
    text = mine.text_in(place.programme, uuid_of(request, "text"))
    try:
        consenting.agree(volunteer=place, text=text)
    except Refused as error:
        return _consent(request, slug, place, " ".join(map(str, error.faults.values())))
    return redirect("chat_programme", slug=slug, key=key)


@require_POST
@signed_in
def chat_begin(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """Begin a chat in the mode that was chosen."""
    member = member_of(request.user, slug, Right.CHAT)
    try:
        place = taking_part(member.user, member.project, key)
    except NotConsented:
        # They read it there first.
        return redirect("chat_programme", slug=slug, key=key)
    domain = request.POST.get("domain", "")
    try:
        made = talking.begin(
            member=member,
            programme=place.programme,
            mode=request.POST.get("mode", ""),
            domain=domain if domain in place.programme.high_risk else "",
        )
    except talking.NotOffered as error:
        messages.error(request, str(error))
        return redirect("chat_programme", slug=slug, key=key)
    return redirect("chat", slug=slug, pk=made.pk)


@require_safe
@signed_in
def chat_data(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """What one can do with one's data, on one page: see what one agreed to, download, leave, delete."""
    return _data(request, slug, _place(request, slug, key))


@require_safe
@signed_in
def chat_download(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """All that one wrote and said here, as a file."""
    place = _place(request, slug, key)
    # One person's, so it is small: their budget sees to that.
    answer = HttpResponse(b"".join(leaving.download(place)), content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{key}.json"'
    return answer


@require_POST
@signed_in
def chat_leave(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """Leave the programme."""
    leaving.leave(volunteer=_place(request, slug, key), by=request.user, base_url=request.build_absolute_uri("/"))
    messages.info(request, _("You have left the programme. Nothing more is asked of you."))
    return redirect("chat_data", slug=slug, key=key)


@require_POST
@signed_in
def chat_delete(request: SignedInRequest, slug: str, key: str) -> HttpResponse:
    """Have everything deleted that one wrote, and leave."""
    place = _place(request, slug, key)
    if request.POST.get("sure") != "yes":
        return _data(request, slug, place, unsure=True, status=422)
    leaving.delete_mine(volunteer=place, by=request.user, base_url=request.build_absolute_uri("/"))
    title = _("Your data has been deleted.")
    text = _("What you wrote, the answers to it and your address are gone from this programme.")
    return render(request, "alpha/chat_gone.html", {"title": title, "text": text})


def _place(request: SignedInRequest, slug: str, key: str) -> Volunteer:
    member = member_of(request.user, slug, Right.CHAT)
    return place_for(member.user, member.project, key)


def _is_on(place: Volunteer) -> bool:
    return place.state in IN and is_running(place.programme)


def _word(place: Volunteer) -> str:
    if place.state not in IN:
        return _("you have left")
    if not is_running(place.programme):
        return _("not open")
    return _("open") if place.state == Volunteer.State.JOINED else _("you are invited")


def _consent(request: SignedInRequest, slug: str, place: Volunteer, errors: str = "") -> HttpResponse:
    text = newest_text(place.programme)
    context = {
        "slug": slug,
        "place": place,
        "text": text,
        "html": render_text(text.body) if text else "",
        "before": place.state == Volunteer.State.JOINED,
        "errors": errors,
    }
    return render(request, "alpha/chat_consent.html", context, status=422 if errors else 200)


def _data(
    request: SignedInRequest, slug: str, place: Volunteer, *, unsure: bool = False, status: int = 200
) -> HttpResponse:
    texts = [
        {"version": text.version, "at": consent.at, "html": render_text(text.body)}
        for text, consent in texts_agreed_to(place)
    ]
    context = {"slug": slug, "place": place, "programme": place.programme, "texts": texts, "unsure": unsure}
    return render(request, "alpha/chat_data.html", context, status=status)
