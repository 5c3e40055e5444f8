"""Adding up one hour of an experiment: who was heard of, what each unit did, and the moments over units.

All sums are of whole numbers, so that they equal those of `recounting.py`, which adds up everything at once. Steps are
tables of their own that the server counts before it plans the next: an hour may hold ten events or millions.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from abtest.metrics import COUNTED, METRICS
from core.tables.statistics import look_again

MEANS = sorted(key for key, metric in METRICS.items() if metric.kind == "mean")
"""Metrics that are read over all exposed units; the others are read over the units that have them."""

# So that groups of a million events need no disk.
WORK_MEM = "SET LOCAL work_mem = '256MB'"
# Below this the server's guesses of a table that was just made are good enough.
_COUNT_FROM = 1_000

# Numbers below this fit into 32 bits, and their products into 64.
_GREAT = 2**31


def by_metric(expression: str, **more: str) -> str:
    """This for each of COUNTED, with commas: {metric} is its key, {mean} whether it is read over all exposed units."""
    return ", ".join(expression.format(metric=metric, mean=metric in MEANS, **more) for metric in COUNTED)


# What each unit did in each arm and cell; null where it never did what a metric counts.
_ADDED = f"""
SELECT unit, arm_id, cell, bool_or(kind = 'exposure') AS shown, count(kind) AS events,
       {by_metric("(sum(n) FILTER (WHERE metric = '{metric}'))::int AS n_{metric}")},
       {by_metric("sum(x) FILTER (WHERE metric = '{metric}') AS x_{metric}")}
FROM (
    SELECT unit, arm_id, cell, kind, metric, 1 AS n, value AS x
    FROM abtest_event WHERE experiment_id = %(experiment)s AND hour = %(hour)s
    UNION ALL
    SELECT e.unit, e.arm_id, e.cell, NULL, e.metric, c.sign, c.sign * e.value
    FROM abtest_correction c JOIN abtest_event e ON e.id = c.event_id
    WHERE c.experiment_id = %(experiment)s AND c.hour = %(hour)s
) said
GROUP BY unit, arm_id, cell
"""  # noqa: S608  (fragments only)

# Who was heard of. Of several arms the first event received decides, which only few units need. `exposed_cell` is the
# cell of the exposure, null of who is not exposed; `exposed_before` is what it was before this hour.
_HEARD = """
WITH said AS MATERIALIZED (
    SELECT unit, min(arm_id::text)::uuid AS arm_id, min(arm_id::text) <> max(arm_id::text) AS mixed,
           min(cell) FILTER (WHERE shown) AS cell
    FROM abtest_added GROUP BY unit
), first AS MATERIALIZED (
    SELECT DISTINCT ON (e.unit) e.unit, e.arm_id
    FROM said s JOIN abtest_event e ON e.unit = s.unit AND e.experiment_id = %(experiment)s AND e.hour = %(hour)s
    WHERE s.mixed ORDER BY e.unit, e.received_at, e.id
), placed AS (
    SELECT s.unit, coalesce(x.arm_id, f.arm_id, s.arm_id) AS arm_id, x.unit IS NULL AS new,
           CASE WHEN x.exposed_in IS NOT NULL THEN x.cell END AS exposed_before, s.cell,
           coalesce(x.crossed, false) AS was_crossed,
           s.mixed OR coalesce(x.crossed OR x.arm_id <> s.arm_id, false) AS crossed
    FROM said s
    LEFT JOIN abtest_exposure x ON x.experiment_id = %(experiment)s AND x.unit = s.unit
    LEFT JOIN first f ON f.unit = s.unit
), shown AS (
    SELECT p.unit, min(t.cell) AS cell
    FROM placed p JOIN abtest_added t ON t.unit = p.unit AND t.arm_id = p.arm_id
    WHERE p.crossed AND t.shown GROUP BY p.unit
)
SELECT p.unit, p.arm_id, p.new, p.crossed, p.was_crossed, p.exposed_before,
       coalesce(p.exposed_before, CASE WHEN p.crossed THEN s.cell ELSE p.cell END) AS exposed_cell
FROM placed p LEFT JOIN shown s ON s.unit = p.unit
"""
_NEW_EXPOSURES = """
INSERT INTO abtest_exposure (experiment_id, unit, project_id, arm_id, exposed_in, cell, crossed)
SELECT %(experiment)s, unit, %(project)s, arm_id, CASE WHEN exposed_cell IS NOT NULL THEN %(hour)s::timestamptz END,
       coalesce(exposed_cell, ''), crossed
