"""Closing hours: what was received is added up once, in order, hour by hour, and never written again.

An hour in which nothing was received is closed only as the last one, so that what is shown is up to date.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from abtest import adding, correcting, recounting
from abtest.models import ClosedHour, Experiment
from abtest.reception import closable
from core.tables import locks

HOUR = timedelta(hours=1)

# Of an experiment of which nothing is closed: from so many hours on, they are added up all at once.
AT_ONCE_FROM = 24

Fence = Callable[[], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Closed:
    """Which hours were closed now, and the last one that is."""

    hours: int
    last: datetime | None


def close_hours(
    experiment: Experiment,
    *,
    fence: Fence | None = None,
    progress: Progress | None = None,
    until: datetime | None = None,
) -> Closed:
    """Close every hour of the experiment before `until` (by default all that nothing is received in any more).

    One transaction each; `fence` is called at the end of each and may refuse it by raising. Two that close the same
    experiment wait for each other and close nothing twice.
    """
    before = until or closable(experiment.project)
    done = _close_at_once(experiment, before, fence)
    total = done + (_due_hours(experiment, before) if progress else 0)
    while _close_next(experiment, before, fence):
        done += 1
        if progress:
            progress(done, total)
    return Closed(hours=done, last=last_closed(experiment))


def last_closed(experiment: Experiment) -> datetime | None:
    """The last hour that is closed."""
    return ClosedHour.objects.filter(experiment=experiment).order_by("-hour").values_list("hour", flat=True).first()


def backlog(experiment: Experiment) -> int:
    """How many hours with events are not closed yet, the open one included."""
    return _due_hours(experiment, None)


@transaction.atomic
def recompute(experiment: Experiment) -> None:
    """Replace all totals of the closed hours by a recount from the events."""
    _lock(experiment)
    recounting.recompute(project=experiment.project_id, experiment=experiment.pk)


def _lock(experiment: Experiment) -> None:
    locks.wait_for(f"close hours {experiment.pk}")


def _close_next(experiment: Experiment, before: datetime, fence: Fence | None) -> bool:
    with transaction.atomic():
        _lock(experiment)
        hour = _next(experiment, before)
        if hour is None:
            return False
        of = adding.Hour(project=experiment.project_id, experiment=experiment.pk, hour=hour)
        correcting.find(project=of.project, experiment=of.experiment, hour=hour)
        adding.add_up(of)
        if fence:
            fence()
    return True


def _next(experiment: Experiment, before: datetime) -> datetime | None:
    last = last_closed(experiment)
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"experiment": experiment.pk, "last": last, "before": before})
        found: datetime | None = cursor.fetchone()[0]
    if found is not None:
        return found
    newest = before - HOUR
    if last is not None and last >= newest:
        return None
    return newest if _wanted(experiment, newest) else None


def _wanted(experiment: Experiment, hour: datetime) -> bool:
    """Whether this hour, without events, is to be closed: of what runs, or was corrected or labelled after it ended."""
    if experiment.state == Experiment.State.RUNNING:
        return experiment.started_at is not None and experiment.started_at < hour + HOUR
    if correcting.waiting(project=experiment.project_id, experiment=experiment.pk):
        return True
    return experiment.state == Experiment.State.STOPPED and _labelled_since(experiment)


def _labelled_since(experiment: Experiment) -> bool:
    """Whether anything was said of the labelled slice after it was last read: raters are slower than experiments."""
    with connection.cursor() as cursor:
        cursor.execute(_LABELLED, {"experiment": experiment.pk})
        return bool(cursor.fetchone()[0])


_NEXT = """
SELECT min(hour) FROM abtest_event
WHERE experiment_id = %(experiment)s AND (%(last)s::timestamptz IS NULL OR hour > %(last)s) AND hour < %(before)s
"""
# A minute more, for what was said while the slice was read: at worst one hour too many is closed.
_LABELLED = """
WITH last AS (
    SELECT max(made_at) - interval '1 minute' AS made_at FROM abtest_readout WHERE experiment_id = %(experiment)s
), slice AS (
    SELECT t.id, t.response_id FROM abtest_chosenturn c JOIN ledger_turn t ON t.id = c.turn_id
    WHERE c.experiment_id = %(experiment)s AND t.response_id IS NOT NULL
)
SELECT EXISTS (
    SELECT FROM last, slice s, LATERAL (
        SELECT recorded_at FROM ledger_judgment WHERE turn_id = s.id AND source <> 'live'
        UNION ALL SELECT recorded_at FROM ledger_judgment WHERE response_id = s.response_id
        UNION ALL SELECT j.recorded_at FROM catalog_comparison p JOIN ledger_judgment j ON j.comparison_id = p.id
        WHERE p.first_id = s.response_id OR p.second_id = s.response_id
    ) said
    WHERE said.recorded_at > last.made_at
)
"""
_DUE = """
WITH RECURSIVE due AS (
    SELECT min(hour) AS hour FROM abtest_event
    WHERE experiment_id = %(experiment)s AND (%(last)s::timestamptz IS NULL OR hour > %(last)s)
    UNION ALL
    SELECT (SELECT min(e.hour) FROM abtest_event e WHERE e.experiment_id = %(experiment)s AND e.hour > due.hour)
    FROM due WHERE due.hour IS NOT NULL
)
SELECT {} FROM due WHERE hour IS NOT NULL AND (%(before)s::timestamptz IS NULL OR hour < %(before)s)
"""
_COUNT_DUE = _DUE.format("count(*)")
_CLOSE_DUE = f"""
INSERT INTO abtest_closedhour (experiment_id, hour, project_id, events)
SELECT %(experiment)s, hour, %(project)s, count(*) FROM abtest_event
WHERE experiment_id = %(experiment)s AND hour IN ({_DUE.format("hour")}) GROUP BY hour
"""  # noqa: S608  (fragments only)


def _due_hours(experiment: Experiment, before: datetime | None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_DUE, _due(experiment, before))
        return int(cursor.fetchone()[0])


def _due(experiment: Experiment, before: datetime | None) -> dict[str, UUID | datetime | None]:
    return {"experiment": experiment.pk, "last": last_closed(experiment), "before": before}


def _close_at_once(experiment: Experiment, before: datetime, fence: Fence | None) -> int:
    """Close the hours of an experiment of which none is closed, if they are many; returns how many."""
    if last_closed(experiment) is not None or _due_hours(experiment, before) < AT_ONCE_FROM:
        return 0
    with transaction.atomic():
        _lock(experiment)
        if last_closed(experiment) is not None:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(_CLOSE_DUE, {**_due(experiment, before), "project": experiment.project_id})
            done = int(cursor.rowcount)
        newest = last_closed(experiment)
        assert newest is not None
        correcting.find(project=experiment.project_id, experiment=experiment.pk, hour=newest)
        recounting.recompute(project=experiment.project_id, experiment=experiment.pk)
        if fence:
            fence()
    return done
