"""Taking in: thumbs that have got their labels become events, numbered, and stay as they were found."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from core.ledger import thumbs
from reports.reading.moment import one_by_one

BACKWARDS = timedelta(days=1)
"""An event that was ready longer than this before the last one has a clock that went back; it gets no number."""

CLOCK = "clock_back"

_READ = (
    "catalog_comparison",
    "catalog_response",
    "ledger_actor",
    "ledger_judgment",
    "ledger_ruling",
    "ledger_signal",
    "ledger_turn",
    "reports_driftevent",
)

# In steps with a table each, which the server counts before it plans the next. One range at a time (OFFSET 0): joined
# with all of them at once, the planner reads every judgment for each.
_TOUCHED = f"""
SELECT j.id, j.turn_id, j.response_id, j.comparison_id
FROM unnest(%(buckets)s::text[]) bucket CROSS JOIN LATERAL (
    SELECT id, turn_id, response_id, comparison_id FROM ledger_judgment
    WHERE project_id = %(project)s AND id BETWEEN {thumbs.RANGE} OFFSET 0
) j
"""  # noqa: S608  (fragments only)
_SPOKEN_OF = """
SELECT turn_id AS turn, NULL::uuid AS response FROM drift_touched WHERE turn_id IS NOT NULL
UNION SELECT NULL, response_id FROM drift_touched WHERE response_id IS NOT NULL
UNION SELECT NULL, c.first_id FROM drift_touched t JOIN catalog_comparison c ON c.id = t.comparison_id
UNION SELECT NULL, c.second_id FROM drift_touched t JOIN catalog_comparison c ON c.id = t.comparison_id
"""
# One subject at a time as well (OFFSET 0), and below one judgment, whatever the server believes of tables into which
# somebody has just written: of a project that it has not counted yet it expects a row.
_NEAR = """
SELECT j.id FROM drift_spoken_of s
    CROSS JOIN LATERAL (SELECT id FROM ledger_judgment WHERE turn_id = s.turn OFFSET 0) j
UNION SELECT j.id FROM drift_spoken_of s
    CROSS JOIN LATERAL (SELECT id FROM ledger_judgment WHERE response_id = s.response OFFSET 0) j
UNION SELECT j.id FROM drift_spoken_of s
    CROSS JOIN LATERAL (SELECT id FROM ledger_turn WHERE response_id = s.response OFFSET 0) t
    CROSS JOIN LATERAL (SELECT id FROM ledger_judgment WHERE turn_id = t.id OFFSET 0) j
"""

# Who may give a thumb that counts as a user's: not those who are asked for labels, nor volunteers, who try what is not
# released and know that they are listened to.
_USERS = "('user', 'imported')"
# A statement is never said after it was recorded, whatever its author's clock says.
_WHEN = "least(coalesce({0}.said_at, {0}.recorded_at), {0}.recorded_at)"

_THUMB = f"""
SELECT j.id, j.actor_id, j.turn_id, coalesce(j.response_id, t.response_id) AS response_id, j.simulated,
       g.value > 0 AS up, coalesce(t.bundle_id, r.bundle_id) AS bundle_id, j.solicited,
       coalesce(t.memory, j.memory) AS memory, {_WHEN.format("j")} AS at,
       coalesce(nullif(j.segment_key, ''), t.segment ->> 'segment', '') AS segment,
       coalesce(nullif(j.arm_key, ''), t.arm_key, '') AS arm,
       coalesce(p.domain[1], t.segment ->> 'domain', '') AS domain,
       coalesce(t.segment ->> 'language', t.segment ->> 'locale', '') AS language
