"""Pieces of SQL that the formats share: which rows belong to a snapshot, and JSON in the bytes that files have had.

What PostgreSQL's row_to_json writes is compact and escapes as Python's json does; only numbers and times need help.
"""

WITH_STANDING = """
standing AS (
    SELECT DISTINCT ON (r.judgment_id) r.judgment_id, r.standing, r.weight
    FROM ledger_ruling r WHERE {belongs} ORDER BY r.judgment_id, r.id DESC
)"""


def belongs(alias: str, at: str = "recorded_at") -> str:
    """The condition that a row is in the snapshot: parameters `cut`, `seen` and `restored` (see `Snapshot`).

    Its time alone would not do: a row has the time at which its transaction began, and may be committed much later.
    """
    return (
        f"({alias}.{at} <= %(cut)s AND (pg_visible_in_snapshot({alias}.xid, %(seen)s::pg_snapshot) "
        f"OR {alias}.{at} <= %(restored)s::timestamptz))"
    )


def standing() -> str:
    """A common table `standing`: of each judgment the last ruling in the snapshot."""
    return WITH_STANDING.format(belongs=belongs("r"))


def superseded(alias: str) -> str:
    """The condition that the snapshot holds a later judgment in the place of this one."""
    return f"EXISTS (SELECT FROM ledger_judgment later WHERE later.supersedes_id = {alias}.id AND {belongs('later')})"


def of_campaign(*subjects: str) -> str:
    """The condition that one of the subjects (`column = column of a task t`) was a task of the parameter `campaign`."""
    return (
        "(%(campaign)s::uuid IS NULL OR EXISTS (SELECT FROM annotate_task t WHERE t.campaign_id = %(campaign)s "
        f"AND t.kind <> 'anchor' AND ({' OR '.join(subjects)}) AND {belongs('t', 'created_at')}))"
    )


def on_anchor(alias: str) -> str:
    """The condition that this judgment was given on an anchor: it measures its rater, and is no more work."""
    return f"EXISTS (SELECT FROM ledger_anchorjudgment anchored WHERE anchored.judgment_id = {alias}.id)"


def number(value: str) -> str:
    """A number that is always written as one with a point or an exponent, so that readers see one type."""
    return f"regexp_replace(({value})::float8::text, '^(-?[0-9]+)$', '\\1.0')::json"


def moment(value: str) -> str:
    """A time as ISO 8601 in UTC; microseconds are written in full or, if there are none, not at all."""
    utc = f"({value}) AT TIME ZONE 'UTC'"
    return (
        f"CASE WHEN date_trunc('second', {value}) = {value} "
        f"""THEN to_char({utc}, 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"') """
        f"""ELSE to_char({utc}, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') END"""
    )


def line(columns: dict[str, str]) -> str:
    """One row of the file: a JSON object of these expressions, in this order."""
    listed = ", ".join(f'{expression} AS "{name}"' for name, expression in columns.items())
    return f"(SELECT row_to_json(line)::text FROM (SELECT {listed}) line)"  # noqa: S608  (expressions of the formats)
