"""The append-only audit trail, hash-chained within each project.

Each event's hash is keyed with the project's key, which lies encrypted under SECRET_KEY: whoever can write to the
database alone can neither change an event nor forge the chain after it. Beside each trail lies its head, sealed in the
same way, by which one whose newest events were cut off is found. What nothing in the database can show is that trail
and head together were put back to an earlier state: for that, keep the figures of `verify` somewhere else.
"""

import hmac
import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from core.accounts.keys import key_of
from core.accounts.models import AuditEvent, AuditHead, Project, User
from core.tables import locks

GENESIS = b"\0" * 32


def record(
    *, project: Project | None, who: User | None, verb: str, object: str = "", data: dict[str, Any] | None = None
) -> AuditEvent:
    """Write one event in the caller's transaction; `project=None` is the installation's own trail.

    `object` and `data` hold ids and plain JSON worth knowing later: never a secret, and never a name or an address,
    since an event cannot be changed when a person is erased. People are "user:<id>", invitations "invitation:<id>".
    Two writers of one project's trail wait for each other until commit, so the chain has no gap and no fork.
    """
    with transaction.atomic():
        at = _lock(project)
        # On from the head and not from the last event there is: what was cut off stays missing.
        last = AuditHead.objects.filter(project=project).first()
        event = AuditEvent(
            project=project,
            seq=last.seq + 1 if last else 1,
            at=at,
            who=who.pk if who else None,
            verb=verb,
            object=object,
            data=data or {},
            prev_hash=bytes(last.hash) if last else GENESIS,
        )
        event.hash = chain_hash(event, project)
        event.save(force_insert=True)
        AuditHead.objects.update_or_create(
            project=project,
            defaults={"seq": event.seq, "hash": event.hash, "seal": seal(event.seq, event.hash, project)},
        )
    return event


def happened(*, project: Project, verb: str) -> bool:
    """Whether the project's trail holds an event with this verb."""
    return AuditEvent.objects.filter(project=project, verb=verb).exists()


def broken(project: Project | None) -> AuditEvent | None:
    """The first event of this trail that is not as it was written or does not follow its predecessor; None if sound."""
    previous = GENESIS
    for seq, event in enumerate(AuditEvent.objects.filter(project=project).order_by("seq").iterator(), start=1):
        sound = event.seq == seq and bytes(event.prev_hash) == previous
        if not sound or not hmac.compare_digest(bytes(event.hash), chain_hash(event, project)):
            return event
        previous = bytes(event.hash)
    return None


def cut_off(project: Project | None) -> str | None:
    """What is wrong with the end of this trail: events are missing there, or its head is; None if nothing is."""
    last = AuditEvent.objects.filter(project=project).order_by("-seq").first()
    head = AuditHead.objects.filter(project=project).first()
    if head is None:
        return None if last is None else f"nothing says that it ends with event {last.seq}"
    if not hmac.compare_digest(bytes(head.seal), seal(head.seq, bytes(head.hash), project)):
        return "where it ends was changed"
    if last is None or last.seq < head.seq:
        return f"it ended with event {head.seq}, the last one there is {last.seq if last else 'none'}"
    return None if bytes(last.hash) == bytes(head.hash) else f"event {last.seq} is not the one it ended with"


def chain_hash(event: AuditEvent, project: Project | None) -> bytes:
    """HMAC-SHA256 over the previous hash and the canonical JSON of everything else in the event."""
    at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = [str(event.pk), str(event.project_id), event.seq, at, str(event.who), event.verb, event.object]
    body = json.dumps([*fields, _canonical(event.data)], sort_keys=True, separators=(",", ":"))
    return hmac.digest(_key(project), b"audit event v1" + bytes(event.prev_hash) + body.encode(), "sha256")


def seal(seq: int, last: bytes, project: Project | None) -> bytes:
    """What shows that the trail's head was written here: an HMAC under the trail's key."""
    said = f"audit head v1 {project and project.pk} {seq} ".encode() + last
    return hmac.digest(_key(project), said, "sha256")


def _key(project: Project | None) -> bytes:
    return key_of(project) if project is not None else _installation_key(settings.SECRET_KEY)


def _canonical(value: Any) -> Any:
    """`value` as it also reads after PostgreSQL has kept it as jsonb, which writes numbers in its own way."""
    if isinstance(value, dict):
        return {str(key): _canonical(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(held) for held in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        # -0.0 comes back as 0.0
        return float(value) + 0.0
    return value


@lru_cache(maxsize=4)
def _installation_key(secret_key: str) -> bytes:
    return hmac.digest(secret_key.encode(), b"plumbline installation audit v1", "sha256")


def _lock(project: Project | None) -> datetime:
    """Hold this trail until the transaction ends; the time after the lock, so that times follow the chain."""
    # An advisory lock, since the first event of a trail has no row to lock.
    locks.wait_for(f"audit {project and project.pk}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at