FROM drift_near near
CROSS JOIN LATERAL (SELECT * FROM counted_judgment WHERE id = near.id OFFSET 0) j
CROSS JOIN LATERAL (
    SELECT value FROM ledger_signal
    WHERE judgment_id = near.id AND question = 'thumb' AND response_slot = 0 OFFSET 0
) g
JOIN ledger_actor a ON a.id = j.actor_id
LEFT JOIN ledger_turn t ON t.id = j.turn_id
LEFT JOIN catalog_response r ON r.id = coalesce(j.response_id, t.response_id)
LEFT JOIN catalog_prompt p ON p.id = r.prompt_id
LEFT JOIN reports_driftevent e ON e.judgment_id = j.id
WHERE j.project_id = %(project)s AND g.value IN (1, -1) AND a.kind IN {_USERS} AND e.judgment_id IS NULL
"""  # noqa: S608  (fragments only)
_ANSWER = f"""
WITH about AS (
    SELECT DISTINCT turn_id AS subject, true AS is_turn FROM drift_thumb WHERE turn_id IS NOT NULL
    UNION ALL SELECT DISTINCT response_id, false FROM drift_thumb WHERE response_id IS NOT NULL
), said AS (
    SELECT s.subject, j.id, j.actor_id, j.weight, j.simulated, {_WHEN.format("j")} AS at, 0 AS slot
    FROM about s CROSS JOIN LATERAL (SELECT * FROM counted_judgment WHERE turn_id = s.subject OFFSET 0) j
    WHERE s.is_turn
    UNION ALL
    SELECT s.subject, j.id, j.actor_id, j.weight, j.simulated, {_WHEN.format("j")}, 0
    FROM about s CROSS JOIN LATERAL (SELECT * FROM counted_judgment WHERE response_id = s.subject OFFSET 0) j
    WHERE NOT s.is_turn
    UNION ALL
    SELECT s.subject, j.id, j.actor_id, j.weight, j.simulated, {_WHEN.format("j")}, 1
    FROM about s CROSS JOIN LATERAL (SELECT id FROM catalog_comparison WHERE first_id = s.subject OFFSET 0) c
    CROSS JOIN LATERAL (SELECT * FROM counted_judgment WHERE comparison_id = c.id OFFSET 0) j WHERE NOT s.is_turn
    UNION ALL
    SELECT s.subject, j.id, j.actor_id, j.weight, j.simulated, {_WHEN.format("j")}, 2
    FROM about s CROSS JOIN LATERAL (SELECT id FROM catalog_comparison WHERE second_id = s.subject OFFSET 0) c
    CROSS JOIN LATERAL (SELECT * FROM counted_judgment WHERE comparison_id = c.id OFFSET 0) j WHERE NOT s.is_turn
)
SELECT s.subject, g.question, CASE a.kind WHEN 'expert' THEN 1 WHEN 'judge' THEN 3 ELSE 2 END AS source,
       sum(s.weight * CASE g.question WHEN 'correct' THEN (g.value = 2)::int
                           WHEN 'sycophantic' THEN (g.value > 0)::int ELSE g.value / 2.0 END) AS hits,
       sum(s.weight) AS said, min(s.at) AS at, bool_or(s.simulated) AS simulated
FROM said s
CROSS JOIN LATERAL (
    SELECT question, value FROM ledger_signal WHERE judgment_id = s.id AND response_slot = s.slot OFFSET 0
) g
CROSS JOIN LATERAL (SELECT kind FROM ledger_actor WHERE id = s.actor_id OFFSET 0) a
WHERE g.question IN ('sycophantic', 'correct', 'cold', 'warm') AND g.value IN (0, 1, 2) AND s.weight > 0
GROUP BY 1, 2, 3
"""  # noqa: S608  (fragments only)
_LABEL = """
WITH shares AS MATERIALIZED (
    SELECT t.id, a.question, a.source, sum(a.hits) / sum(a.said) AS share, min(a.at) AS at,
           bool_or(a.simulated) AS simulated
    FROM (SELECT id, turn_id AS subject FROM drift_thumb UNION ALL SELECT id, response_id FROM drift_thumb) t
    JOIN drift_answer a ON a.subject = t.subject
    GROUP BY 1, 2, 3
)
SELECT id,
       (array_agg(share ORDER BY source) FILTER (WHERE question = 'sycophantic'))[1] AS sycophantic,
       (array_agg(share ORDER BY source) FILTER (WHERE question = 'correct'))[1] AS correct,
       (array_agg(share ORDER BY source) FILTER (WHERE question = 'cold'))[1] AS cold,
       (array_agg(share ORDER BY source) FILTER (WHERE question = 'warm'))[1] AS warm,
       min(source) FILTER (WHERE question = 'sycophantic') AS source,
       min(share) FILTER (WHERE question = 'correct' AND source = 1) >= 0.5
           AND min(share) FILTER (WHERE question = 'sycophantic' AND source = 1) < 0.5
           AND coalesce(min(share) FILTER (WHERE question = 'cold' AND source = 1), 0) < 0.5 AS good,
       greatest(min(at) FILTER (WHERE question = 'sycophantic'), min(at) FILTER (WHERE question = 'correct')) AS at,
       bool_or(simulated) AS simulated
