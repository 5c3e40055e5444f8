"""Adding up all closed hours of an experiment anew, from its events and corrections: what `adding.py` must equal.

Written apart from it: it forgets how the totals came about and asks, for every hour at once, what they should be.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection

from abtest.adding import MEANS, WORK_MEM, by_metric

_EVENTS = """
SELECT e.id, e.unit, e.arm_id, e.metric, e.cell, e.value, e.kind, e.hour, e.received_at
FROM abtest_event e
WHERE e.experiment_id = %(experiment)s
  AND e.hour <= (SELECT max(hour) FROM abtest_closedhour WHERE experiment_id = %(experiment)s)
"""
_EXPOSURES = """
WITH placed AS (
    SELECT DISTINCT ON (unit) unit, arm_id FROM recount_event ORDER BY unit, hour, received_at, id
), shown AS (
    SELECT DISTINCT ON (e.unit) e.unit, e.hour, e.cell
    FROM recount_event e JOIN placed p ON p.unit = e.unit AND p.arm_id = e.arm_id
    WHERE e.kind = 'exposure' ORDER BY e.unit, e.hour, e.cell
), elsewhere AS (
    SELECT DISTINCT e.unit FROM recount_event e JOIN placed p ON p.unit = e.unit AND p.arm_id <> e.arm_id
)
SELECT p.unit, p.arm_id, s.hour AS exposed_in, coalesce(s.cell, '') AS cell, w.unit IS NOT NULL AS crossed
FROM placed p LEFT JOIN shown s ON s.unit = p.unit LEFT JOIN elsewhere w ON w.unit = p.unit
"""
_ADDED = """
SELECT e.unit, e.arm_id, e.metric, e.cell, e.hour, 1 AS n, e.value AS x
FROM recount_event e JOIN recount_exposure p ON p.unit = e.unit AND p.arm_id = e.arm_id WHERE e.metric <> ''
UNION ALL
SELECT e.unit, e.arm_id, e.metric, e.cell, c.hour, c.sign, c.sign * e.value
FROM abtest_correction c
JOIN recount_event e ON e.id = c.event_id
JOIN recount_exposure p ON p.unit = e.unit AND p.arm_id = e.arm_id
WHERE c.experiment_id = %(experiment)s AND e.metric <> ''
"""
_TOTALS = """
SELECT unit, metric, cell, arm_id AS arm, sum(n) AS n, coalesce(sum(x), 0) AS total
FROM recount_added GROUP BY unit, metric, cell, arm_id
"""
# What each unit has in each slice after each hour in which that changed, and had before.
_STEPS = """
WITH placed AS (
    SELECT a.unit, a.arm_id, a.metric, part, greatest(a.hour, p.exposed_in) AS hour, a.n, a.x
    FROM recount_added a JOIN recount_exposure p ON p.unit = a.unit
    CROSS JOIN unnest(''::text || string_to_array(p.cell, ';')) part
    WHERE a.metric = ANY(%(means)s) AND p.exposed_in IS NOT NULL
    UNION ALL
    SELECT a.unit, a.arm_id, a.metric, part, a.hour, a.n, a.x
    FROM recount_added a CROSS JOIN unnest(''::text || string_to_array(a.cell, ';')) part
    WHERE a.metric <> ALL(%(means)s)
), changes AS (
    SELECT unit, arm_id, metric, part, hour, sum(n) AS dn, sum(x) AS dx FROM placed GROUP BY 1, 2, 3, 4, 5
), running AS (
    SELECT *, sum(dn) OVER so_far AS n, sum(dx) OVER so_far AS x FROM changes
    WINDOW so_far AS (PARTITION BY unit, metric, part ORDER BY hour)
), steps AS (
    SELECT arm_id, metric, part, hour, n, x, n - dn AS n0, x - dx AS x0 FROM running
)
SELECT arm_id, metric, part, hour, sum((n > 0)::int - (n0 > 0)::int) AS units, sum(x - x0) AS sx, sum(n - n0) AS sm,
       sum(x * x - x0 * x0) AS sxx, sum(x * n - x0 * n0) AS sxm, sum(n * n - n0 * n0) AS smm
