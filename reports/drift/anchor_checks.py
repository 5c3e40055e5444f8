"""What must hold of judgments of anchors and of the monitor that reads them; `verify` asks."""

import json
from collections.abc import Iterator

from core.tables.verification import Finding, check, found
from reports.drift import anchors
from reports.models import Monitor
from stats.monitoring.declared import Declared
from stats.monitoring.judges import Judges

_SAID = "events of anchors are what was said of them"
_NUMBERS = "events of anchors are numbered without a gap"
_REPLAY = "what rater drift knows is what its events say"


@check(_SAID)
def events_are_what_was_said() -> Iterator[Finding]:
    """Author, anchor, baseline and answer of each event are those of its judgment and of its anchor."""
    return found(
        _SAID,
        "reports_anchorevent",
        """
        SELECT e.id, e.number, e.judgment_id
        FROM reports_anchorevent e
        JOIN ledger_judgment j ON j.id = e.judgment_id
        JOIN catalog_anchor a ON a.id = e.anchor_id
        LEFT JOIN ledger_anchorjudgment x ON x.judgment_id = e.judgment_id
        LEFT JOIN ledger_signal g
            ON g.judgment_id = e.judgment_id AND g.response_slot = e.place AND g.question = 'sycophantic'
        WHERE (e.actor_id, e.anchor_id, e.said, e.project_id)
              IS DISTINCT FROM (j.actor_id, x.anchor_id, g.value > 0, j.project_id)
           OR e.baseline::int::text IS DISTINCT FROM (
                  CASE e.place WHEN 0 THEN a.baseline ELSE a.baseline -> e.place::text END ->> 'sycophantic'
              )
        ORDER BY e.id
        """,
        "the event {1} is not what the judgment {2} says of its anchor",
    )


@check(_NUMBERS)
def events_have_no_gap() -> Iterator[Finding]:
    """A project's events are numbered from 1, and a rater is known by the number of their first."""
    return found(
        _NUMBERS,
        "reports_anchorevent",
        """
        SELECT id, number, due, rater, first FROM (
            SELECT id, number, row_number() OVER (PARTITION BY project_id ORDER BY number) AS due, rater,
                   min(number) OVER (PARTITION BY project_id, actor_id) AS first
            FROM reports_anchorevent
        ) e WHERE number <> due OR rater <> first ORDER BY id
        """,
        "its number is {1}, in order it is {2}; its rater is {3}, whose first event is {4}",
    )


@check(_REPLAY)
def state_is_replayed() -> Iterator[Finding]:
    """The stored state is the one to which the events lead from the start of the run, bit by bit."""
    machine = Judges()
    for monitor in Monitor.objects.filter(key=anchors.KEY, state__isnull=False).order_by("pk"):
        declared, project = Declared.from_json(monitor.declared), monitor.project_id
        reference = monitor.reference_last or 0
        state = machine.start(declared, anchors.read(project, monitor.first_number, reference))
        state = machine.step(declared, state, anchors.read(project, reference + 1, monitor.last_number), reference + 1)
        if json.loads(json.dumps(state)) != monitor.state:
            yield Finding(
                check=_REPLAY,
                table="reports_monitor",
                row=str(monitor.pk),
                message=f"its state after event {monitor.last_number} is not what a replay gives",
            )
