"""What every layer must do (ours over PostgreSQL, Channels' in memory, Redis'), and what only ours can."""

import asyncio
import secrets
import subprocess
import sys
import textwrap

import pytest
from channels.db import database_sync_to_async
from channels.exceptions import ChannelFull
from channels.layers import InMemoryChannelLayer
from django.conf import settings
from django.db import connection, transaction

from core.live.listener import LISTEN_CHANNEL
from core.live.postgres import MessageTooLarge, PostgresChannelLayer
from core.live.redis import PatientRedisChannelLayer
from tests.servers import redis_url

pytestmark = pytest.mark.django_db(transaction=True)


def over_redis(**more):
    # A prefix of its own: what an earlier test left unread is nobody's here.
    prefix = f"test-{secrets.token_hex(6)}"
    return PatientRedisChannelLayer(
        hosts=[redis_url()], prefix=prefix, symmetric_encryption_keys=[settings.SECRET_KEY], **more
    )


LAYERS = {"postgres": PostgresChannelLayer, "memory": InMemoryChannelLayer, "redis": over_redis}


@pytest.fixture(params=LAYERS)
async def layer(request):
    made = LAYERS[request.param](capacity=3)
    yield made
    await made.close()


@pytest.fixture
async def ours():
    made = PostgresChannelLayer()
    yield made
    await made.close()


async def soon(layer, channel):
    return await asyncio.wait_for(layer.receive(channel), 5)


async def nothing(layer, channel, seconds=0.2):
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(layer.receive(channel), seconds)


async def test_what_is_sent_is_received_once_and_in_order(layer):
    channel = await layer.new_channel()
    for n in range(3):
        await layer.send(channel, {"type": "t", "n": n})
    assert [(await soon(layer, channel))["n"] for _ in range(3)] == [0, 1, 2]
    await nothing(layer, channel)


async def test_a_receiver_that_waits_is_woken(layer):
    channel = await layer.new_channel()
    waiting = asyncio.create_task(soon(layer, channel))
    await asyncio.sleep(0.05)
    await layer.send(channel, {"type": "t"})
    assert await waiting == {"type": "t"}


async def test_two_receivers_of_one_channel_get_a_message_each(layer):
    channel = await layer.new_channel()
    waiting = [asyncio.create_task(soon(layer, channel)) for _ in range(2)]
    await asyncio.sleep(0.05)
    await layer.send(channel, {"type": "t", "n": 1})
    await layer.send(channel, {"type": "t", "n": 2})
    assert sorted(message["n"] for message in await asyncio.gather(*waiting)) == [1, 2]


async def test_a_receiver_that_gave_up_takes_no_message_with_it(layer):
    channel = await layer.new_channel()
    await nothing(layer, channel, 0.05)
    await layer.send(channel, {"type": "t"})
    assert await soon(layer, channel) == {"type": "t"}


async def test_a_receiver_that_gave_up_is_not_woken_in_anothers_place(ours):
    # Channels' in-memory layer forgets the mailbox here, so this is asked of ours alone.
    channel = await ours.new_channel()
    gone, waiting = asyncio.create_task(ours.receive(channel)), asyncio.create_task(soon(ours, channel))
    await asyncio.sleep(0.05)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    await ours.send(channel, {"type": "t"})
    assert await waiting == {"type": "t"}


async def test_a_receiver_told_to_stop_while_it_connects_to_redis_stops():
    for moment in range(15):
        fresh = over_redis()
        receiving = asyncio.create_task(fresh.receive(await fresh.new_channel()))
        await asyncio.sleep(0.002 * moment)
        receiving.cancel()
        done, _ = await asyncio.wait([receiving], timeout=10)
        assert done, f"cancelled after {2 * moment} ms, it waits on"
        await fresh.close()


async def test_a_group_reaches_its_members_and_nobody_else(layer):
    a, b, outside = [await layer.new_channel() for _ in range(3)]
    await layer.group_add("g.1", a)
    await layer.group_add("g.1", b)
    await layer.group_add("g.2", outside)
    await layer.group_send("g.1", {"type": "t"})
    assert await soon(layer, a) == await soon(layer, b) == {"type": "t"}
    await nothing(layer, outside)