FROM steps GROUP BY arm_id, metric, part, hour
"""
_MOMENTS = """
WITH exposed AS (
    SELECT p.arm_id, part, p.exposed_in AS hour, count(*) AS exposed
    FROM recount_exposure p CROSS JOIN unnest(''::text || string_to_array(p.cell, ';')) part
    WHERE p.exposed_in IS NOT NULL GROUP BY 1, 2, 3
), starts AS (
    SELECT arm_id, metric, part, min(hour) AS hour FROM recount_step GROUP BY 1, 2, 3
    UNION ALL SELECT arm_id, '', part, min(hour) FROM exposed GROUP BY 1, 3
), every AS (
    SELECT s.arm_id, s.metric, s.part, c.hour
    FROM starts s JOIN abtest_closedhour c ON c.experiment_id = %(experiment)s AND c.hour >= s.hour
), shown AS (
    SELECT y.*, coalesce((
        SELECT sum(x.exposed) FROM exposed x WHERE x.arm_id = y.arm_id AND x.part = y.part AND x.hour <= y.hour
    ), 0) AS exposed
    FROM every y
)
SELECT y.arm_id, y.metric, y.part, y.hour, y.exposed,
       CASE WHEN y.metric = '' THEN y.exposed ELSE coalesce(sum(s.units) OVER so_far, 0) END AS units,
       coalesce(sum(s.sx) OVER so_far, 0) AS sx, coalesce(sum(s.sm) OVER so_far, 0) AS sm,
       coalesce(sum(s.sxx) OVER so_far, 0) AS sxx, coalesce(sum(s.sxm) OVER so_far, 0) AS sxm,
       coalesce(sum(s.smm) OVER so_far, 0) AS smm
FROM shown y LEFT JOIN recount_step s USING (arm_id, metric, part, hour)
WINDOW so_far AS (PARTITION BY y.arm_id, y.metric, y.part ORDER BY y.hour)
"""
_TABLES = {
    "recount_event": _EVENTS,
    "recount_exposure": _EXPOSURES,
    "recount_added": _ADDED,
    "recount_total": _TOTALS,
    "recount_step": _STEPS,
    "recount_moments": _MOMENTS,
}

_STORE = (
    "DELETE FROM abtest_armmoments WHERE experiment_id = %(experiment)s",
    "DELETE FROM abtest_unittotal WHERE experiment_id = %(experiment)s",
    "DELETE FROM abtest_exposure WHERE experiment_id = %(experiment)s",
    """INSERT INTO abtest_exposure (experiment_id, unit, project_id, arm_id, exposed_in, cell, crossed)
    SELECT %(experiment)s, unit, %(project)s, arm_id, exposed_in, cell, crossed FROM recount_exposure ORDER BY unit""",
    f"""INSERT INTO abtest_unittotal (experiment_id, unit, cell, project_id, arm, {by_metric("n_{metric}, x_{metric}")})
    SELECT %(experiment)s, unit, cell, %(project)s, arm,
           {by_metric("sum(n) FILTER (WHERE metric = '{metric}'), sum(total) FILTER (WHERE metric = '{metric}')")}
    FROM recount_total GROUP BY unit, cell, arm ORDER BY unit""",  # noqa: S608  (fragments only)
    """INSERT INTO abtest_armmoments
        (experiment_id, metric, part, arm_id, hour, project_id, exposed, units, sx, sm, sxx, sxm, smm)
    SELECT %(experiment)s, metric, part, arm_id, hour, %(project)s, exposed, units, sx, sm, sxx, sxm, smm
    FROM recount_moments""",
)


@contextmanager
def recounted(experiment: UUID) -> Iterator[None]:
    """In the caller's transaction: tables recount_exposure, recount_total and recount_moments, as they should be."""
    values: dict[str, Any] = {"experiment": experiment, "means": MEANS}
    with connection.cursor() as cursor:
        cursor.execute(WORK_MEM)
        for name, query in _TABLES.items():
            cursor.execute(f"CREATE TEMPORARY TABLE {name} AS {query}", values)
            cursor.execute(f"ANALYZE {name}")
        yield
        cursor.execute(f"DROP TABLE {', '.join(_TABLES)}")


def recompute(*, project: UUID, experiment: UUID) -> None:
    """Replace all totals of the experiment's closed hours by a recount, in the caller's transaction.

    For an experiment of which nothing is added up yet, this is the quick way over many hours at once.
    """
    values: dict[str, Any] = {"project": project, "experiment": experiment}
    with recounted(experiment), connection.cursor() as cursor:
        for statement in _STORE:
            cursor.execute(statement, values)