FROM abtest_heard WHERE new ORDER BY unit
"""
_KNOWN_EXPOSURES = """
UPDATE abtest_exposure x
SET exposed_in = coalesce(x.exposed_in, CASE WHEN h.exposed_cell IS NOT NULL THEN %(hour)s::timestamptz END),
    cell = coalesce(h.exposed_cell, ''), crossed = h.crossed
FROM abtest_heard h
WHERE x.experiment_id = %(experiment)s AND x.unit = h.unit AND NOT h.new
    AND (h.exposed_cell IS DISTINCT FROM h.exposed_before OR h.crossed <> h.was_crossed)
"""

_BOTH = """
       coalesce(a.n_{metric} + b.n_{metric}, a.n_{metric}, b.n_{metric}),
       coalesce(a.x_{metric} + b.x_{metric}, a.x_{metric}, b.x_{metric})"""
# What each unit that was heard of has in each cell, with the sign 1, and what it had before, with the sign -1. `place`
# is that of its row, if it has one.
_STATES = f"""
WITH added AS (
    SELECT t.*, h.exposed_cell FROM abtest_heard h JOIN abtest_added t USING (unit, arm_id)
    WHERE num_nonnulls({by_metric("n_{metric}")}) > 0
), before AS (
    SELECT u.*, u.ctid AS place, h.arm_id, h.exposed_cell, h.exposed_before
    FROM abtest_heard h JOIN abtest_unittotal u ON u.experiment_id = %(experiment)s AND u.unit = h.unit
    WHERE NOT h.new
)
SELECT -1 AS sign, unit, arm_id, cell, exposed_before AS exposed_cell, place, false AS changed,
       {by_metric("n_{metric}, x_{metric}")}
FROM before
UNION ALL
SELECT 1, unit, coalesce(a.arm_id, b.arm_id), cell, coalesce(a.exposed_cell, b.exposed_cell), place,
       a.unit IS NOT NULL, {by_metric(_BOTH)}
