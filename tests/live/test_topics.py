import socket
import time
import uuid

import pytest
from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, channel_layers
from django.db import connection, transaction

from core.live import topics
from core.live.errands import Errands
from core.live.postgres import PostgresChannelLayer


class Listening(InMemoryChannelLayer):
    def __init__(self):
        super().__init__()
        self.heard = []

    async def group_send(self, group, message):
        self.heard.append((group, message))


@pytest.fixture
def layer():
    made = Listening()
    before = channel_layers.set("default", made)
    yield made
    channel_layers.set("default", before)


@pytest.mark.django_db
def test_viewers_are_told_when_the_change_is_committed(layer, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        topics.publish("campaign.1", kind="saved")
        assert layer.heard == []
    assert layer.heard == [("campaign.1", {"type": "topic.changed", "topic": "campaign.1", "data": {"kind": "saved"}})]


@pytest.mark.django_db
def test_equal_messages_are_said_once_a_second_and_others_at_once(layer, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(50):
            topics.publish("campaign.1")
        topics.publish("campaign.2")
        topics.publish("campaign.1", kind="closed", id=uuid.UUID(int=1))
    assert [(group, message["data"].get("kind")) for group, message in layer.heard] == [
        ("campaign.1", None),
        ("campaign.2", None),
        ("campaign.1", "closed"),
    ]


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_not_said_and_holds_nothing_back(layer):
    with transaction.atomic():
        topics.publish("campaign.1")
        transaction.set_rollback(True)
    assert layer.heard == []
    topics.publish("campaign.1")
    assert len(layer.heard) == 1


@pytest.mark.django_db
def test_a_layer_that_fails_fails_nobody_else(django_capture_on_commit_callbacks):
    class Broken(InMemoryChannelLayer):
        async def group_send(self, group, message):
            raise OSError("no route")

    before = channel_layers.set("default", Broken())
    try:
        with django_capture_on_commit_callbacks(execute=True):
            topics.publish("campaign.1")
    finally:
        channel_layers.set("default", before)


@pytest.mark.django_db(transaction=True)
def test_over_postgresql_a_topic_is_one_statement_on_the_callers_connection(django_assert_num_queries):
    before = channel_layers.set("default", PostgresChannelLayer())
    try:
        with django_assert_num_queries(1) as seen:
            for _ in range(5):
                topics.publish("campaign.1")
        assert "pg_notify" in seen[0]["sql"]
    finally:
        async_to_sync(channel_layers["default"].close)()
        channel_layers.set("default", before)


def test_a_service_that_swallows_connections_costs_the_caller_nothing():
    with socket.create_server(("127.0.0.1", 0)) as hole:
        port = hole.getsockname()[1]

        def talk(item):
            with socket.create_connection(("127.0.0.1", port)) as line:
                line.settimeout(2)
                line.recv(1)

        errands = Errands("test", talk, waiting=2)
        begun = time.monotonic()
        taken = [errands.hand_over(str(n)) for n in range(10)]
        # Whoever waited for even one of them would wait two seconds.
        assert time.monotonic() - begun < 1
        assert taken.count(True) in (2, 3)


def test_a_held_back_topic_is_cheap(layer, db):
    connection.ensure_connection()
    topics._say("campaign.1", {})
    # This thread's own work: on a busy machine a thread may stand still for longer than all of it takes.
    begun = time.thread_time()
    for _ in range(1000):
        topics._say("campaign.1", {})
    assert (time.thread_time() - begun) / 1000 < 0.0001
