"""The SQL of leases, in one place since its statements must agree about when a slot is free and for whom."""

from collections.abc import Sequence
from typing import Any

from annotate.models import ASIDE, Campaign, Slot, Task
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

# Whether the rater has, or has had, a task `t`'s subject before them, in any campaign, less than the gap ago.
_MET = """(
    EXISTS (
        SELECT FROM annotate_task o JOIN annotate_slot h ON h.task_id = o.id
        WHERE (o.comparison_id = t.comparison_id OR o.response_id = t.response_id)
            AND h.holder_id = %(rater)s AND h.state = 'leased' OFFSET 0
    )
    OR EXISTS (
        SELECT FROM annotate_task o JOIN annotate_attempt a ON a.task_id = o.id
        WHERE (o.comparison_id = t.comparison_id OR o.response_id = t.response_id)
            AND a.rater_id = %(rater)s AND a.outcome IN ('submitted', 'skipped')
            AND a.at > coalesce(statement_timestamp() - make_interval(days => (SELECT gap FROM seat)), '-infinity')
        OFFSET 0
    )
)"""

# Of every 1/share claims of a rater one is an anchor, and which one of them they could only know from the salt.
_DUE = """(
    SELECT c.anchor_share > 0 AND claims = first + floor((last - first + 1) * chance)
    FROM (SELECT (c.anchor_share * CASE WHEN c.anchors_raised THEN 2 ELSE 1 END)::numeric AS share,
                 coalesce(been.claims, 0) AS claims) now
    CROSS JOIN LATERAL (SELECT floor(claims * share) AS stretch) nth
    CROSS JOIN LATERAL (
        SELECT ceil(stretch / nullif(share, 0)) AS first, ceil((stretch + 1) / nullif(share, 0)) - 1 AS last,
               ('x' || left(md5(%(salt)s || stretch::int::text), 7))::bit(28)::int::float8 / (1 << 28) AS chance
    ) of_it
)"""

# One statement, so that no claim is ever half done. It prolongs what the rater holds; if that is less than they want,
# it finds the next slot after their seat, skipping those that others are taking at this moment, writes down whose lease
# lapsed there, moves the seat, and leases the slot. It returns all that the rater holds now, the new one marked.
# Before anything else it waits for its turn among the rater's windows, which would otherwise wait for each other.
# Rows are locked in the order of their ids, as everywhere, but as text: for the index's own order the planner may walk
# the whole table.
_TAKE = f"""
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
    SELECT c.queue_epoch, c.guideline_version, c.anchor_set_id, c.anchor_gap_days AS gap,
           coalesce(seat.priority, -32768) AS priority, coalesce(seat.rnd, -1) AS rnd,
           coalesce(been.claims, 0) AS claims{{due}}
    FROM annotate_campaign c
    LEFT JOIN annotate_seat been ON been.campaign_id = c.id AND been.rater_id = %(rater)s
    LEFT JOIN LATERAL (
        SELECT been.priority, been.rnd WHERE been.epoch = c.queue_epoch AND NOT %(from_front)s
    ) seat ON true
    WHERE c.id = %(campaign)s AND c.state = 'open' AND (SELECT count(*) FROM held) < %(want)s
), work AS (
    SELECT s.id, s.project_id, s.campaign_id, s.task_id, s.ordinal, s.holder_id, s.lease_token, s.priority, s.rnd
    FROM annotate_slot s
    WHERE s.campaign_id = %(campaign)s AND s.state IN ('open', 'leased') AND s.priority < {ASIDE}
        AND (s.priority, s.rnd) > ((SELECT priority FROM seat), (SELECT rnd FROM seat))
        AND (s.state = 'open' OR s.lease_until < statement_timestamp())
        AND NOT {_MINE}
    ORDER BY s.priority, s.rnd
    LIMIT 1
    FOR UPDATE OF s SKIP LOCKED
), {{found}}lapsed AS (
    INSERT INTO annotate_attempt (id, project_id, campaign_id, task_id, ordinal, rater_id, lease_token, outcome, reason,
                                  guideline_version, gold_revealed)
    SELECT %(attempt)s, found.project_id, found.campaign_id, found.task_id, found.ordinal, found.holder_id,
           found.lease_token, 'lapsed', '', seat.guideline_version, false
    FROM found, seat WHERE found.holder_id IS NOT NULL
), moved AS (
    INSERT INTO annotate_seat (campaign_id, rater_id, priority, rnd, epoch, claims)
    SELECT found.campaign_id, %(rater)s, found.priority, found.rnd, seat.queue_epoch, seat.claims + 1 FROM found, seat
    ON CONFLICT (campaign_id, rater_id)
    DO UPDATE SET priority = excluded.priority, rnd = excluded.rnd, epoch = excluded.epoch, claims = excluded.claims
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

# Where an anchor is due and there is one that the rater may have, that is leased instead of the slot found, which has
# to be there all the same: without work left there are no anchors either. The seat stays where it was then.
_ANCHOR = f"""anchor AS (
    SELECT s.id, s.project_id, s.campaign_id, s.task_id, s.ordinal, s.holder_id, s.lease_token,
           (SELECT priority FROM seat) AS priority, (SELECT rnd FROM seat) AS rnd
    FROM annotate_slot s
    WHERE (SELECT due FROM seat)
        AND s.campaign_id = %(campaign)s AND s.state IN ('open', 'leased') AND s.priority = {ASIDE}
        AND (s.state = 'open' OR s.lease_until < statement_timestamp())
        AND NOT {_MINE}
        AND EXISTS (
            SELECT FROM annotate_task t JOIN catalog_anchor x ON x.id = t.anchor_id
            WHERE t.id = s.task_id AND x.set_id = (SELECT anchor_set_id FROM seat)
                AND (t.comparison_id IS NULL) = (
                    SELECT w.comparison_id IS NULL FROM work JOIN annotate_task w ON w.id = work.task_id
                )
                AND NOT {_MET} OFFSET 0
        )
    ORDER BY s.priority, s.rnd
    LIMIT 1
    FOR UPDATE OF s SKIP LOCKED
), found AS (
    SELECT * FROM anchor UNION ALL SELECT * FROM work WHERE NOT EXISTS (SELECT FROM anchor)
), """  # noqa: S608

#: For a campaign without anchors, and for one with some.
TAKE = _TAKE.format(due="", found="found AS (SELECT * FROM work), ")
TAKE_MIXED = _TAKE.format(due=f", {_DUE} AS due", found=_ANCHOR)

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
SELECT c.state, EXISTS (SELECT FROM annotate_slot WHERE campaign_id = c.id AND priority < {ASIDE}), w.*
FROM annotate_campaign c, LATERAL (
    SELECT count(*), count(*) FILTER (WHERE mine), count(*) FILTER (WHERE NOT mine AND held),
           min(lease_until) FILTER (WHERE NOT mine AND held)
    FROM (
        SELECT s.lease_until, s.state = 'leased' AND s.lease_until >= statement_timestamp() AS held, {_MINE} AS mine
        FROM annotate_slot s
        WHERE s.campaign_id = c.id AND s.state IN ('open', 'leased') AND s.priority < {ASIDE}
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
