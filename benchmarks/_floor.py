"""What the same tables allow at most: one connection that claims and inserts with psycopg and does nothing else."""

import time
from typing import Any
from uuid import uuid4

import psycopg

CLAIM = """
UPDATE annotate_slot SET state = 'leased', holder_id = %(rater)s, lease_token = gen_random_uuid(), leased_at = now(),
    lease_until = now() + interval '15 minutes'
WHERE id = (
    SELECT id FROM annotate_slot
    WHERE campaign_id = %(campaign)s AND state IN ('open', 'leased') AND state = 'open'
        AND (priority, rnd) > (0, %(rnd)s)
    ORDER BY priority, rnd LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, task_id, rnd
"""
JUDGE = """
INSERT INTO ledger_judgment (id, project_id, actor_id, source, comparison_id, solicited, memory, arm_key, segment_key,
                             submission_key, simulated)
SELECT %(judgment)s, project_id, %(rater)s, 'rating', comparison_id, true, 'off', '', '', %(judgment)s::text, true
FROM annotate_task WHERE id = %(task)s
"""
SIGNALS = """
INSERT INTO ledger_signal (judgment_id, question, response_slot, value)
SELECT %(judgment)s, 'question ' || n, 0, 1 FROM generate_series(1, 8) n
"""
FILL = "UPDATE annotate_slot SET state = 'filled', judgment_id = %(judgment)s WHERE id = %(slot)s"


def run(url: str, campaign: str, seconds: float) -> dict[str, Any]:
    """Claim and judge one after the other for this long: {done, seconds, web, database} (processor seconds)."""
    from benchmarks._server import Meter

    with psycopg.connect(url, autocommit=True) as connection:
        values: dict[str, Any] = dict(
            zip(
                ("campaign", "project"),
                connection.execute(
                    "SELECT id, project_id FROM annotate_campaign WHERE name = %s", [campaign]
                ).fetchone(),
                strict=True,
            )
        )
        values["rater"] = uuid4()
        connection.execute(
            "INSERT INTO ledger_actor (id, project_id, kind, pseudonym) "
            "VALUES (%(rater)s, %(project)s, 'rater', left(%(rater)s::text, 24))",
            values,
        )
        meter = Meter(0, url)
        client, (_, database) = time.process_time(), meter.read()
        began, done, rnd = time.perf_counter(), 0, -1.0
        while time.perf_counter() - began < seconds:
            with connection.transaction():
                row = connection.execute(CLAIM, {**values, "rnd": rnd}).fetchone()
            if row is None:
                break
            slot, task, rnd = row
            said = {**values, "judgment": uuid4(), "slot": slot, "task": task}
            with connection.transaction():
                for statement in (JUDGE, SIGNALS, FILL):
                    connection.execute(statement, said)
            done += 1
        result = {"done": done, "seconds": time.perf_counter() - began}
        result["web"] = time.process_time() - client
        result["database"] = meter.read()[1] - database
        meter.close()
    return result
