"""The result page's socket: counts as the database has them, again when a topic speaks, for nobody else."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer, channel_layers
from django.test import Client
from django.utils import timezone

from abtest import counting
from abtest.models import Arm, Event
from config.asgi import application
from core.live import topics
from core.tables.ids import uuid7
from tests.abtest_pages import worlds
from tests.sockets import Socket

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/ws/p/demo/experiments/april-v42/"


@pytest.fixture(autouse=True)
def _one_host(monkeypatch: pytest.MonkeyPatch) -> Any:
    hosts = application.application_mapping["websocket"].application
    monkeypatch.setattr(hosts, "allowed_origins", ["testserver"])
    before = channel_layers.set("default", InMemoryChannelLayer())
    counting.forget()
    topics.forget()
    yield
    channel_layers.set("default", before)
    counting.forget()


def come(experiment: Any, kind: str, arm: int = 1, hour: Any = None) -> None:
    """An event of this kind in the hour that is open, as ingest announces it."""
    arms = list(Arm.objects.filter(experiment=experiment).order_by("ordinal"))
    Event.objects.create(
        project=experiment.project,
        event_id=str(uuid7()),
        digest=b"12345678",
        kind=kind,
        experiment=experiment,
        arm=arms[arm],
        unit=uuid7(),
        said_at=timezone.now(),
        hour=hour or timezone.now().replace(minute=0, second=0, microsecond=0),
    )
    counting.forget()
    topics.publish(f"experiment.{experiment.pk}")


@pytest.mark.asyncio
async def test_counts_come_at_once_and_again_when_something_came_in(ml_lead: Any, project: Any) -> None:
    made = await sync_to_async(worlds.held)(project)
    client = Client()
    await sync_to_async(client.force_login)(ml_lead)
    socket = Socket(application, PATH, client=client, origin="http://testserver")
    assert await socket.connect() == (True, None)
    first = await socket.receive_json()
    assert first["type"] == "counts"
    assert (first["state"], first["ramp"], first["held"]) == ("running", 25, True)
    assert first["figures"]["fresh"] == "0"
    await sync_to_async(come)(made, "thumb")
    seen = await socket.receive_json()
    while seen["figures"]["fresh"] == "0":
        seen = await socket.receive_json()
    assert seen["figures"]["1-thumb"] == "1"
    assert seen["figures"]["0-thumb"] == "0"
    await socket.disconnect()


def test_what_was_added_up_is_not_counted_as_new(project: Any) -> None:
    made = worlds.held(project)
    come(made, "exposure", hour=worlds.HOUR)
    come(made, "exposure")
    come(made, "usage", arm=0)
    counts = counting.counts_of(made)
    assert (counts.before, counts.fresh) == (148_220, 2)
    assert counts.of("candidate", "exposure") == 1
    assert counts.of("control", "usage") == 1


def test_counts_are_kept_for_ten_times_as_long_as_counting_took(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = worlds.held(project)
    clock = iter([0.0, 1.0, 10.9, 11.1, 11.2])
    monkeypatch.setattr(counting.time, "monotonic", lambda: next(clock))
    assert counting.kept_counts(made).fresh == 0
    arm = Arm.objects.get(experiment=made, key="candidate")
    Event.objects.create(
        project=project, event_id="one", digest=b"12345678", kind="thumb", experiment=made, arm=arm, unit=uuid7(),
        said_at=timezone.now(), hour=timezone.now(),
    )  # fmt: skip
    assert counting.kept_counts(made).fresh == 0
    assert counting.kept_counts(made).fresh == 1
