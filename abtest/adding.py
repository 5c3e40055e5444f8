"""Adding up one hour of an experiment: who was heard of, what each unit did, and the moments over units.

All sums are of whole numbers, so that they equal those of `recounting.py`, which adds up everything at once. Steps are
tables of their own that the server counts before it plans the next: an hour may hold ten events or millions.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from abtest.metrics import METRICS
from core.tables.statistics import look_again

MEANS = sorted(key for key, metric in METRICS.items() if metric.kind == "mean")
"""Metrics that are read over all exposed units; the others are read over the units that have them."""

# So that groups of a million events need no disk.
WORK_MEM = "SET LOCAL work_mem = '256MB'"
# Below this the server's guesses of a table that was just made are good enough.
_COUNT_FROM = 5_000

_GREAT = 3_000_000_000
_FITS = f"greatest(abs(x), abs(x0), abs(n), abs(n0)) < {_GREAT}"


def _squares(one: str, other: str) -> str:
    """The sum of products of two of x and n, less those of before."""
    big = f"{one}::numeric * {other} - {one}0::numeric * {other}0"
    return (
        f"coalesce(sum({one} * {other} - {one}0 * {other}0) FILTER (WHERE {_FITS}), 0)"
        f" + coalesce(sum({big}) FILTER (WHERE NOT {_FITS}), 0)"
    )


_SUMS = (
    "sum((n > 0)::int - (n0 > 0)::int) AS units, sum(x - x0) AS sx, sum(n - n0) AS sm, "
    f"{_squares('x', 'x')} AS sxx, {_squares('x', 'n')} AS sxm, {_squares('n', 'n')} AS smm"
)

_EVENTS = """
SELECT unit, arm_id, metric, cell, count(*) AS n, coalesce(sum(value), 0) AS total, bool_or(kind = 'exposure') AS shown
FROM abtest_event WHERE experiment_id = %(experiment)s AND hour = %(hour)s GROUP BY unit, arm_id, metric, cell
"""
_CORRECTED = """
SELECT e.unit, e.arm_id, e.metric, e.cell, sum(c.sign) AS n,
       coalesce(sum(c.sign * e.value), 0) AS total, false AS shown
FROM abtest_correction c JOIN abtest_event e ON e.id = c.event_id
WHERE c.experiment_id = %(experiment)s AND c.hour = %(hour)s GROUP BY e.unit, e.arm_id, e.metric, e.cell
"""
_BOTH = f"""
SELECT unit, arm_id, metric, cell, sum(n)::bigint AS n, sum(total)::bigint AS total, bool_or(shown) AS shown
FROM ({_EVENTS} UNION ALL {_CORRECTED}) both_kinds GROUP BY unit, arm_id, metric, cell
"""  # noqa: S608  (fragments only)

# Who was heard of. Of several arms the first event received decides, which only few units need.
_HEARD = """
WITH said AS MATERIALIZED (
    SELECT t.unit, min(a.ordinal) AS least, max(a.ordinal) AS most
    FROM abtest_added t JOIN abtest_arm a ON a.id = t.arm_id GROUP BY t.unit
), mixed AS MATERIALIZED (
    SELECT DISTINCT ON (e.unit) e.unit, e.arm_id
    FROM said s JOIN abtest_event e ON e.unit = s.unit AND e.experiment_id = %(experiment)s AND e.hour = %(hour)s
    WHERE s.least <> s.most ORDER BY e.unit, e.received_at, e.id
), placed AS (
    SELECT s.unit, coalesce(x.arm_id, m.arm_id, a.id) AS arm_id, x.unit IS NULL AS new, x.exposed_in,
           x.cell AS exposed_cell, coalesce(x.crossed, false) AS was_crossed,
           s.least <> s.most OR coalesce(x.crossed OR x.arm_id <> a.id, false) AS crossed
    FROM said s
    JOIN abtest_arm a ON a.experiment_id = %(experiment)s AND a.ordinal = s.least
    LEFT JOIN abtest_exposure x ON x.experiment_id = %(experiment)s AND x.unit = s.unit
    LEFT JOIN mixed m ON m.unit = s.unit
), shown AS (
    SELECT unit, arm_id, min(cell) AS cell FROM abtest_added WHERE shown GROUP BY unit, arm_id
)
SELECT p.unit, p.arm_id, p.new, p.crossed, p.was_crossed, p.exposed_in IS NOT NULL AS was_exposed,
       p.exposed_in IS NOT NULL OR s.unit IS NOT NULL AS exposed,
       CASE WHEN p.exposed_in IS NOT NULL THEN p.exposed_cell ELSE coalesce(s.cell, '') END AS exposed_cell
FROM placed p LEFT JOIN shown s ON s.unit = p.unit AND s.arm_id = p.arm_id
"""
# As an insert that meets what is there: it looks rows up by the key, whatever the server believes of its tables.
_EXPOSURES = """
INSERT INTO abtest_exposure (experiment_id, unit, project_id, arm_id, exposed_in, cell, crossed)
SELECT %(experiment)s, unit, %(project)s, arm_id, CASE WHEN exposed THEN %(hour)s::timestamptz END, exposed_cell,
       crossed
