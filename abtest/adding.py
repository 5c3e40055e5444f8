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

# Products of numbers below this fit into 64 bits.
_GREAT = 3_000_000_000


def _sums(exact: str) -> str:
    """The sums over units of x, n and their products, less those of before; `exact` is the type of a product."""

    def products(one: str, other: str) -> str:
        return f"sum({one}::{exact} * {other} - {one}0::{exact} * {other}0)"

    return (
        "sum((n > 0)::int - (n0 > 0)::int) AS units, sum(x - x0) AS sx, sum(n - n0) AS sm, "
        f"{products('x', 'x')} AS sxx, {products('x', 'n')} AS sxm, {products('n', 'n')} AS smm"
    )


_EVENTS = """
SELECT unit, arm_id, metric, cell, count(*) AS n, coalesce(sum(value), 0) AS total, bool_or(kind = 'exposure') AS shown,
       count(*) AS events
FROM abtest_event WHERE experiment_id = %(experiment)s AND hour = %(hour)s GROUP BY unit, arm_id, metric, cell
"""
_CORRECTED = """
SELECT e.unit, e.arm_id, e.metric, e.cell, sum(c.sign) AS n,
       coalesce(sum(c.sign * e.value), 0) AS total, false AS shown, 0 AS events
FROM abtest_correction c JOIN abtest_event e ON e.id = c.event_id
WHERE c.experiment_id = %(experiment)s AND c.hour = %(hour)s GROUP BY e.unit, e.arm_id, e.metric, e.cell
"""
_BOTH = f"""
SELECT unit, arm_id, metric, cell, sum(n)::bigint AS n, sum(total)::bigint AS total, bool_or(shown) AS shown,
       sum(events) AS events
FROM ({_EVENTS} UNION ALL {_CORRECTED}) both_kinds GROUP BY unit, arm_id, metric, cell
"""  # noqa: S608  (fragments only)

# Who was heard of. Of several arms the first event received decides, which only few units need. A unit is `plain` that
# is new and did everything in one arm and one cell: nothing of it has to be looked up or put together.
_HEARD = """
WITH said AS MATERIALIZED (
    SELECT t.unit, min(a.ordinal) AS least, max(a.ordinal) AS most, min(t.cell) FILTER (WHERE t.shown) AS said_cell,
           min(t.cell) = max(t.cell) AS one_cell
    FROM abtest_added t JOIN abtest_arm a ON a.id = t.arm_id GROUP BY t.unit
), mixed AS MATERIALIZED (
    SELECT DISTINCT ON (e.unit) e.unit, e.arm_id
    FROM said s JOIN abtest_event e ON e.unit = s.unit AND e.experiment_id = %(experiment)s AND e.hour = %(hour)s
    WHERE s.least <> s.most ORDER BY e.unit, e.received_at, e.id
), placed AS (
    SELECT s.unit, coalesce(x.arm_id, m.arm_id, a.id) AS arm_id, x.unit IS NULL AS new, x.exposed_in,
           x.cell AS exposed_cell, coalesce(x.crossed, false) AS was_crossed,
           s.least <> s.most OR coalesce(x.crossed OR x.arm_id <> a.id, false) AS crossed, s.one_cell, s.said_cell
    FROM said s
    JOIN abtest_arm a ON a.experiment_id = %(experiment)s AND a.ordinal = s.least
    LEFT JOIN abtest_exposure x ON x.experiment_id = %(experiment)s AND x.unit = s.unit
    LEFT JOIN mixed m ON m.unit = s.unit
), shown AS (
    SELECT p.unit, min(t.cell) AS cell
    FROM placed p JOIN abtest_added t ON t.unit = p.unit AND t.arm_id = p.arm_id
    WHERE p.crossed AND t.shown GROUP BY p.unit
), cells AS (
    SELECT p.*, CASE WHEN p.crossed THEN s.cell ELSE p.said_cell END AS shown_cell
    FROM placed p LEFT JOIN shown s ON s.unit = p.unit
)
SELECT unit, arm_id, new, crossed, was_crossed, exposed_in IS NOT NULL AS was_exposed,
       exposed_in IS NOT NULL OR shown_cell IS NOT NULL AS exposed,
       CASE WHEN exposed_in IS NOT NULL THEN exposed_cell ELSE coalesce(shown_cell, '') END AS exposed_cell,
       new AND one_cell AND NOT crossed AS plain
FROM cells
"""
_NEW_EXPOSURES = """
INSERT INTO abtest_exposure (experiment_id, unit, project_id, arm_id, exposed_in, cell, crossed)
SELECT %(experiment)s, unit, %(project)s, arm_id, CASE WHEN exposed THEN %(hour)s::timestamptz END, exposed_cell,
       crossed
FROM abtest_heard WHERE new ORDER BY unit
"""
_KNOWN_EXPOSURES = """
UPDATE abtest_exposure x
SET exposed_in = coalesce(x.exposed_in, CASE WHEN h.exposed THEN %(hour)s::timestamptz END), cell = h.exposed_cell,
    crossed = h.crossed
FROM abtest_heard h
WHERE x.experiment_id = %(experiment)s AND x.unit = h.unit
    AND NOT h.new AND (h.exposed <> h.was_exposed OR h.crossed <> h.was_crossed)
"""

