"""What must hold of live experiments at any moment; `verify` asks."""

from collections.abc import Iterator

from abtest.comparing import differences
from abtest.models import ClosedHour, Experiment
from core.tables.verification import Finding, check, found

TOTALS = "totals of experiments are what their events add up to"
CLOSED = "events came into hours that were open"
CORRECTED = "corrections of events follow the rulings about them"


@check(TOTALS)
def totals_are_sums() -> Iterator[Finding]:
    closed = ClosedHour.objects.values("experiment")
    for experiment in Experiment.objects.filter(pk__in=closed).order_by("pk").values_list("pk", flat=True):
        for table, row, message in differences(experiment):
            yield Finding(check=TOTALS, table=table, row=row, message=message)


@check(CLOSED)
def events_came_into_open_hours() -> Iterator[Finding]:
    """An hour holds as many events as when it was closed, and none lies in an hour that was passed over."""
    return found(
        CLOSED,
        "abtest_closedhour",
        """
        WITH held AS (
            SELECT e.experiment_id, e.hour, count(*) AS events FROM abtest_event e
            WHERE e.experiment_id IS NOT NULL AND e.hour <= (
                SELECT max(c.hour) FROM abtest_closedhour c WHERE c.experiment_id = e.experiment_id
            )
            GROUP BY 1, 2
        )
        SELECT coalesce(c.experiment_id, h.experiment_id) || ' '
                   || to_char(coalesce(c.hour, h.hour) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24"Z"'),
               coalesce(c.events, 0), coalesce(h.events, 0)
        FROM abtest_closedhour c FULL JOIN held h ON h.experiment_id = c.experiment_id AND h.hour = c.hour
        WHERE coalesce(c.events, 0) <> coalesce(h.events, 0)
        ORDER BY 1
        """,
        "it was closed with {1} events and holds {2}",
    )


@check(CORRECTED)
def corrections_follow_rulings() -> Iterator[Finding]:
    """Unless a mark waits for the next hour, an event is added up as often as its judgment counts."""
    return found(
        CORRECTED,
        "abtest_event",
        """
        SELECT e.id, e.event_id, 1 + coalesce(c.sign, 0), (v.id IS NOT NULL)::int
        FROM abtest_event e
        JOIN ledger_judgment j ON j.id = e.id
        LEFT JOIN counted_judgment v ON v.id = e.id
        LEFT JOIN (SELECT event_id, sum(sign) AS sign FROM abtest_correction GROUP BY 1) c ON c.event_id = e.id
        WHERE e.hour <= (SELECT max(h.hour) FROM abtest_closedhour h WHERE h.experiment_id = e.experiment_id)
          AND 1 + coalesce(c.sign, 0) <> (v.id IS NOT NULL)::int
          AND NOT EXISTS (SELECT FROM ledger_dirtybucket d WHERE d.scope = 'live' AND d.project_id = e.project_id
                          AND d.bucket = e.id::text)
        ORDER BY e.id
        """,
        "the event {1} is added up {2} times, its judgment counts {3} times",
    )
