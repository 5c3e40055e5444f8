"""A project with a running experiment, and lines of feedback about it."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from abtest.models import Arm, Experiment
from core.accounts.models import Project
from core.accounts.projects import create_project
from core.catalog.models import Bundle
from tests.api.conftest import Caller

_numbers = itertools.count()


def project(slug: str = "acme") -> Project:
    return create_project(slug=slug, name=slug.title(), owner=None)


def running(project: Project, key: str = "warmth-v42", **more: Any) -> Experiment:
    """An experiment that has run for ten days, control v41 against candidate v42; every turn is chosen.

    `arms` may name other arms with their bundles and shares.
    """
    arms = more.pop("arms", (("control", "v41", 500_000), ("candidate", "v42", 500_000)))
    plan = {"label_rate": 1.0, "slices": ["locale"], **more.pop("plan", {})}
    now = datetime.now(UTC)
    one = Experiment.objects.create(
        project=project,
        key=key,
        name=key,
        salt="salt",
        state="running",
        started_at=more.pop("started_at", now - timedelta(days=10)),
        ramp=100,
        plan=plan,
        **more,
    )
    for n, (arm, bundle, share) in enumerate(arms):
        made, _ = Bundle.objects.get_or_create(project=project, name=bundle)
        Arm.objects.create(project=project, experiment=one, key=arm, bundle=made, ordinal=n, share=share)
    return one


def at(minutes: float = 0) -> str:
    """A moment so many minutes ago."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def event(kind: str = "thumb", **more: Any) -> dict[str, Any]:
    """An event of this kind, with a name of its own; what is None is left out."""
    n = next(_numbers)
    said = {
        "event_id": f"e{n}",
        "at": at(5),
        "kind": kind,
        "user": f"u{n}",
        "experiment": "warmth-v42",
        "arm": "candidate",
        "conversation": f"c{n}",
        "turn": 1,
    }
    said |= _MORE[kind] | more
    return {key: value for key, value in said.items() if value is not None}


_MORE: dict[str, dict[str, Any]] = {
    "exposure": {},
    "turn": {"messages": [{"role": "user", "content": "Is it flat?"}, {"role": "assistant", "content": "No."}]},
    "thumb": {"value": 1},
    "side_by_side": {"first": "control", "second": "candidate", "preference": 2},
    "usage": {"action": "regenerate"},
}


def lines(*events: Any) -> list[bytes]:
    """NDJSON: an event that is bytes stays as it is."""
    return [one if isinstance(one, bytes) else json.dumps(one).encode() for one in events]


def body(*events: Any) -> bytes:
    """The body of a request with these events."""
    return b"".join(line + b"\n" for line in lines(*events))


def send(caller: Caller, content: bytes, key: str | None = "", **headers: str) -> Any:
    """The answer to a body of feedback."""
    return caller.post("feedback/", content, key, **{"content_type": "application/x-ndjson", **headers})
