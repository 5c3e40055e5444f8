"""The chat's page, and what is done in it by POST. Nothing here needs a script or a socket."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from alpha import talking
from alpha.models import Message
from alpha.selectors import chats, mine
from alpha.views.asked import uuid_of
from alpha.views.room import Room
from core.accounts.access import member_of
from core.accounts.gate import SignedInRequest, signed_in

FAULTS = (talking.NotNow, talking.OverBudget)


def room_of(request: SignedInRequest, slug: str, pk: UUID) -> Room:
    """The chat with this key, which is the person's own. Raises Http404."""
    member = member_of(request.user, slug)
    return Room(member, chats.conversation_for(member, pk))


@require_safe
@signed_in
def chat(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """The chat from its beginning; whoever has not agreed to the newest text reads that first."""
    room = room_of(request, slug, pk)
    if room.writable and not room.agreed:
        return redirect("chat_programme", slug=slug, key=room.programme.key)
    return page(request, room)


@require_safe
@signed_in
def chat_turn(request: SignedInRequest, slug: str, pk: UUID, message: UUID) -> HttpResponse:
    """One turn as it stands now."""
    room = room_of(request, slug, pk)
    return HttpResponse(turn_html(request, room, mine.message_in(room.conversation, message)))


@require_POST
@signed_in
def chat_say(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Send a message; it is stored before any model is asked."""
    room = room_of(request, slug, pk)
    body = request.POST.get("body", "")
    try:
        message = talking.say(
            conversation=room.conversation, submission_key=uuid_of(request, "submission_key"), body=body
        )
    except FAULTS as error:
        return refused(request, room, str(error), words=body)
    return turn(request, room, message)


@require_POST
@signed_in
def chat_stop(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Stop what is being written."""
    room = room_of(request, slug, pk)
    line = room.last
    if line is None:
        return _back(request, room)
    for shown in line.answers:
        if not shown.over:
            talking.stop(shown.answer)
    return turn(request, room, line.message)


@require_POST
@signed_in
def chat_again(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Ask for the answers to the last message once more."""
    room = room_of(request, slug, pk)
    message = mine.message_in(room.conversation, uuid_of(request, "message"))
    try:
        talking.again(message)
    except FAULTS as error:
        return refused(request, room, str(error))
    return turn(request, room, message)


@require_POST
@signed_in
def chat_go_on(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """Say who answers from now on."""
    room = room_of(request, slug, pk)
    try:
        talking.go_on(conversation=room.conversation, goes_on=request.POST.get("goes_on", ""))
    except FAULTS as error:
        return refused(request, room, str(error))
    if request.htmx:
        fresh = room_of(request, slug, pk)
        return render(request, "alpha/_chat_goes.html", {"slug": slug, "chat": fresh})
    return _back(request, room)


@require_POST
@signed_in
def chat_end(request: SignedInRequest, slug: str, pk: UUID) -> HttpResponse:
    """End the chat; its form comes after it."""
    room = room_of(request, slug, pk)
    if room.check:
        raise Http404("A spot check ends with its form.")
    talking.end(room.conversation)
    return redirect(f"{_address(room)}#chat-end")


def page(request: SignedInRequest, room: Room, *, words: str = "", fault: str = "", status: int = 200) -> HttpResponse:
    """The whole page; `words` that were not taken stand in the field again, with the `fault`."""
    context = {"slug": room.member.project.slug, "chat": room, "back": room.back, "words": words, "fault": fault}
    context["closed_title"] = _("Nothing more can be said here: this programme is not open.")
    return render(request, "alpha/chat.html", context, status=status)


def turn(request: SignedInRequest, room: Room, message: Message) -> HttpResponse:
    """After an act: the turn as it stands now for the script, the page with it in sight for a browser without."""
    fresh = room_of(request, room.member.project.slug, room.pk)
    if request.htmx:
        return HttpResponse(turn_html(request, fresh, message))
    return redirect(f"{_address(room)}#turn-{message.n}")


def turn_html(request: SignedInRequest, room: Room, message: Message) -> str:
    """The fragment of one turn."""
    context = {"slug": room.member.project.slug, "chat": room, "turn": room.turn(message)}
    return render_to_string("alpha/_chat_turn.html", context, request)


def refused(request: SignedInRequest, room: Room, fault: str, *, words: str = "") -> HttpResponse:
    """Nothing was done, and why: 422, with what was typed still there."""
    if request.htmx:
        return render(request, "alpha/_chat_line.html", {"fault": fault}, status=422)
    return page(request, room, words=words, fault=fault, status=422)


def _back(request: SignedInRequest, room: Room) -> HttpResponse:
    if request.htmx:
        return HttpResponse(status=204)
    return redirect(_address(room))


def _address(room: Room) -> str:
    return room.turn_url.removesuffix("turns/")