# What each unit that is not plain has now, and had before, in each cell. `place` is that of its row, if it has one.
_NOW = """
WITH added AS (
    SELECT t.unit, t.metric, t.cell, t.n, t.total
    FROM abtest_heard h JOIN abtest_added t ON t.unit = h.unit AND t.arm_id = h.arm_id
    WHERE NOT h.plain AND t.metric <> ''
), before AS (
    SELECT u.unit, u.metric, u.cell, u.n, u.total, u.ctid AS place
    FROM abtest_heard h JOIN abtest_unittotal u ON u.experiment_id = %(experiment)s AND u.unit = h.unit
    WHERE NOT h.new
)
SELECT unit, h.arm_id, metric, cell, coalesce(u.n, 0) + coalesce(t.n, 0) AS n,
       coalesce(u.total, 0) + coalesce(t.total, 0) AS x, coalesce(u.n, 0)::bigint AS n0, coalesce(u.total, 0) AS x0,
       u.place, h.was_exposed, h.exposed, h.exposed_cell, metric = ANY(%(means)s) AS mean
FROM added t FULL JOIN before u USING (unit, metric, cell) JOIN abtest_heard h USING (unit)
"""
# By place, since nobody else writes these rows: whoever adds up an experiment is alone.
_KNOWN_TOTALS = """
UPDATE abtest_unittotal u SET n = t.n, total = t.x
FROM abtest_now t
WHERE u.ctid = t.place AND u.experiment_id = %(experiment)s AND u.unit = t.unit
    AND (t.n <> t.n0 OR t.x <> t.x0)
"""
_NEW_TOTALS = """
INSERT INTO abtest_unittotal (experiment_id, unit, metric, cell, project_id, arm, n, total)
SELECT %(experiment)s, unit, metric, cell, %(project)s, arm_id, n, x
FROM (
    SELECT t.unit, t.metric, t.cell, t.arm_id, t.n, t.total AS x
    FROM abtest_heard h JOIN abtest_added t ON t.unit = h.unit
    WHERE h.plain AND t.metric <> ''
    UNION ALL
    SELECT unit, metric, cell, arm_id, n, x FROM abtest_now WHERE place IS NULL
) each
ORDER BY unit
"""
# Most units have one cell, and lie in every slice of that cell with all that they did; the slices of means are those of
# the exposure, which a plain unit has in its one cell. They are added up by cell, and the few sums that come of it go
# to the slices.
_DELTAS = """
WITH several AS MATERIALIZED (
    SELECT unit FROM abtest_now GROUP BY unit HAVING min(cell) <> max(cell)
), changed AS (
    SELECT t.arm_id, t.metric, t.cell, t.n, t.total AS x, 0 AS n0, 0 AS x0
    FROM abtest_heard h JOIN abtest_added t ON t.unit = h.unit
    WHERE h.plain AND t.metric <> '' AND (h.exposed OR t.metric <> ALL(%(means)s))
    UNION ALL
    SELECT arm_id, metric, CASE WHEN mean THEN exposed_cell ELSE cell END, n, x,
           CASE WHEN was_exposed OR NOT mean THEN n0 ELSE 0 END, CASE WHEN was_exposed OR NOT mean THEN x0 ELSE 0 END
    FROM abtest_now c
    WHERE (exposed OR NOT mean) AND NOT EXISTS (SELECT FROM several s WHERE s.unit = c.unit)
), pieces AS (
    SELECT c.arm_id, c.metric, part, sum(c.n)::bigint AS n, sum(c.x)::bigint AS x,
           sum(CASE WHEN c.was_exposed OR NOT c.mean THEN c.n0 ELSE 0 END)::bigint AS n0,
           sum(CASE WHEN c.was_exposed OR NOT c.mean THEN c.x0 ELSE 0 END)::bigint AS x0
    FROM several s JOIN abtest_now c ON c.unit = s.unit
    CROSS JOIN unnest(''::text || string_to_array(CASE WHEN c.mean THEN c.exposed_cell ELSE c.cell END, ';')) part
    WHERE c.exposed OR NOT c.mean
    GROUP BY c.unit, c.arm_id, c.metric, part
), sums AS (
    SELECT arm_id, metric, cell, true AS whole, {sums} FROM changed GROUP BY arm_id, metric, cell
    UNION ALL SELECT arm_id, metric, part, false, {sums} FROM pieces GROUP BY arm_id, metric, part
)
SELECT arm_id, metric, part, sum(units) AS units, sum(sx) AS sx, sum(sm) AS sm, sum(sxx) AS sxx, sum(sxm) AS sxm,
       sum(smm) AS smm
FROM sums CROSS JOIN unnest(CASE WHEN whole THEN ''::text || string_to_array(cell, ';') ELSE ARRAY[cell] END) part
GROUP BY arm_id, metric, part
"""
# No unit has more of a metric than all of them together.
_GREATEST = """
SELECT (SELECT coalesce(sum(greatest(abs(total), abs(n))), 0) FROM abtest_added)
     + (SELECT coalesce(sum(greatest(abs(x0), n0)), 0) FROM abtest_now)
"""
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
SELECT %(experiment)s, %(hour)s, %(project)s, coalesce(sum(events), 0) FROM abtest_added
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
        # Each statement runs once, and compiling it would cost more than it saves.
        cursor.execute("SET LOCAL jit = off")
        if _table("abtest_added", _BOTH if corrected else _EVENTS, values) >= _COUNT_FROM:
            look_again("abtest_event", "abtest_exposure", "abtest_unittotal")
        _table("abtest_heard", _HEARD, values, counted="unit, new, plain")
        cursor.execute(_NEW_EXPOSURES, values)
        cursor.execute(_KNOWN_EXPOSURES, values)
        _table("abtest_now", _NOW, values)
        cursor.execute(_KNOWN_TOTALS, values)
        cursor.execute(_NEW_TOTALS, values)
        cursor.execute(_GREATEST)
        small = cursor.fetchone()[0] < _GREAT
        _table("abtest_deltas", _DELTAS.format(sums=_sums("bigint" if small else "numeric")), values)
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
