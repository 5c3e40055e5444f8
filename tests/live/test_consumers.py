import asyncio

import pytest
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.layers import InMemoryChannelLayer, channel_layers
from django.http import Http404
from django.test import Client

from core.live import consumers, topics
from core.live.consumers import LiveConsumer
from tests.sockets import Socket

pytestmark = pytest.mark.django_db(transaction=True)


class Counter(LiveConsumer):
    """Sends how often it has read."""

    open_to_all = True
    reads = 0
    breaks = False

    def allowed(self):
        if type(self).open_to_all is None:
            raise Http404
        return type(self).open_to_all

    def topics(self):
        return ["campaign.1"]

    async def refresh(self):
        if type(self).breaks:
            raise ZeroDivisionError
        self.reads += 1
        await self.send_json({"reads": self.reads})

    async def received(self, content):
        await self.send_json({"echo": content})


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(Counter, "open_to_all", True)
    monkeypatch.setattr(Counter, "breaks", False)
    before = channel_layers.set("default", InMemoryChannelLayer())
    yield
    channel_layers.set("default", before)


@pytest.fixture
def page(make_user):
    """A signed-in person's socket, not yet connected."""
    client = Client()
    client.force_login(make_user("ada"))
    return client


def socket_of(client):
    return Socket(AuthMiddlewareStack(Counter.as_asgi()), "/ws/", client=client)


async def opened(client):
    socket = socket_of(client)
    assert (await socket.connect())[0]
    assert await socket.receive_json() == {"reads": 1}
    return socket


async def test_nobody_signed_in_is_refused(db):
    assert await socket_of(Client()).connect() == (False, 4401)


@pytest.mark.parametrize("answer", [False, None])
async def test_who_may_not_see_it_is_refused(page, answer):
    Counter.open_to_all = answer
    assert await socket_of(page).connect() == (False, 4403)


async def test_a_topic_makes_the_page_read_now_and_once_more_when_it_has_settled(page, monkeypatch):
    monkeypatch.setattr(consumers, "SETTLE_SECONDS", 0.1)
    socket = await opened(page)
    await sync_to_async(topics.publish)("campaign.1")
    assert await socket.receive_json() == {"reads": 2}
    assert await socket.receive_json() == {"reads": 3}
    assert await socket.receive_nothing(0.3)
    await socket.disconnect()


async def test_the_beat_reads_again_so_that_a_lost_message_costs_one_beat(page, monkeypatch):
    monkeypatch.setattr(consumers, "BEAT_SECONDS", 0.1)
    socket = await opened(page)
    assert await socket.receive_json() == {"type": "beat"}
    assert await socket.receive_json() == {"reads": 2}
    await socket.disconnect()


async def test_signing_out_closes_the_socket_at_the_next_beat(page, monkeypatch):
    monkeypatch.setattr(consumers, "BEAT_SECONDS", 0.1)
    socket = await opened(page)
    await sync_to_async(page.logout)()
    assert await socket.closed_with() == 4401
    await socket.disconnect()


async def test_an_account_that_is_closed_closes_its_sockets_at_once(page):
    socket = await opened(page)

    def close_account():
        from core.accounts.models import User

        user = User.objects.get()
        user.is_active = False
        user.save()
        topics.publish(f"user.{user.pk}", kind="closed")

    await sync_to_async(close_account)()
    assert await socket.closed_with() == 4401
    await socket.disconnect()


async def test_a_right_that_was_taken_closes_the_socket(page, monkeypatch):
    monkeypatch.setattr(consumers, "BEAT_SECONDS", 0.1)
    socket = await opened(page)
    Counter.open_to_all = False
    assert await socket.closed_with() == 4403
    await socket.disconnect()


async def test_a_page_that_breaks_is_closed_and_not_left_unchecked(page, monkeypatch):
    monkeypatch.setattr(consumers, "BEAT_SECONDS", 0.1)
    socket = await opened(page)
    Counter.breaks = True
    assert await socket.closed_with() == 1011
    await socket.disconnect()


async def test_frames_are_bounded_in_size_and_kind(page):
    text, raw = {"text": "x" * 70_000}, {"bytes": b"x"}
    for frame, code in [
        (text, 4413),
        ({"text": "[1"}, 4400),
        ({"text": "[" * 60_000}, 4400),
        (raw, 4400),
        ({"text": "3"}, 4400),
    ]:
        socket = await opened(page)
        await socket.send_input({"type": "websocket.receive", **frame})
        assert await socket.closed_with() == code
        await socket.disconnect()


async def test_a_flood_of_frames_is_cut_off(page):
    socket = await opened(page)
    for n in range(100):
        await socket.send_json({"n": n})
    assert await socket.closed_with() == 4429
    await socket.disconnect()


async def test_a_socket_that_went_away_leaves_no_task_behind(page):
    socket = await opened(page)
    await socket.disconnect()
    await asyncio.sleep(0)
    names = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}
    assert not any("LiveConsumer" in name for name in names)


async def test_a_browser_that_leaves_while_something_is_sent_breaks_nothing() -> None:
    async def gone(message: object) -> None:
        raise OSError("the client has left")

    consumer = LiveConsumer()
    consumer.closed, consumer.base_send = False, gone
    await consumer.send_json({"type": "beat"})
    assert consumer.closed
