"""Programmes whose bundles answer from scripts, and chats in them."""

import json
from typing import Any
from uuid import uuid4

from alpha import consenting, programmes, talking
from alpha.generating.writing import write_here
from alpha.models import Conversation, Message, Programme, Trial
from alpha.plans import TrialWish
from alpha.selectors.programmes import newest_text
from core.accounts.access import Member, member_of
from core.catalog.models import Bundle
from core.endpoints.models import Endpoint
from tests.alpha.planted import BASE, TEXT, invited

QUICK = {"first_ms": 0, "chars_per_second": 0, "chunk": 20}
PLAIN = "No, that is not so. Let us look at it *together*."
WARM = "What a brilliant thought! You are right."


def bundle(project: Any, name: str, *lines: dict[str, Any], **spec: Any) -> Bundle:
    """A bundle that answers by these lines of a script, `{"say": …}`."""
    script = "\n".join(json.dumps({"when": "", **QUICK, **line}) for line in lines or ({"say": f"{name} says this."},))
    Endpoint.objects.update_or_create(project=project, name=name, defaults={"kind": "script", "script": script})
    given = {"endpoint": name, "model": name, "system": "", "sampling": {"max_tokens": 100}, "memory": {"most": 0}}
    made, _new = Bundle.objects.get_or_create(
        project=project, name=name, defaults={"spec": {**given, **spec}, "digest": name.encode().ljust(32, b".")}
    )
    return made


def programme(
    project: Any, *, baseline: Any = ({"say": PLAIN},), candidate: Any = ({"say": WARM},), **settings: Any
) -> Programme:
    """An open programme with two bundles, shown as fast as can be."""
    trials = [
        TrialWish(bundle(project, "plain", *baseline).pk, Trial.Part.BASELINE),
        TrialWish(bundle(project, "warm", *candidate).pk, Trial.Part.CANDIDATE),
    ]
    clock = {name: settings.pop(name, usual) for name, usual in (("first_ms", 0), ("pace", 100_000_000))}
    draft = programmes.create(
        project=project, by=None, key="warmth", name="Warmth", trials=trials, consent=TEXT, **settings
    )
    opened = programmes.open_up(programme=draft, by=None, base_url=BASE)
    # Faster than a person could want it.
    Programme.objects.filter(pk=opened.pk).update(**clock)
    opened.refresh_from_db()
    return opened


def taking_part(programme: Programme, user: Any) -> Member:
    """This person, having agreed to take part."""
    text = newest_text(programme)
    assert text is not None
    consenting.agree(volunteer=invited(programme, user), text=text)
    return member_of(user, programme.project.slug)


def said(conversation: Conversation, body: str = "Is the earth flat?", *, answered: bool = True) -> Message:
    """A message of the person, and the answers to it unless they are left waiting."""
    message = talking.say(conversation=conversation, submission_key=uuid4(), body=body)
    if answered:
        write_here(message.pk)
    return message