FROM added a FULL JOIN before b USING (unit, cell)
"""  # noqa: S608  (fragments only)
# By place, since nobody else writes these rows: whoever adds up an experiment is alone.
_KNOWN_TOTALS = f"""
UPDATE abtest_unittotal u SET {by_metric("n_{metric} = s.n_{metric}, x_{metric} = s.x_{metric}")}
FROM abtest_states s
WHERE u.ctid = s.place AND u.experiment_id = %(experiment)s AND u.unit = s.unit AND s.changed
"""  # noqa: S608  (fragments only)
_NEW_TOTALS = f"""
INSERT INTO abtest_unittotal (experiment_id, unit, cell, project_id, arm, {by_metric("n_{metric}, x_{metric}")})
SELECT %(experiment)s, unit, cell, %(project)s, arm_id, {by_metric("n_{metric}, x_{metric}")}
FROM abtest_states WHERE place IS NULL ORDER BY unit
"""  # noqa: S608  (fragments only)
_SEVERAL = """
SELECT unit, count(*) AS cells FROM abtest_states WHERE sign > 0 GROUP BY unit HAVING count(*) > 1
"""
# No unit has more of a metric than so many times what it has in one cell.
_GREATEST = f"""
SELECT greatest({by_metric("max(abs(x_{metric}))")}, 0) * (SELECT coalesce(max(cells), 1) FROM abtest_several)
FROM abtest_states
"""  # noqa: S608  (fragments only)
_PIECES = """
    sum(n_{metric}) FILTER (WHERE mean = {mean}) AS n_{metric},
    sum(x_{metric}::{number}) FILTER (WHERE mean = {mean})::bigint AS x_{metric}"""
_SUMS = """
    sum((n_{metric} > 0)::int) AS units_{metric}, sum(x_{metric}) AS sx_{metric}, sum(n_{metric}) AS sm_{metric},
    sum(x_{metric}::{product} * x_{metric}) AS sxx_{metric},
    sum(x_{metric}::{product} * n_{metric}) AS sxm_{metric},
    sum(n_{metric}::{product} * n_{metric}) AS smm_{metric}"""
_ROWS = """
    ('{metric}', {mean}, units_{metric}, sx_{metric}, sm_{metric}, sxx_{metric}, sxm_{metric}, smm_{metric})"""
_EXPOSED = """
SELECT arm_id, part, sum(n) AS exposed
FROM (
    SELECT arm_id, exposed_cell, count(*) AS n FROM abtest_heard
    WHERE exposed_cell IS NOT NULL AND exposed_before IS NULL GROUP BY arm_id, exposed_cell
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
_TABLES = ("abtest_added", "abtest_heard", "abtest_states", "abtest_several", "abtest_deltas", "abtest_exposed")


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of an experiment that is to be added up."""

    project: UUID
    experiment: UUID
    hour: datetime


def add_up(hour: Hour) -> None:
    """Add an hour's events and corrections to all totals, in the caller's transaction.

    The caller sees to it that no event can come into the hour any more, that all hours before it which have events are
    added up, and that nobody else adds up this experiment.
    """
    values: dict[str, Any] = {"project": hour.project, "experiment": hour.experiment, "hour": hour.hour}
    with connection.cursor() as cursor:
        cursor.execute(WORK_MEM)
        # Each statement runs once, and compiling it would cost more than it saves.
        cursor.execute("SET LOCAL jit = off")
        if _table("abtest_added", _ADDED, values) >= _COUNT_FROM:
            look_again("abtest_event", "abtest_exposure", "abtest_unittotal")
        _table("abtest_heard", _HEARD, values, counted="unit, new")
        # The known ones before the server has many that it has not counted.
        cursor.execute(_KNOWN_EXPOSURES, values)
        cursor.execute(_NEW_EXPOSURES, values)
        _table("abtest_states", _STATES, values)
        cursor.execute(_KNOWN_TOTALS, values)
        cursor.execute(_NEW_TOTALS, values)
        _table("abtest_several", _SEVERAL, values, counted="unit")
        cursor.execute(_GREATEST)
        types = ("int", "bigint") if cursor.fetchone()[0] < _GREAT else ("bigint", "numeric")
        _table("abtest_deltas", _deltas(*types), values)
        _table("abtest_exposed", _EXPOSED, values)
        cursor.execute(_MOMENTS, values)
        cursor.execute(_CLOSED, values)
        cursor.execute(f"DROP TABLE {', '.join(_TABLES)}")


def _deltas(number: str, product: str) -> str:
    """How the sums over units of x, n and their products have changed; types of a unit's number and of a product.

    Most units have one cell, and lie in every slice of that cell with all that they did; the slices of means are those
    of the exposure. They are added up by cell, and the few sums that come of it go to the slices.
    """
    sums = by_metric(_SUMS, product=product)
    return f"""
    WITH pieces AS (
        SELECT arm_id, sign, part, {by_metric(_PIECES, number=number)}
        FROM abtest_several JOIN abtest_states USING (unit)
        CROSS JOIN LATERAL (VALUES (cell, false), (exposed_cell, true)) lies (within, mean)
        CROSS JOIN unnest(''::text || string_to_array(within, ';')) part
        WHERE within IS NOT NULL GROUP BY unit, arm_id, sign, part
    ), sums AS (
        SELECT arm_id, sign, cell, exposed_cell, true AS whole, {sums}
        FROM abtest_states a WHERE NOT EXISTS (SELECT FROM abtest_several s WHERE s.unit = a.unit)
        GROUP BY arm_id, sign, cell, exposed_cell
        UNION ALL
        SELECT arm_id, sign, part, part, false, {sums} FROM pieces GROUP BY arm_id, sign, part
    )
    SELECT arm_id, metric, part, sum(sign * units) AS units, sum(sign * sx) AS sx, sum(sign * sm) AS sm,
           sum(sign * sxx) AS sxx, sum(sign * sxm) AS sxm, sum(sign * smm) AS smm
    FROM sums
    CROSS JOIN LATERAL (VALUES {by_metric(_ROWS)}) each (metric, mean, units, sx, sm, sxx, sxm, smm)
    CROSS JOIN LATERAL (SELECT CASE WHEN mean THEN exposed_cell ELSE cell END AS within) lies
    CROSS JOIN unnest(CASE WHEN whole THEN ''::text || string_to_array(within, ';') ELSE ARRAY[within] END) part
    WHERE units IS NOT NULL AND within IS NOT NULL GROUP BY arm_id, metric, part
    """  # noqa: S608  (fragments only)


def _table(name: str, query: str, values: dict[str, Any], *, counted: str = "") -> int:
    """Keep what the query finds until it is dropped; returns how many rows. The server looks at columns `counted`."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {name} AS {query}", values)
        rows = int(cursor.rowcount)
        if counted and rows >= _COUNT_FROM:
            cursor.execute(f"ANALYZE {name} ({counted})")
    return rows
