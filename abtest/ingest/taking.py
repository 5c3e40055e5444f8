"""Taking feedback in: lines of one project are read, checked, and written with all that follows from them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from abtest.ingest import choosing, landing, saying
from abtest.ingest.arriving import LONGEST_LINE, Line, plain
from abtest.ingest.events import Incoming, Reading
from abtest.ingest.faults import Refused, Rejected
from abtest.ingest.ground import Ground, ground_of
from abtest.models import Event
from abtest.reception import receive_hour
from core import failpoints
from core.accounts.models import Project
from core.files.strict import Unfit, parse_json
from core.ledger.turns import NewTurn, Place, find_or_add_turns
from core.live.topics import publish


@dataclass(slots=True)
class Batch:
    """Lines that were read: the events that can be taken, each name once, and what was refused."""

    events: list[Incoming] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    duplicate: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of lines: so many new, so many that had come before, and those that were refused, by place."""

    accepted: int
    duplicate: int
    rejected: tuple[Rejected, ...]


def take(*, project: Project, lines: Iterable[bytes], simulated_in: datetime | None = None) -> Taken:
    """Take these lines of NDJSON in, in one transaction.

    `simulated_in` makes them a simulation's: received in that hour of the past, and so never in a closed one.
    """
    batch = read(project=project, lines=plain(iter(lines)), simulated_in=simulated_in)
    return write(project=project, batch=batch, simulated_in=simulated_in)


def read(*, project: Project, lines: Iterable[Line], simulated_in: datetime | None = None) -> Batch:
    """Read and check lines; a line without words is passed over. Nothing is written."""
    now = simulated_in + timedelta(hours=1) if simulated_in else _now()
    return read_on(ground_of(project, now), lines, simulated=simulated_in is not None)


def read_on(ground: Ground, lines: Iterable[Line], *, simulated: bool = False) -> Batch:
    """Read and check lines on this ground."""
    reading, batch = Reading(ground, simulated=simulated), Batch()
    names: dict[str, bytes] = {}
    for line in lines:
        if not line.raw.strip():
            continue
        try:
            event = _event_of(reading, line)
        except (Refused, Unfit) as fault:
            batch.rejected.append(Rejected(line.place, fault.code, str(fault)))
            continue
        before = names.setdefault(event.event_id, event.digest)
        if before is event.digest:
            batch.events.append(event)
        elif before == event.digest:
            batch.duplicate += 1
        else:
            batch.rejected.append(_conflict(event))
    return batch


def write(*, project: Project, batch: Batch, simulated_in: datetime | None = None) -> Taken:
    """Write what was read, with all that follows from it, in one transaction."""
    if not batch.events:
        return Taken(0, batch.duplicate, tuple(batch.rejected))
    simulated = simulated_in is not None
    with transaction.atomic():
        hour = simulated_in or receive_hour(project)
        landed = landing.land(project=project, events=batch.events, hour=hour, received=simulated_in)
        failpoints.reached("ingest.events_written")
        new = [event for event in batch.events if event.place in landed.ids]
        turns, old = _turns(project, new)
        saying.say(project=project, events=new, ids=landed.ids, turns=turns, old=old, simulated=simulated)
        choosing.wait_for(project, new, simulated_in)
        choosing.take_words(project, new, turns, simulated_in)
        failpoints.reached("ingest.all_written")
        for trial in {event.trial.id for event in new if event.trial}:
            publish(f"experiment.{trial}")
    return _told(batch, landed)


def _turns(project: Project, events: Sequence[Incoming]) -> tuple[dict[Place, UUID], set[UUID]]:
    """The turns of which somebody says something, or whose words come."""
    # All at once, in their own order: of two batches that took some first and others later, each could wait for the
    # other.
    turns = [
        NewTurn(
            conversation=event.conversation,
            n=event.turn,
            bundle=event.bundle,
            arm_key=event.branch.said if event.branch else "",
            memory=event.memory,
            segment=event.segment,
        )
        for event in events
        if event.turn is not None and (event.question or event.talk)
    ]
    return find_or_add_turns(project=project, turns=turns) if turns else ({}, set())


def _told(batch: Batch, landed: landing.Landed) -> Taken:
    conflicts = [_conflict(event) for event in batch.events if landed.old.get(event.place) is False]
    return Taken(
        accepted=len(landed.ids),
        duplicate=batch.duplicate + sum(landed.old.values()),
        rejected=tuple(sorted([*batch.rejected, *conflicts], key=lambda one: one.index)),
    )


def _event_of(reading: Reading, line: Line) -> Incoming:
    if line.too_long:
        raise Refused("too_long", f"the line has {line.length:,} bytes; at most {LONGEST_LINE:,} are taken.")
    event = reading.read(line.place, parse_json(line.raw))
    if event.kind == Event.Kind.TURN:
        _require_chosen(event)
    return event


def _require_chosen(event: Incoming) -> None:
    if event.trial is None or event.turn is None:
        return
    if not choosing.is_chosen(event.trial, event.conversation, event.turn):
        raise Refused(
            "not_chosen",
            f"the hash of {event.trial.key} did not choose turn {event.turn} of this conversation; keep its words.",
        )


def _conflict(event: Incoming) -> Rejected:
    return Rejected(
        event.place, "conflict", f"another event came as {ascii(event.event_id)[:60]}; give each event its own name."
    )


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now
