"""Hostile markdown that comes a byte at a time, from an endpoint's wire to the browser's frames."""

import json
from typing import Any
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async
from channels.layers import InMemoryChannelLayer, channel_layers
from django.test import Client

from alpha import programmes, talking
from alpha.generating.writing import Writer
from alpha.models import Programme, Trial
from alpha.plans import TrialWish
from config.asgi import application
from core.endpoints.bundles import add_bundle
from core.endpoints.setting import set_endpoint
from core.text.rendering import render
from tests.alpha.planted import BASE, TEXT
from tests.alpha_chat.planting import taking_part
from tests.endpoints.stubs import DONE, HEAD, event, serving
from tests.sockets import Socket
from tests.text.walking import complaints

pytestmark = pytest.mark.django_db(transaction=True)

EVIL = "é <script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[x](javascript:alert(1)) `<b` ![y](http://e/y)\n"
PACE = 60


def speak(channel: Any) -> None:
    """A character in each event, and each byte of the wire by itself."""
    channel.sendall(HEAD)
    for character in EVIL:
        raw = event(character).replace(
            json.dumps(character).encode(), json.dumps(character, ensure_ascii=False).encode()
        )
        for n in range(len(raw)):
            channel.sendall(raw[n : n + 1])
    channel.sendall(event(finish="stop") + DONE)


@pytest.fixture(autouse=True)
def _live(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(application.application_mapping["websocket"].application, "allowed_origins", ["*"])
    # A frame for each character.
    monkeypatch.setattr("alpha.consumers.TICK_SECONDS", 0.003)
    monkeypatch.setattr("alpha.consumers.REST", 0)
    before = channel_layers.set("default", InMemoryChannelLayer())
    yield
    channel_layers.set("default", before)


async def test_no_frame_of_it_is_anything_but_allowed_elements(project: Any, make_user: Any, settings: Any) -> None:
    async def in_database(act: Any, *given: Any) -> Any:
        return await database_sync_to_async(act)(*given)

    def begun(url: str) -> tuple[Any, Client]:
        set_endpoint(project=project, name="evil", kind="openai", url=url, by=None)
        bundle = add_bundle(project=project, name="evil", spec={"endpoint": "evil", "model": "evil"}, by=None)
        wishes = [TrialWish(bundle.pk, Trial.Part.CANDIDATE)]
        draft = programmes.create(
            project=project, by=None, key="warmth", name="Warmth", trials=wishes, consent=TEXT, side_by_side=False
        )
        opened = programmes.open_up(programme=draft, by=None, base_url=BASE)
        Programme.objects.update(first_ms=0, pace=PACE)
        opened.refresh_from_db()
        user, client = make_user("vera"), Client()
        client.force_login(user)
        return talking.begin(member=taking_part(opened, user), programme=opened, mode="single"), client

    with serving(speak) as stub:
        settings.OUTBOUND_ALLOW = stub.allowed
        chat, client = await database_sync_to_async(begun)(stub.url)
        socket = Socket(application, f"/ws/p/demo/chat/{chat.pk}/", client=client, origin="http://testserver")
        assert await socket.connect() == (True, None)
        message = await database_sync_to_async(talking.say)(conversation=chat, submission_key=uuid4(), body="Go on")
        writing = Writer(in_database).write(message.pk)
        await socket.send_json({"type": "look"})
        await writing
        frames: list[Any] = []
        while not frames or frames[-1]["type"] != "done":
            frames.append(await socket.receive_json(10))
        await socket.disconnect()
    shown = [frame for frame in frames if frame["type"] == "frame"]
    for frame in shown:
        for html in (*frame["sides"]["0"]["blocks"], frame["sides"]["0"]["tail"]):
            assert complaints(html) == []
    assert len({frame["n"] for frame in shown}) > 0.6 * len(EVIL)
    (answer,) = frames[-1]["answers"]
    assert (answer["state"], answer["html"]) == ("done", render(EVIL))
    assert complaints(answer["html"]) == []
