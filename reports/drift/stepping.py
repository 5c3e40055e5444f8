"""The engine: takes in new events and steps every monitor over what it has not seen.

Each piece of work is one transaction that leaves log, monitors and alarms as some moment of an undisturbed run would
have them; a process that is killed between any two is taken over by whoever steps next.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError, transaction
from django.utils import timezone

from core.accounts.models import Project
from core.failpoints import reached
from core.tables import locks
from reports.drift import alarming, anchors, events, keeping, starting, taking
from reports.drift.declaring import make_missing
from reports.models import Monitor
from stats.monitoring.all import MONITORS
from stats.monitoring.declared import Declared, Reading

logger = logging.getLogger(__name__)

CHUNK = 65_536
"""Events of one transaction, so that a backlog neither fills the memory nor is lost when a worker is."""

Progress = Callable[[int, int], None]

OWN_LOG: dict[str, Callable[[Project, Monitor], None]] = {anchors.KEY: anchors.step_judges}
"""Monitors that read another log than the thumbs': {key: step(project, locked monitor)}, which saves what it finds."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a step did: events taken in, and the number of the last one."""

    taken: int
    newest: int


def step(project: Project, *, progress: Progress = lambda done, total: None) -> Stepped:
    """Take in what is new and step all monitors of the project; returns what was done.

    Safe to be called by several at once, again, and after any crash. `progress` is told the number of the last event
    that was stepped over, and of the last one there is.
    """
    with _alone(project):
        taken = taking.take_in(project.pk)
        reached("drift.taking")
    reached("drift.taken")
    newest = events.last_number(project.pk)
    chunks = events.Chunks(project.pk)
    held: set[str] = set()
    more = True
    while more:
        last, more = _advance(project, chunks, newest, held)
        progress(last, newest)
        reached("drift.advanced")
    for key, own in OWN_LOG.items():
        with _alone(project):
            own(project, Monitor.objects.select_for_update().get(project=project, key=key))
            reached("drift.own")
    with _alone(project):
        alarming.explain_standing(project)
        reached("drift.explaining")
    return Stepped(taken, newest)


@contextmanager
def _alone(project: Project) -> Iterator[None]:
    """One transaction, in which nobody else steps the project."""
    with transaction.atomic():
        locks.wait_for(f"drift {project.pk}")
        yield


def _advance(project: Project, log: events.Chunks, newest: int, held: set[str]) -> tuple[int, bool]:
    """Step all monitors by one chunk; returns up to which event the hindmost is, and whether there is more to do.

    `held` has the keys of those that failed, which are not tried again; new ones are added.
    """
    with _alone(project):
        make_missing(project)
        locked = Monitor.objects.select_for_update().filter(project=project).order_by("pk")
        mine = [one for one in locked if one.key in MONITORS and one.key not in OWN_LOG and one.key not in held]
        moved = [one for one in mine if _move(one, log, newest, held)]
        for one in mine:
            one.save(update_fields=keeping.FIELDS if one in moved else keeping.STOOD)
        reached("drift.advancing")
    return min((one.last_number for one in mine), default=newest), any(one.last_number < newest for one in moved)


def _move(monitor: Monitor, log: events.Chunks, newest: int, held: set[str]) -> bool:
    """Start the monitor if it can be, or step it by one chunk; whether it moved. A fault leaves it where it was."""
    before = monitor.last_number
    try:
        # What a fault interrupts leaves no alarm behind that the state does not know.
        with transaction.atomic():
            if monitor.state is None:
                _start(monitor, log, newest)
            elif before < newest:
                _step(monitor, log, min(before + CHUNK, newest))
    except DatabaseError:
        raise
    except Exception as error:
        logger.exception("monitor %s of project %s holds its state", monitor.key, monitor.project_id)
        monitor.fault = f"A step failed ({type(error).__name__}: {error}); the state is that of the step before."
        held.add(monitor.key)
        return False
    monitor.stepped_at = timezone.now()
    return monitor.last_number > before


def _start(monitor: Monitor, log: events.Chunks, newest: int) -> None:
    declared, machine = Declared.from_json(monitor.declared), MONITORS[monitor.key]
    found = starting.start(log, machine, declared, monitor.first_number, newest)
    if found.state is None:
        monitor.needed, monitor.fault = found.needed, found.fault
        return
    monitor.reference_last = found.last
    reading = machine.reading(declared, found.state)
    keeping.keep(monitor, found.state, reading, found.last, keeping.time_of_thumb(monitor))


def _step(monitor: Monitor, log: events.Chunks, last: int) -> None:
    declared, machine, first = Declared.from_json(monitor.declared), MONITORS[monitor.key], monitor.last_number + 1
    before = monitor.state
    assert before is not None
    state = machine.step(declared, before, log.read(first, last), first)

    def after(number: int) -> Reading:
        return machine.reading(
            declared, machine.step(declared, before, events.read(monitor.project_id, first, number), first)
        )

    keeping.keep(monitor, state, machine.reading(declared, state), last, keeping.time_of_thumb(monitor), after)
