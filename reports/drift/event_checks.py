"""What must hold of the log of labelled thumbs and of the monitors that read it; `verify` asks."""

from collections.abc import Iterator

from django.db import transaction

from core.tables.verification import Finding, check, found
from reports.drift.keeping import as_json
from reports.drift.replaying import replayed, same
from reports.models import Alarm, Monitor
from reports.reading.moment import wide_joins
from stats.monitoring.all import MONITORS
from stats.monitoring.declared import Unusable

_NUMBERS = "labelled thumbs are numbered without a gap"
_SAID = "labelled thumbs are what users said"
_REPLAY = "what drift monitors know is what their events say"


@check(_NUMBERS)
def events_have_no_gap() -> Iterator[Finding]:
    return found(
        _NUMBERS,
        "reports_driftevent",
        """
        SELECT judgment_id, number, due FROM (
            SELECT judgment_id, number, row_number() OVER (PARTITION BY project_id ORDER BY number) AS due
            FROM reports_driftevent WHERE number IS NOT NULL
        ) e WHERE number <> due ORDER BY judgment_id
        """,
        "its number is {1}, in order it is {2}",
    )


@check(_SAID)
def events_are_what_was_said() -> Iterator[Finding]:
    """Author, subject, thumb and moment of each event are its judgment's. Labels stay as they were found."""
    with transaction.atomic(), wide_joins():
        yield from _unlike_what_was_said()


def _unlike_what_was_said() -> Iterator[Finding]:
    return found(
        _SAID,
        "reports_driftevent",
        """
        SELECT e.judgment_id, e.number
        FROM reports_driftevent e
        LEFT JOIN ledger_judgment j ON j.id = e.judgment_id
        LEFT JOIN ledger_turn t ON t.id = j.turn_id
        LEFT JOIN ledger_signal g ON g.judgment_id = j.id AND g.question = 'thumb' AND g.response_slot = 0
        WHERE (e.project_id, e.actor, e.turn, e.response, e.up, e.solicited, e.said_at)
              IS DISTINCT FROM (j.project_id, j.actor_id, j.turn_id, coalesce(j.response_id, t.response_id),
                                g.value > 0, j.solicited, least(coalesce(j.said_at, j.recorded_at), j.recorded_at))
           OR e.ready_at < e.said_at
           OR NOT (e.sycophantic BETWEEN 0 AND 1 AND e.correct BETWEEN 0 AND 1)
        ORDER BY e.judgment_id
        """,
        "the event {1} is not what its judgment says",
    )


@check(_REPLAY)
def states_are_replayed() -> Iterator[Finding]:
    """State, reading and alarm of each monitor are those to which its events lead from the start of its run."""
    stored = Monitor.objects.filter(key__in=MONITORS, state__isnull=False).order_by("pk")
    for monitor in stored:
        wrong = _wrong_with(monitor)
        if wrong:
            yield Finding(check=_REPLAY, table="reports_monitor", row=str(monitor.pk), message=wrong)


def _wrong_with(monitor: Monitor) -> str | None:
    try:
        state, reading = replayed(monitor)
    except Unusable as unusable:
        return f"its reference gives no state: {unusable.why}"
    if not same(state, monitor.state):
        return f"its state after event {monitor.last_number} is not what a replay gives"
    if not same(as_json(reading), monitor.reading) or reading.standing.upper() != monitor.standing:
        return f"its reading after event {monitor.last_number} is not what a replay gives"
    raised = Alarm.objects.filter(monitor=monitor, run=monitor.run).values_list("number", flat=True).first()
    due = reading.since if reading.standing == "alarm" else None
    return None if raised == due else f"its alarm is of event {raised}, in a replay of {due}"