async def test_who_left_a_group_hears_nothing_more(layer):
    a, b = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("g", a)
    await layer.group_add("g", b)
    await layer.group_discard("g", a)
    await layer.group_discard("g", a)
    await layer.group_send("g", {"type": "t"})
    assert await soon(layer, b)
    await nothing(layer, a)


async def test_a_full_mailbox_refuses_a_send_and_is_passed_over_by_a_group(layer):
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    for n in range(3):
        await layer.send(channel, {"type": "t", "n": n})
    with pytest.raises(ChannelFull):
        await layer.send(channel, {"type": "t", "n": 3})
    await layer.group_send("g", {"type": "t", "n": 4})
    await asyncio.sleep(0.1)
    assert [(await soon(layer, channel))["n"] for _ in range(3)] == [0, 1, 2]
    await nothing(layer, channel)


async def test_a_message_nobody_read_in_time_expires(layer):
    layer.expiry = 0.1
    channel = await layer.new_channel()
    await layer.send(channel, {"type": "t"})
    await asyncio.sleep(0.2)
    await nothing(layer, channel)


async def test_a_flushed_layer_has_neither_messages_nor_members(layer):
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    await layer.send(channel, {"type": "t"})
    await layer.flush()
    await layer.group_send("g", {"type": "t"})
    await nothing(layer, channel)


async def test_names_are_checked(layer):
    with pytest.raises(TypeError):
        await layer.group_send("not a name", {"type": "t"})
    with pytest.raises(TypeError):
        await layer.send("¿qué?", {"type": "t"})


async def test_a_message_too_large_for_the_database_is_refused_by_name(ours):
    with pytest.raises(MessageTooLarge, match="Send ids"):
        await ours.group_send("g", {"type": "t", "text": "x" * 8000})


async def test_a_named_work_queue_is_refused_by_name(ours):
    with pytest.raises(ValueError, match="new_channel"):
        await ours.send("thumbnails", {"type": "t"})


async def test_what_a_transaction_says_is_heard_when_it_commits(ours):
    channel = await ours.new_channel()
    await ours.group_add("g", channel)

    def say(end):
        with transaction.atomic():
            ours.notify_group("g", {"type": "t", "end": end})
            transaction.set_rollback(end == "rollback")

    await database_sync_to_async(say)("rollback")
    await database_sync_to_async(say)("commit")
    assert (await soon(ours, channel))["end"] == "commit"
    await nothing(ours, channel)


async def test_another_process_is_heard_and_can_answer_one_channel(ours):
    channel = await ours.new_channel()
    await ours.group_add("g", channel)
    await asyncio.to_thread(
        run_elsewhere,
        f"""
        from asgiref.sync import async_to_sync
        layer.notify_group("g", {{"type": "t", "n": 1}})
        async_to_sync(layer.send)({channel!r}, {{"type": "t", "n": 2}})
    """,
    )
    assert [(await soon(ours, channel))["n"] for _ in range(2)] == [1, 2]


def run_elsewhere(code):
    name = connection.settings_dict["NAME"]
    start = f"""
        import django
        django.setup()
        from django.db import connection
        connection.settings_dict["NAME"] = {name!r}
        from core.live.postgres import PostgresChannelLayer
        layer = PostgresChannelLayer()
    """
    program = textwrap.dedent(start) + textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


async def test_the_listener_comes_back_when_its_connection_was_cut(ours):
    channel = await ours.new_channel()
    await ours.group_add("g", channel)

    def cut():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query = %s AND datname = current_database()",
                [f"LISTEN {LISTEN_CHANNEL}"],
            )
            return len(cursor.fetchall())

    assert await database_sync_to_async(cut)() == 1
    for _ in range(50):
        await ours.group_send("g", {"type": "t"})
        try:
            assert await asyncio.wait_for(ours.receive(channel), 0.2)
            return
        except TimeoutError:
            continue
    pytest.fail("never heard again")


async def test_a_layer_that_was_closed_listens_again_for_a_new_member(ours):
    await ours.group_add("g", await ours.new_channel())
    await ours.close()
    channel = await ours.new_channel()
    await ours.group_add("g", channel)
    await ours.group_send("g", {"type": "t"})
    assert await soon(ours, channel)