FROM abtest_heard WHERE new OR exposed <> was_exposed OR crossed <> was_crossed ORDER BY unit
ON CONFLICT (experiment_id, unit) DO UPDATE
SET exposed_in = coalesce(abtest_exposure.exposed_in, excluded.exposed_in), cell = excluded.cell,
    crossed = excluded.crossed
"""
# Units that are new cannot meet rows of their own, which spares half of the work.
_TOTALS = """
INSERT INTO abtest_unittotal (experiment_id, unit, metric, cell, project_id, arm, n, total)
SELECT %(experiment)s, t.unit, t.metric, t.cell, %(project)s, t.arm_id, t.n, t.total
FROM abtest_added t JOIN abtest_heard h ON h.unit = t.unit AND h.arm_id = t.arm_id
WHERE t.metric <> '' AND {which}
ORDER BY t.unit, t.metric, t.cell
"""
_NEW_TOTALS = _TOTALS.format(which="h.new")
_KNOWN_TOTALS = f"""
{_TOTALS.format(which="NOT h.new")}
ON CONFLICT (experiment_id, unit, metric, cell)
DO UPDATE SET n = abtest_unittotal.n + excluded.n, total = abtest_unittotal.total + excluded.total
"""

# What each unit that was heard of has now, and had before, in each cell. Those who are new have nothing from before.
_NOW = """
SELECT t.unit, t.arm_id, t.metric, t.cell, t.n, t.total AS x, 0::bigint AS n0, 0::bigint AS x0,
       false AS was_exposed, h.exposed, h.exposed_cell
FROM abtest_heard h JOIN abtest_added t ON t.unit = h.unit AND t.arm_id = h.arm_id
WHERE h.new AND t.metric <> ''
UNION ALL
SELECT u.unit, u.arm, u.metric, u.cell, u.n::bigint, u.total, u.n - coalesce(t.n, 0), u.total - coalesce(t.total, 0),
       h.was_exposed, h.exposed, h.exposed_cell
FROM abtest_heard h
JOIN abtest_unittotal u ON u.experiment_id = %(experiment)s AND u.unit = h.unit
LEFT JOIN abtest_added t ON t.unit = u.unit AND t.arm_id = u.arm AND t.metric = u.metric AND t.cell = u.cell
WHERE NOT h.new
"""
# Most units have one cell of a metric, and lie in every slice of that cell with all that they did; so do means, whose
# slices are those of the exposure. Those are added up by cell, and the few sums that result go to the slices. Squares
# that are too great for 64 bits are taken apart.
_DELTAS = f"""
WITH changed AS (
    SELECT unit, arm_id, metric, cell, n, x, n0, x0 FROM abtest_now WHERE metric <> ALL(%(means)s)
    UNION ALL
    SELECT unit, arm_id, metric, min(exposed_cell), sum(n)::bigint, sum(x)::bigint,
           CASE WHEN bool_and(was_exposed) THEN sum(n0)::bigint ELSE 0 END,
           CASE WHEN bool_and(was_exposed) THEN sum(x0)::bigint ELSE 0 END
    FROM abtest_now WHERE metric = ANY(%(means)s) AND exposed GROUP BY unit, arm_id, metric
), several AS MATERIALIZED (
    SELECT unit, metric FROM abtest_now WHERE metric <> ALL(%(means)s) GROUP BY unit, metric HAVING count(*) > 1
), pieces AS (
    SELECT c.arm_id, c.metric, part, sum(c.n)::bigint AS n, sum(c.x)::bigint AS x, sum(c.n0)::bigint AS n0,
           sum(c.x0)::bigint AS x0
    FROM several s JOIN abtest_now c ON c.unit = s.unit AND c.metric = s.metric
    CROSS JOIN unnest(''::text || string_to_array(c.cell, ';')) part
    GROUP BY c.unit, c.arm_id, c.metric, part
), sums AS (
    SELECT c.arm_id, c.metric, c.cell, true AS whole, {_SUMS}
    FROM changed c
    WHERE NOT EXISTS (SELECT FROM several s WHERE s.unit = c.unit AND s.metric = c.metric)
    GROUP BY c.arm_id, c.metric, c.cell
    UNION ALL SELECT arm_id, metric, part, false, {_SUMS} FROM pieces GROUP BY arm_id, metric, part
)
SELECT arm_id, metric, part, sum(units) AS units, sum(sx) AS sx, sum(sm) AS sm, sum(sxx) AS sxx, sum(sxm) AS sxm,
       sum(smm) AS smm
