"""The append-only audit trail, hash-chained within each project."""

import hashlib
import json
from typing import Any

from django.db import connection, transaction

from core.accounts.models import AuditEvent, Project, User

GENESIS = b"\0" * 32


def record(*, project: Project | None, who: User | None, verb: str, object: str = "", **more: Any) -> AuditEvent:
    """Write one event in the caller's transaction. `data=` holds what is worth knowing later; never a secret.

    Two writers of one project's trail wait for each other until commit, so the chain has no gap and no fork.
    """
    data: dict[str, Any] = more.pop("data", {})
    if more:
        raise TypeError(f"unknown arguments: {', '.join(more)}")
    with transaction.atomic():
        _lock(project)
        last = AuditEvent.objects.filter(project=project).order_by("-seq").first()
        seq = last.seq + 1 if last else 1
        previous = bytes(last.hash) if last else GENESIS
        who_id = who.pk if who else None
        link = chain_hash(previous, project and project.pk, seq, who_id, verb, object, data)
        return AuditEvent.objects.create(
            project=project, seq=seq, who=who_id, verb=verb, object=object, data=data, prev_hash=previous, hash=link
        )


def chain_hash(previous: bytes, project: Any, seq: int, who: Any, verb: str, object: str, data: dict[str, Any]) -> bytes:
    """SHA-256 over the previous hash and the canonical JSON of the event's fields (its time is the database's)."""
    fields = [str(project), seq, str(who), verb, object, data]
    return hashlib.sha256(previous + json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).digest()


def _lock(project: Project | None) -> None:
    # An advisory lock, since the first event of a trail has no row to lock.
    key = int.from_bytes(hashlib.sha256(f"audit {project and project.pk}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