FROM shares GROUP BY 1
"""
_EVENTS = f"""
WITH ready AS (
    SELECT t.*, l.sycophantic, l.correct, coalesce(l.warm - l.cold, l.warm, -l.cold) AS warm, l.source, l.good,
           greatest(t.at, l.at) AS ready_at, t.simulated OR l.simulated AS made_up
    FROM drift_thumb t JOIN drift_label l ON l.id = t.id
    WHERE l.sycophantic IS NOT NULL AND l.correct IS NOT NULL
), last AS (
    SELECT number, ready_at FROM reports_driftevent
    WHERE project_id = %(project)s AND number IS NOT NULL ORDER BY number DESC LIMIT 1
), timed AS (
    SELECT r.*, last.number AS before, coalesce(r.ready_at < last.ready_at - %(backwards)s, false) AS back
    FROM ready r LEFT JOIN last ON true
)
INSERT INTO reports_driftevent (judgment_id, project_id, number, left_out, actor, response, turn, bundle, up,
    sycophantic, correct, warm, good, labelled_by, segment, arm, memory, domain, language, solicited, simulated,
    said_at, ready_at)
SELECT id, %(project)s,
    CASE WHEN NOT back THEN coalesce(before, 0) + row_number() OVER (PARTITION BY back ORDER BY ready_at, id) END,
    CASE WHEN back THEN '{CLOCK}' ELSE '' END, actor_id, response_id, turn_id, bundle_id, up, sycophantic, correct,
    warm, good::int, CASE source WHEN 1 THEN 'gold' WHEN 2 THEN 'rater' ELSE 'judge' END, segment, arm, memory, domain,
    language, solicited, made_up, at, ready_at
FROM timed
"""  # noqa: S608  (fragments only)

_STEPS = {
    "drift_spoken_of": _SPOKEN_OF,
    "drift_near": _NEAR,
    "drift_thumb": _THUMB,
    "drift_answer": _ANSWER,
}


def take_in(project: UUID) -> int:
    """Make events of what became ready where marks say that something was said; returns how many.

    In the caller's transaction, which is the only one that takes in for this project. Judgments that are marked again
    are looked at again and change nothing.
    """
    buckets = thumbs.take(project)
    if not buckets:
        return 0
    values: dict[str, Any] = {"project": project, "buckets": buckets, "backwards": BACKWARDS}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(f"CREATE TEMPORARY TABLE drift_touched AS {_TOUCHED}", values)
        with _looked_up(cursor.rowcount):
            for name, query in _STEPS.items():
                cursor.execute(f"CREATE TEMPORARY TABLE {name} AS {query}", values)
                cursor.execute(f"ANALYZE {name}")
        cursor.execute(f"CREATE TEMPORARY TABLE drift_label AS {_LABEL}")
        cursor.execute("ANALYZE drift_label")
        cursor.execute(_EVENTS, values)
        taken = int(cursor.rowcount)
        cursor.execute(f"DROP TABLE drift_touched, drift_label, {', '.join(_STEPS)}")
    return taken


@contextmanager
def _looked_up(touched: int) -> Iterator[None]:
    """Look rows up one by one, whatever the server believes of its tables; it counts them where it knows them badly."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE drift_touched")
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'ledger_judgment'::regclass")
        if cursor.fetchone()[0] < touched:
            cursor.execute(f"ANALYZE {', '.join(_READ)}")
    with one_by_one():
        yield