FROM sums CROSS JOIN unnest(CASE WHEN whole THEN ''::text || string_to_array(cell, ';') ELSE ARRAY[cell] END) part
GROUP BY arm_id, metric, part
"""  # noqa: S608  (fragments only)
_EXPOSED = """
SELECT arm_id, part, sum(n) AS exposed
FROM (
    SELECT arm_id, exposed_cell, count(*) AS n FROM abtest_heard WHERE exposed AND NOT was_exposed
    GROUP BY arm_id, exposed_cell
) h CROSS JOIN unnest(''::text || string_to_array(exposed_cell, ';')) part
GROUP BY arm_id, part
"""
# Every arm x metric x slice that there ever was has a row at every hour.
_MOMENTS = """
WITH last AS (
    SELECT * FROM abtest_armmoments
    WHERE experiment_id = %(experiment)s AND hour = (
        SELECT max(hour) FROM abtest_closedhour WHERE experiment_id = %(experiment)s AND hour < %(hour)s
    )
), exposed AS MATERIALIZED (
    SELECT coalesce(l.arm_id, d.arm_id) AS arm_id, coalesce(l.part, d.part) AS part,
           coalesce(l.exposed, 0) + coalesce(d.exposed, 0) AS exposed
    FROM (SELECT * FROM last WHERE metric = '') l FULL JOIN abtest_exposed d ON d.arm_id = l.arm_id AND d.part = l.part
), moments AS (
    SELECT coalesce(l.arm_id, d.arm_id) AS arm_id, coalesce(l.metric, d.metric) AS metric,
           coalesce(l.part, d.part) AS part, coalesce(l.units, 0) + coalesce(d.units, 0) AS units,
           coalesce(l.sx, 0) + coalesce(d.sx, 0) AS sx, coalesce(l.sm, 0) + coalesce(d.sm, 0) AS sm,
           coalesce(l.sxx, 0) + coalesce(d.sxx, 0) AS sxx, coalesce(l.sxm, 0) + coalesce(d.sxm, 0) AS sxm,
           coalesce(l.smm, 0) + coalesce(d.smm, 0) AS smm
    FROM (SELECT * FROM last WHERE metric <> '') l
    FULL JOIN abtest_deltas d ON d.arm_id = l.arm_id AND d.metric = l.metric AND d.part = l.part
)
INSERT INTO abtest_armmoments
    (experiment_id, metric, part, arm_id, hour, project_id, exposed, units, sx, sm, sxx, sxm, smm)
SELECT %(experiment)s, '', part, arm_id, %(hour)s, %(project)s, exposed, exposed, 0, 0, 0, 0, 0 FROM exposed
UNION ALL
SELECT %(experiment)s, m.metric, m.part, m.arm_id, %(hour)s, %(project)s, coalesce(e.exposed, 0), m.units, m.sx, m.sm,
       m.sxx, m.sxm, m.smm
FROM moments m LEFT JOIN exposed e ON e.arm_id = m.arm_id AND e.part = m.part
"""
_CLOSED = """
INSERT INTO abtest_closedhour (experiment_id, hour, project_id, events)
SELECT %(experiment)s, %(hour)s, %(project)s, count(*) FROM abtest_event
WHERE experiment_id = %(experiment)s AND hour = %(hour)s
"""


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of an experiment that is to be added up."""

    project: UUID
    experiment: UUID
    hour: datetime


def add_up(hour: Hour, *, corrected: bool) -> None:
    """Add an hour's events, and its corrections if it has any, to all totals, in the caller's transaction.

    The caller sees to it that no event can come into the hour any more, that all hours before it which have events are
    added up, and that nobody else adds up this experiment.
    """
    values: dict[str, Any] = {
        "project": hour.project,
        "experiment": hour.experiment,
        "hour": hour.hour,
        "means": MEANS,
    }
    with connection.cursor() as cursor:
        cursor.execute(WORK_MEM)
        if _table("abtest_added", _BOTH if corrected else _EVENTS, values, counted="unit") >= _COUNT_FROM:
            look_again("abtest_event", "abtest_exposure")
        _table("abtest_heard", _HEARD, values, counted="unit, new")
        cursor.execute(_EXPOSURES, values)
        cursor.execute(_NEW_TOTALS, values)
        cursor.execute(_KNOWN_TOTALS, values)
        if cursor.rowcount >= _COUNT_FROM:
            look_again("abtest_unittotal")
        _table("abtest_now", _NOW, values)
        _table("abtest_deltas", _DELTAS, values)
        _table("abtest_exposed", _EXPOSED, values)
        cursor.execute(_MOMENTS, values)
        cursor.execute(_CLOSED, values)
        cursor.execute("DROP TABLE abtest_added, abtest_heard, abtest_now, abtest_deltas, abtest_exposed")


def _table(name: str, query: str, values: dict[str, Any], *, counted: str = "") -> int:
    """Keep what the query finds until it is dropped; returns how many rows. The server looks at columns `counted`."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {name} AS {query}", values)
        rows = int(cursor.rowcount)
        if counted and rows >= _COUNT_FROM:
            cursor.execute(f"ANALYZE {name} ({counted})")
    return rows
