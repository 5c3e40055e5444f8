"""The words of prompts and responses as HTML, rendered once and kept."""

import json
from collections.abc import Iterable
from html import escape
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from core.accounts.models import Project
from core.catalog.models import Content
from core.tables.bulk import fetch
from core.text.rendering import RENDERER, render

Messages = tuple[tuple[str, str], ...]
_canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

ERASED = render("*These words were erased.*")
_ROLES = {"system": "System", "user": "User", "assistant": "Assistant"}


def body_of(messages: Messages) -> str:
    """A conversation's body: the canonical JSON of its messages."""
    listed = [{"role": role, "content": content} for role, content in messages]
    return _canonical(listed)


def messages_of(body: str) -> list[dict[str, str]]:
    """The messages of a conversation's body, as `{"role": …, "content": …}`."""
    messages: list[dict[str, str]] = json.loads(body)
    return messages


def turns_of(content: Content) -> list[dict[str, str]] | None:
    """What a prompt's content says as messages, a text as one of the user's; None if it was erased."""
    if content.body is None:
        return None
    return (
        messages_of(content.body) if content.kind != Content.Kind.TEXT else [{"role": "user", "content": content.body}]
    )


def html_of(contents: Iterable[Content]) -> dict[UUID, str]:
    """The HTML of each content by its id; what is not rendered yet, or by an older renderer, is rendered and stored."""
    html: dict[UUID, str] = {}
    made: list[tuple[UUID, str]] = []
    for content in contents:
        if content.body is None:
            html[content.pk] = ERASED
        elif content.html is not None and content.renderer == RENDERER:
            html[content.pk] = content.html
        elif content.pk not in html:
            html[content.pk] = render_content(content.kind, content.body)
            made.append((content.pk, html[content.pk]))
    if made:
        _store(made)
    return html


def render_content(kind: str, body: str) -> str:
    """The HTML of a text, or of a conversation as a list of turns (one question of a user alone is shown as a text)."""
    if kind == Content.Kind.TEXT:
        return render(body)
    messages = messages_of(body)
    if [message["role"] for message in messages] == ["user"]:
        return render(messages[0]["content"])
    return '<ol class="turns">' + "".join(_turn(**message) for message in messages) + "</ol>"


def render_waiting(project: Project, limit: int) -> int:
    """Render up to `limit` contents of the project that wait for it; returns how many there were."""
    waiting = Content.objects.filter(Q(html=None) | ~Q(renderer=RENDERER), project=project, body__isnull=False)
    with transaction.atomic():
        return len(html_of(waiting.order_by("pk")[:limit]))


def _turn(role: str, content: str) -> str:
    label = escape(_ROLES.get(role, role))
    kind = role if role in _ROLES else "other"
    return (
        f'<li class="turn turn--{kind}"><p class="turn__who">{label}</p>'
        f'<div class="reading" dir="auto">{render(content)}</div></li>'
    )


def _store(made: list[tuple[UUID, str]]) -> None:
    # Always in the order of ids, so that two readers who render the same pairs never wait for each other in a ring;
    # and only where words still are: an erasure in between must stay one.
    made = sorted(made)
    fetch(
        "UPDATE catalog_content c SET html = made.html, renderer = %s "
        "FROM (SELECT w.id, w.html FROM unnest(%b::uuid[], %b::text[]) AS w (id, html) "
        "JOIN catalog_content k ON k.id = w.id ORDER BY w.id FOR NO KEY UPDATE OF k) made "
        "WHERE c.id = made.id AND c.body IS NOT NULL RETURNING 1",
        [RENDERER, [pk for pk, _ in made], [html for _, html in made]],
    )
