"""The programme page's socket: the counts at once, and again when something is said."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer, channel_layers
from django.test import Client

from alpha import saying
from alpha.reading import counting
from config.asgi import application
from core.live import topics
from tests.alpha_reading.talks import programme_of, talk_of
from tests.sockets import Socket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _one_host(monkeypatch: pytest.MonkeyPatch) -> Any:
    hosts = application.application_mapping["websocket"].application
    monkeypatch.setattr(hosts, "allowed_origins", ["testserver"])
    monkeypatch.setattr(counting, "REST", 0)
    before = channel_layers.set("default", InMemoryChannelLayer())
    topics.forget()
    yield
    channel_layers.set("default", before)


@pytest.mark.asyncio
async def test_counts_come_at_once_and_again_when_something_is_said(ml_lead: Any, project: Any, make_user: Any) -> None:
    def begin() -> Any:
        talk = talk_of(programme_of(project), make_user("vera"), "v42")
        return talk, talk.turn("Absolutely.")[0]

    talk, answer = await sync_to_async(begin)()
    client = Client()
    await sync_to_async(client.force_login)(ml_lead)
    socket = Socket(application, "/ws/p/demo/alpha/warmth/", client=client, origin="http://testserver")
    assert await socket.connect() == (True, None)
    first = await socket.receive_json()
    assert (first["type"], first["state"]) == ("counts", "open")
    assert (first["figures"]["turns"], first["figures"]["open"]) == ("1", "0")
    await sync_to_async(talk.say)(saying.felt_off, answer=answer, note="odd")
    seen = await socket.receive_json()
    while seen["figures"]["open"] == "0":
        seen = await socket.receive_json()
    assert seen["figures"]["open"] == "1"
    await socket.disconnect()
