"""Pieces of SQL that the formats share: which rows belong to a snapshot, and JSON in the bytes that files have had.

What PostgreSQL's row_to_json writes is compact and escapes as Python's json does; only numbers and times need help.
"""

# Whose thumbs are users': not those of people who are asked for labels, nor of those who try what is not released.
USERS = "('user', 'imported')"
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


def said(alias: str) -> str:
    """When a judgment was said: never after it was recorded, whatever its author's clock says."""
    return f"least(coalesce({alias}.said_at, {alias}.recorded_at), {alias}.recorded_at)"


def in_doubt(at: str, windows: str = "window") -> str:
    """The condition that this moment is in a window of `Selection.windows`, or of others that are parameters too."""
    return (
        f"EXISTS (SELECT FROM unnest(%({windows}_starts)s::timestamptz[], %({windows}_ends)s::timestamptz[]) "
        f"AS w(start, until) WHERE {at} >= w.start AND {at} < coalesce(w.until, 'infinity'))"
    )


def answer_of(turn: str) -> str:
    """The response of a turn, as far as the snapshot knows it: the words of a turn may come long after its thumb."""
    return (
        f"CASE WHEN NOT EXISTS (SELECT FROM abtest_chosenturn awaited WHERE awaited.turn_id = {turn}.id "
        f"AND awaited.came_at > %(cut)s) THEN {turn}.response_id END"
    )


def users_thumb(judgment: str, actor_kind: str) -> str:
    """The condition that a judgment (its id) is a user's thumb on an answer, as the drift monitors take them."""
    return (
        f"{actor_kind} IN {USERS} AND EXISTS (SELECT FROM ledger_signal thumb WHERE thumb.judgment_id = {judgment} "
        "AND thumb.question = 'thumb' AND thumb.response_slot = 0 AND thumb.value IN (1, -1))"
    )


def as_text(messages: str) -> str:
    """A conversation as one text: a single question as it is, else turns with names and the Assistant's turn begun."""
    return f"""(
    SELECT CASE WHEN count(*) = 1 AND min(m.value ->> 'role') = 'user' THEN min(m.value ->> 'content')
           ELSE string_agg(CASE m.value ->> 'role' WHEN 'system' THEN 'System' WHEN 'user' THEN 'Human'
                           WHEN 'assistant' THEN 'Assistant' ELSE m.value ->> 'role' END
                           || ': ' || (m.value ->> 'content'), E'\\n\\n' ORDER BY m.ordinality)
                || E'\\n\\nAssistant: ' END
    FROM json_array_elements({messages}::json) WITH ORDINALITY m
)"""  # noqa: S608  (an expression of the formats)


def answer(text: str) -> str:
    """An answer as a list with the assistant's message."""
    return f"""('[{{"role":"assistant","content":' || to_json({text})::text || '}}]')::json"""


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
