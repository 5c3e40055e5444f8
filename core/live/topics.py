"""Telling whoever looks that something has changed. The message names the topic; the receiver re-reads."""

import json
import logging
import time
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from core.live.errands import Errands
from core.live.postgres import PostgresChannelLayer

log = logging.getLogger(__name__)

# A consumer reads once more when this time has passed, so that what was held back here is seen (`consumers.SETTLE`).
EVERY_SECONDS = 1.0
REMEMBERED = 1000

_said: dict[str, float] = {}


def publish(topic: str, **data: Any) -> None:
    """Say on commit that `topic` has changed. At most one equal message per second and process; never raises.

    `topic` is ASCII letters, digits, `-`, `_` and `.`, e.g. `campaign.<id>`, `user.<id>`; `data` is a few ids.
    """
    transaction.on_commit(lambda: _say(topic, data), robust=True)


def message(topic: str, data: dict[str, Any]) -> dict[str, Any]:
    """What consumers get: their method `topic_changed` is called with it."""
    return {"type": "topic.changed", "topic": topic, "data": data}


def forget() -> None:
    """Let every topic be said again at once (for tests)."""
    _said.clear()


def _say(topic: str, data: dict[str, Any]) -> None:
    key = topic if not data else topic + json.dumps(data, cls=DjangoJSONEncoder, sort_keys=True)
    now = time.monotonic()
    if now - _said.get(key, -EVERY_SECONDS) < EVERY_SECONDS:
        return
    if len(_said) >= REMEMBERED:
        for old in [old for old, at in list(_said.items()) if now - at >= EVERY_SECONDS]:
            _said.pop(old, None)
    _said[key] = now
    try:
        _send(topic, data)
    except Exception as error:  # noqa: BLE001  (what happened is saved; a viewer who misses this re-reads on the beat)
        log.warning("%s: its viewers were not told (%s).", topic, error)


def _send(topic: str, data: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if isinstance(layer, PostgresChannelLayer):
        layer.notify_group(topic, message(topic, data))
    elif isinstance(layer, InMemoryChannelLayer):
        async_to_sync(layer.group_send)(topic, message(topic, data))
    elif layer is not None:
        _errands.hand_over(json.dumps([topic, data], cls=DjangoJSONEncoder))


def _send_elsewhere(item: str) -> None:
    layer = get_channel_layer()
    if layer is not None:
        topic, data = json.loads(item)
        async_to_sync(layer.group_send)(topic, message(topic, data))


_errands = Errands("live topics", _send_elsewhere)
