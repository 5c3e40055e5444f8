"""Feedback of a product, as its servers would send it: batches of events of a made-up experiment."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

KEY, SALT, RATE = "warmth-v42", "bench", 0.02
ARMS = {"control": "v41", "candidate": "v42"}
USERS_PER_EVENT = 0.1
# Of a hundred events; the words of turns come beside them, for those that the hash chose.
MIX = {"exposure": 20, "usage": 40, "thumb": 36, "side_by_side": 4}
ACTIONS = ("message", "regenerate", "return", "abandon")


def prepare() -> str:
    """A project with a running experiment; returns the secret of a token that may send feedback."""
    from django.db import connection

    from abtest.models import Arm, Experiment
    from core.accounts import tokens
    from core.accounts.models import User
    from core.accounts.projects import create_project
    from core.catalog.models import Bundle
    from core.ledger.rubrics import default_version

    owner = User.objects.create_user(email="bench@example.org", name="Bench")
    project = create_project(slug="bench", name="Bench", owner=owner)
    default_version(project)
    now = datetime.now(UTC)
    one = Experiment.objects.create(
        project=project,
        key=KEY,
        name=KEY,
        salt=SALT,
        state="running",
        ramp=100,
        started_at=now - timedelta(days=5),
        plan={"label_rate": RATE, "slices": ["locale"]},
    )
    for n, (arm, name) in enumerate(ARMS.items()):
        bundle = Bundle.objects.create(project=project, name=name)
        Arm.objects.create(project=project, experiment=one, key=arm, bundle=bundle, ordinal=n, share=500_000)
    _, secret = tokens.make(project=project, by=owner, name="bench", scopes=["ingest"], days=1)
    connection.close()
    return secret


def batches(events: int, at_once: int) -> Iterator[bytes]:
    """So many events in packed batches, and with them the words of the turns that the hash chose."""
    kinds = [kind for kind, share in MIX.items() for _ in range(share)]
    users = max(1, int(events * USERS_PER_EVENT))
    begin = datetime.now(UTC) - timedelta(hours=2)
    lines: list[str] = []
    made = 0
    while made < events:
        said = _event(made, kinds[made * 37 % 100], users, begin)
        lines.append(json.dumps(said))
        made += 1
        if said["kind"] == "thumb" and chosen(said["conversation"], said["turn"]) and made < events:
            lines.append(json.dumps(_words(said, made)))
            made += 1
        if len(lines) >= at_once or made == events:
            some, lines = lines[:at_once], lines[at_once:]
            yield gzip.compress("\n".join(some).encode(), 5)
    if lines:
        yield gzip.compress("\n".join(lines).encode(), 5)


def chosen(conversation: str, turn: int) -> bool:
    """The published hash."""
    first = int(hashlib.sha256(f"{SALT}:label:{conversation}:{turn}".encode()).hexdigest()[:8], 16)
    return first * 1_000_000 < round(RATE * 1_000_000) << 32


def _event(n: int, kind: str, users: int, begin: datetime) -> dict[str, Any]:
    user = n * 7919 % users
    arm = ("control", "candidate")[user % 2]
    said: dict[str, Any] = {
        "event_id": f"evt-{n:012d}",
        "at": (begin + timedelta(milliseconds=n % 3_600_000)).isoformat(),
        "kind": kind,
        "user": f"user-{user:08d}",
        "experiment": KEY,
        "arm": arm,
        "bundle": ARMS[arm],
        "memory": "on" if user % 3 else "off",
        "segment": {"locale": ("en", "de", "ja")[user % 3], "plan": "free"},
    }
    if kind != "exposure":
        said |= {"conversation": f"conv-{n // 4:010d}", "turn": n % 8}
    if kind == "usage":
        said["action"] = ACTIONS[n % 4]
    elif kind == "thumb":
        said |= {"value": 1 if n % 5 else -1, "solicited": n % 11 == 0}
        if n % 7 == 0:
            said["reason"] = "too_flattering"
    elif kind == "side_by_side":
        said |= {"first": "control", "second": "candidate", "preference": n % 7 - 3}
    return said


def _words(thumb: dict[str, Any], n: int) -> dict[str, Any]:
    kept = {key: value for key, value in thumb.items() if key not in ("value", "solicited", "reason")}
    asked = f"Question number {n}: is what I have heard about the moon and the tides true, and how would you know?"
    answer = f"Answer number {n}: in short, yes, though the sun has a part in it. " + "It depends on the place. " * 20
    said = [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
    return kept | {"event_id": f"evt-{n:012d}", "kind": "turn", "messages": said}
