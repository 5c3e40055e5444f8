"""Live pages over a real Redis: said in one process, heard by a page of another; and again after Redis' return."""

import json
import signal
import time

import pytest
from websockets.sync.client import connect

from tests.raters import Web, cookie_of
from tests.workers import elsewhere, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

# On its beat, every 20 s, a page joins its topics again and reads anew.
BEAT_SECONDS = 20


def open_page(web, cookie):
    """A campaign page's socket."""
    host = f"127.0.0.1:{web.port}"
    return connect(
        f"ws://{host}/ws/p/demo/campaigns/pairs/", origin=f"http://{host}", additional_headers={"Cookie": cookie}
    )


def drained(page, seconds=3.0):
    """Read until nothing was said for so long."""
    said = []
    while True:
        try:
            said.append(json.loads(page.recv(timeout=seconds))["type"])
        except TimeoutError:
            return said


def heard(page, seconds):
    """The kind of the next message, or None."""
    try:
        return json.loads(page.recv(timeout=seconds))["type"]
    except TimeoutError:
        return None


def test_a_page_hears_another_process_also_after_redis_forgot_everything(redis, tmp_path, make_member, make_campaign):
    campaign = make_campaign(3)
    cookie = cookie_of(make_member("owner"))

    def say_elsewhere():
        code = f"from core.live.topics import publish; publish('campaign.{campaign.pk}')"
        elsewhere(tmp_path, f"{code}; import time; time.sleep(1)", REDIS_URL=redis.url())

    with Web(tmp_path, REDIS_URL=redis.url()) as web:
        until(lambda: web.status() == 200)
        with open_page(web, cookie) as page:
            assert drained(page)[:1] == ["progress"]
            say_elsewhere()
            assert heard(page, 5) == "progress"
            redis.stop(signal.SIGKILL)
            time.sleep(1)
            redis.start()
            # The socket is still open: on its beat it joins again and reads what it may have missed.
            until(lambda: heard(page, 1) == "beat", seconds=BEAT_SECONDS + 20)
            assert "progress" in drained(page)
            say_elsewhere()
            assert heard(page, 5) == "progress"


def test_what_goes_over_redis_is_encrypted(tmp_path, redis, transactional_db):
    """The layer that processes build from REDIS_URL; what a topic says cannot be read or forged in Redis."""
    said = elsewhere(
        tmp_path,
        """
        import asyncio
        from channels.layers import get_channel_layer
        async def main():
            layer = get_channel_layer()
            channel = await layer.new_channel()
            await layer.send(channel, {"type": "t", "word": "plain-to-see"})
            raw = await layer.connection(0).zrange(layer.prefix + layer.non_local_name(channel), 0, -1)
            print(type(layer).__name__, b"plain-to-see" in raw[0], (await layer.receive(channel))["word"])
        asyncio.run(main())
        """,
        REDIS_URL=redis.url(),
    )
    assert said == "PatientRedisChannelLayer False plain-to-see"
