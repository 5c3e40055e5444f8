"""Where the stored totals of an experiment are not what its events add up to."""

from collections.abc import Iterator
from uuid import UUID

from django.db import connection, transaction

from abtest.adding import by_metric
from abtest.recounting import recounted

# Rows of one side alone have no other half: everything of theirs differs.
_EXPOSURES = """
SELECT coalesce(s.unit, r.unit), s.arm_id, s.exposed_in, s.cell, s.crossed, r.arm_id, r.exposed_in, r.cell, r.crossed
FROM (SELECT * FROM abtest_exposure WHERE experiment_id = %(experiment)s) s
FULL JOIN recount_exposure r ON r.unit = s.unit
WHERE (s.unit, s.arm_id, s.exposed_in, s.cell, s.crossed)
      IS DISTINCT FROM (r.unit, r.arm_id, r.exposed_in, r.cell, r.crossed)
ORDER BY 1
"""
_TOTALS = f"""
SELECT coalesce(s.unit, r.unit), coalesce(s.metric, r.metric, '-'), coalesce(s.cell, r.cell), s.n, s.total, r.n, r.total
FROM (
    SELECT u.unit, u.arm, u.cell, each.metric, each.n, each.total
    FROM abtest_unittotal u
    LEFT JOIN LATERAL (VALUES {by_metric("('{metric}', n_{metric}, x_{metric})")}) each (metric, n, total)
        ON num_nonnulls(each.n, each.total) > 0
    WHERE u.experiment_id = %(experiment)s
) s
FULL JOIN recount_total r ON r.unit = s.unit AND r.metric = s.metric AND r.cell = s.cell
WHERE (s.unit, s.arm, s.n, s.total) IS DISTINCT FROM (r.unit, r.arm, r.n, r.total)
ORDER BY 1, 2, 3
"""  # noqa: S608  (fragments only)
_MOMENTS = """
SELECT coalesce(s.metric, r.metric), coalesce(s.part, r.part), coalesce(s.arm_id, r.arm_id), coalesce(s.hour, r.hour)
FROM (SELECT * FROM abtest_armmoments WHERE experiment_id = %(experiment)s) s
FULL JOIN recount_moments r ON r.arm_id = s.arm_id AND r.metric = s.metric AND r.part = s.part AND r.hour = s.hour
WHERE (s.exposed, s.units, s.sx, s.sm, s.sxx, s.sxm, s.smm)
      IS DISTINCT FROM (r.exposed, r.units, r.sx, r.sm, r.sxx, r.sxm, r.smm)
ORDER BY 4, 1, 2, 3
"""
Difference = tuple[str, str, str]
"""Table, row, and what is wrong with it."""


def differences(experiment: UUID) -> Iterator[Difference]:
    """Every stored row of totals that a recount does not give, and every one that is missing."""
    values = {"experiment": experiment}
    with transaction.atomic(), recounted(experiment), connection.cursor() as cursor:
        cursor.execute(_EXPOSURES, values)
        for unit, *both in cursor.fetchall():
            yield "abtest_exposure", f"{experiment} {unit}", f"it says {_said(both[:4])}, its events {_said(both[4:])}"
        cursor.execute(_TOTALS, values)
        for unit, metric, cell, *both in cursor.fetchall():
            row = f"{experiment} {unit} {metric} {cell}".rstrip()
            yield "abtest_unittotal", row, f"it says {_said(both[:2])}, its events {_said(both[2:])}"
        cursor.execute(_MOMENTS, values)
        for metric, part, arm, hour in cursor.fetchall():
            row = f"{experiment} {metric or 'exposed'} {part or 'all'} {arm} {hour:%Y-%m-%dT%HZ}"
            yield "abtest_armmoments", row, "its moments are not those of its units"


def _said(values: list[object]) -> str:
    if all(value is None for value in values):
        return "nothing"
    return ", ".join("-" if value is None else str(value) for value in values)
