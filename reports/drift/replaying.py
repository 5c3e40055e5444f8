"""A monitor's run again from its events, to compare with what is stored."""

from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any

from reports.drift import events
from reports.models import Monitor
from stats.monitoring.all import MONITORS
from stats.monitoring.declared import Declared, Reading, State

AT_ONCE = 65_536


def replayed(monitor: Monitor) -> tuple[State, Reading]:
    """The state and the reading after the monitor's last event, from the first of its run on.

    Raises Unusable where its reference gives none.
    """
    machine, declared = MONITORS[monitor.key], Declared.from_json(monitor.declared)
    assert monitor.reference_last is not None
    state = machine.start(declared, events.read(monitor.project_id, monitor.first_number, monitor.reference_last))
    for first in range(monitor.reference_last + 1, monitor.last_number + 1, AT_ONCE):
        last = min(first + AT_ONCE - 1, monitor.last_number)
        state = machine.step(declared, state, events.read(monitor.project_id, first, last), first)
    return state, machine.reading(declared, state)


def same(one: Any, other: Any, *, within: float = 1e-9) -> bool:
    """Whether two pieces of JSON say the same, numbers within this much of each other."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key], within=within) for key in one)
    if _listed(one) and _listed(other):
        return len(one) == len(other) and all(same(*pair, within=within) for pair in zip(one, other, strict=True))
    if isinstance(one, float) or isinstance(other, float):
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        return numbers and isclose(one, other, rel_tol=within, abs_tol=within)
    return bool(one == other)


def _listed(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
