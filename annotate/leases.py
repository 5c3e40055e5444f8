"""The SQL of leases, in one place since its statements must agree about when a slot is free and for whom."""

from collections.abc import Sequence
from typing import Any

from annotate.models import Campaign, Slot, Task
from core.tables.prepared import Columns

_SLOT = Columns(Slot, "s")
_TASK = Columns(Task, "t")
_WIDTH = _SLOT.width + _TASK.width

#: The columns from which `slot_of` builds a slot with its task: of the tables `s` and `t`.
COLUMNS = f"{_SLOT.sql}, {_TASK.sql}"

# A slot is free when it is open, or when its lease has run out.
# OFFSET 0 keeps the planner from turning the lookups into joins over all that the rater ever did.
_MINE = """(
    EXISTS (SELECT FROM annotate_slot m WHERE m.task_id = s.task_id AND m.holder_id = %(rater)s OFFSET 0)
    OR EXISTS (
        SELECT FROM annotate_attempt a
        WHERE a.task_id = s.task_id AND a.rater_id = %(rater)s AND a.outcome IN ('submitted', 'skipped') OFFSET 0
    )
)"""

# One statement, so that no claim is ever half done. It prolongs what the rater holds; if that is less than they want,
# it finds the next slot after their seat, skipping those that others are taking at this moment, writes down whose lease
# lapsed there, moves the seat, and leases the slot. It returns all that the rater holds now, the new one marked.
# Before anything else it waits for its turn among the rater's windows, which would otherwise wait for each other.
# Rows are locked in the order of their ids, as everywhere, but as text: for the index's own order the planner may walk
# the whole table.
TAKE = f"""
WITH mine AS (
    SELECT id FROM annotate_slot s
    WHERE (SELECT pg_advisory_xact_lock(%(turn)s) IS NOT NULL)
        AND s.holder_id = %(rater)s AND s.campaign_id = %(campaign)s AND s.state = 'leased'
    ORDER BY id::text COLLATE "C" FOR UPDATE
), held AS (
    UPDATE annotate_slot s SET lease_until = statement_timestamp() + %(lease)s::interval
    FROM mine WHERE s.id = mine.id
    RETURNING s.*
), seat AS (
    SELECT c.queue_epoch, c.guideline_version,
           coalesce(seat.priority, -32768) AS priority, coalesce(seat.rnd, -1) AS rnd
    FROM annotate_campaign c
    LEFT JOIN annotate_seat seat ON seat.campaign_id = c.id AND seat.rater_id = %(rater)s
        AND seat.epoch = c.queue_epoch AND NOT %(from_front)s
    WHERE c.id = %(campaign)s AND c.state = 'open' AND (SELECT count(*) FROM held) < %(want)s
), found AS (
    SELECT s.id, s.project_id, s.campaign_id, s.task_id, s.ordinal, s.holder_id, s.lease_token, s.priority, s.rnd
    FROM annotate_slot s
    WHERE s.campaign_id = %(campaign)s AND s.state IN ('open', 'leased')
        AND (s.priority, s.rnd) > ((SELECT priority FROM seat), (SELECT rnd FROM seat))
        AND (s.state = 'open' OR s.lease_until < statement_timestamp())
        AND NOT {_MINE}
    ORDER BY s.priority, s.rnd
    LIMIT 1
    FOR UPDATE OF s SKIP LOCKED
), lapsed AS (
    INSERT INTO annotate_attempt (id, project_id, campaign_id, task_id, ordinal, rater_id, lease_token, outcome, reason,
                                  guideline_version, gold_revealed)
    SELECT %(attempt)s, found.project_id, found.campaign_id, found.task_id, found.ordinal, found.holder_id,
           found.lease_token, 'lapsed', '', seat.guideline_version, false
    FROM found, seat WHERE found.holder_id IS NOT NULL
), moved AS (
    INSERT INTO annotate_seat (campaign_id, rater_id, priority, rnd, epoch)
    SELECT found.campaign_id, %(rater)s, found.priority, found.rnd, seat.queue_epoch FROM found, seat
    ON CONFLICT (campaign_id, rater_id)
    DO UPDATE SET priority = excluded.priority, rnd = excluded.rnd, epoch = excluded.epoch
), leased AS (
    UPDATE annotate_slot s
    SET state = 'leased', holder_id = %(rater)s, lease_token = %(token)s, leased_at = statement_timestamp(),
        lease_until = statement_timestamp() + %(lease)s::interval
    FROM found WHERE s.id = found.id
    RETURNING s.*
)
SELECT {COLUMNS}, s.fresh
FROM (SELECT *, false AS fresh FROM held UNION ALL SELECT *, true FROM leased) s
JOIN annotate_task t ON t.id = s.task_id
ORDER BY s.leased_at, s.id
"""  # noqa: S608  (columns and constants only)

TURN = "SELECT pg_advisory_xact_lock(%(turn)s) IS NOT NULL"

BEAT = """
WITH mine AS (
    SELECT id FROM annotate_slot s
    WHERE (SELECT pg_advisory_xact_lock(%(turn)s) IS NOT NULL)
        AND s.lease_token = ANY(%(tokens)s::uuid[]) AND s.holder_id = %(rater)s AND s.campaign_id = %(campaign)s
        AND s.state = 'leased'
    ORDER BY id::text COLLATE "C" FOR UPDATE
)
UPDATE annotate_slot s SET lease_until = statement_timestamp() + %(lease)s::interval
FROM mine WHERE s.id = mine.id
RETURNING s.lease_token
"""

WHY = f"""
SELECT c.state, EXISTS (SELECT FROM annotate_slot WHERE campaign_id = c.id), w.*
FROM annotate_campaign c, LATERAL (
    SELECT count(*), count(*) FILTER (WHERE mine), count(*) FILTER (WHERE NOT mine AND held),
           min(lease_until) FILTER (WHERE NOT mine AND held)
    FROM (
        SELECT s.lease_until, s.state = 'leased' AND s.lease_until >= statement_timestamp() AS held, {_MINE} AS mine
        FROM annotate_slot s WHERE s.campaign_id = c.id AND s.state IN ('open', 'leased')
    ) unfilled
) w
WHERE c.id = %(campaign)s
"""  # noqa: S608


def slot_of(campaign: Campaign, row: Sequence[Any]) -> Slot:
    """The slot, with its task and this campaign, of a row that begins with COLUMNS."""
    slot = _SLOT.build(row[: _SLOT.width])
    slot.task = _TASK.build(row[_SLOT.width : _WIDTH])
    slot.campaign = campaign
    slot.task.campaign = campaign
    return slot


def beyond(row: Sequence[Any]) -> Sequence[Any]:
    """What a row holds after COLUMNS."""
    return row[_WIDTH:]
