"""Sockets, probes and static files, for everybody: what the resolver does not hold."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, channel_layers
from django.db import connections
from django.test import Client

from config import health
from config.asgi import application
from tests.access.conftest import ACTORS, World
from tests.access.expected import OUTSIDE, SOCKETS
from tests.sockets import Socket


@pytest.fixture
def _one_host(monkeypatch: pytest.MonkeyPatch) -> Any:
    # The application reads the hosts when it is made; a test's host is not among a checkout's.
    hosts = application.application_mapping["websocket"].application
    monkeypatch.setattr(hosts, "allowed_origins", ["testserver"])
    before = channel_layers.set("default", InMemoryChannelLayer())
    yield
    channel_layers.set("default", before)


async def outcome(client: Client, path: str) -> str:
    socket = Socket(application, path, client=client, origin="http://testserver")
    opened, code = await socket.connect()
    if opened:
        await socket.disconnect()
    return "open" if opened else str(code)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_one_host")
def test_everybody_gets_the_sockets_that_the_table_says(world: World) -> None:
    for route, row in SOCKETS.items():
        path = "/" + route.replace("<slug:slug>", "demo").replace("<slug:name>", "first")
        path = path.replace("<slug:key>", "warmth" if "/alpha/" in route else "april-v42")
        path = path.replace("<uuid:conversation>", str(world.special["talk_detail"]["pk"]))
        got = [async_to_sync(outcome)(world.client(actor), path) for actor in ACTORS]
        assert got == row.split(), route
    connections.close_all()


def test_everybody_gets_the_same_from_outside_the_resolver(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_look", lambda: None)
    wrong = []
    for path, codes in OUTSIDE.items():
        for method, code in codes.items():
            answers = [world.client(actor).generic(method, path) for actor in ACTORS]
            if [answer.status_code for answer in answers] != [code] * len(ACTORS):
                wrong.append(f"{method} {path}: {[answer.status_code for answer in answers]}, not {code}")
    assert wrong == []
