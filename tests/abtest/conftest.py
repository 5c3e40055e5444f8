"""Experiments whose events are written by tests themselves."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from abtest.models import Arm, Event, Experiment
from core.catalog.models import Bundle
from core.tables.ids import uuid7

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Stream:
    """A running experiment of two arms, and what happens in it, each at so many hours after BEGIN."""

    project: Any
    experiment: Experiment
    arms: list[Arm]
    made: int = 0
    units: dict[str, uuid.UUID] = field(default_factory=dict)

    def unit(self, name: str) -> uuid.UUID:
        return self.units.setdefault(name, uuid.uuid5(uuid.NAMESPACE_URL, name))

    def event(
        self, who: str, arm: int, hour: int, metric: str = "", value: int | None = None, cell: str = "", **other: Any
    ) -> Event:
        self.made += 1
        received = BEGIN + timedelta(hours=hour, seconds=self.made % 3600)
        fields = {
            "id": uuid7(),
            "event_id": f"e-{self.experiment.key}-{self.made}",
            "digest": b"12345678",
            "kind": "thumb" if metric.startswith("thumb") else "usage" if metric else "exposure",
            "said_at": received,
            "received_at": received,
            **other,
        }
        return Event(
            project=self.project,
            experiment=self.experiment,
            arm=self.arms[arm],
            unit=self.unit(who),
            metric=metric,
            value=value,
            cell=cell,
            hour=BEGIN + timedelta(hours=hour),
            **fields,
        )

    def happens(self, *events: Event | Iterable[Event]) -> list[Event]:
        flat = [one for item in events for one in ([item] if isinstance(item, Event) else item)]
        return Event.objects.bulk_create(flat)


@pytest.fixture
def make_stream(project: Any) -> Callable[..., Stream]:
    def make(key: str = "warmth", of: Any = None, **fields: Any) -> Stream:
        within = of or project
        experiment = Experiment.objects.create(
            project=within,
            key=key,
            name=key,
            salt="s" * 32,
            state="running",
            started_at=BEGIN,
            ramp=100,
            **fields,
        )
        arms = [
            Arm.objects.create(
                project=within,
                experiment=experiment,
                key=name,
                bundle=Bundle.objects.create(project=within, name=f"{key}-{name}"),
                ordinal=n,
                share=500_000,
            )
            for n, name in enumerate(("control", "candidate"))
        ]
        return Stream(within, experiment, arms)

    return make


@pytest.fixture
def stream(make_stream: Callable[..., Stream]) -> Stream:
    return make_stream()
