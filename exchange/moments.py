"""Reading the ledger as it was at one moment: at the moment itself, and ever after."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from exchange.formats import fragments
from exchange.models import Snapshot
from exchange.selection import INCLUDE, Selection

# What is visible at this moment although the moment's snapshot says that its transaction was not over: it was written
# on another server, whose numbers a dump has brought here.
_RESTORED = """
SELECT max(at) FROM (
    SELECT j.recorded_at AS at, j.xid FROM ledger_judgment j WHERE j.project_id = %(project)s
    UNION ALL
    SELECT r.recorded_at, r.xid FROM ledger_ruling r JOIN ledger_judgment j ON j.id = r.judgment_id
    WHERE j.project_id = %(project)s
    UNION ALL
    SELECT t.created_at, t.xid FROM annotate_task t WHERE t.project_id = %(project)s
    UNION ALL
    SELECT g.at, g.xid FROM annotate_goldanswer g WHERE g.project_id = %(project)s
    UNION ALL
    SELECT s.added_at, s.xid FROM catalog_score s WHERE s.pool_id = %(reward_pool)s
) written
WHERE at <= %(cut)s AND NOT pg_visible_in_snapshot(xid, %(seen)s::pg_snapshot)
"""

_ANSWERED = "t.response_id = coalesce(j.response_id, u.response_id)"
_SIMULATED = f"""
WITH {fragments.standing()}
SELECT count(*) FROM ledger_judgment j LEFT JOIN standing s ON s.judgment_id = j.id
LEFT JOIN ledger_turn u ON u.id = j.turn_id
WHERE j.project_id = %(project)s AND j.simulated AND {fragments.belongs("j")}
  AND coalesce(s.standing, 'counted') = 'counted' AND NOT {fragments.superseded("j")}
  AND {fragments.of_campaign("t.comparison_id = j.comparison_id", _ANSWERED)}
"""  # noqa: S608  (fragments only)

_RATIONALES = f"""
SELECT count(*) FROM ledger_words w JOIN ledger_judgment j ON j.id = w.judgment_id
WHERE j.project_id = %(project)s AND {fragments.belongs("j")} AND w.body ->> 'rationale' <> ''
"""  # noqa: S608  (fragments only)

# What a format makes no rows of is in no doubt: what does not count is in raw only.
_DOUBTED = f"""
WITH {fragments.standing()}
SELECT count(*) FROM ledger_judgment j JOIN ledger_actor a ON a.id = j.actor_id
LEFT JOIN ledger_turn u ON u.id = j.turn_id LEFT JOIN standing s ON s.judgment_id = j.id
WHERE j.project_id = %(project)s AND j.comparison_id IS NULL AND (%(include_simulated)s OR NOT j.simulated)
  AND NOT {fragments.on_anchor("j")}
  AND (%(raw)s OR (coalesce(s.standing, 'counted') = 'counted' AND coalesce(s.weight, 1.0) > 0
      AND NOT {fragments.superseded("j")}))
  AND {fragments.in_doubt(fragments.said("j"))} AND NOT {fragments.in_doubt(fragments.said("j"), "absent")}
  AND {fragments.users_thumb("j.id", "a.kind")}
  AND {fragments.belongs("j")} AND {fragments.of_campaign(_ANSWERED)}
"""  # noqa: S608  (fragments only)

# Neither character can be in JSON text, so that nothing is ever quoted and each message is a line as it is.
_COPY = "COPY ({}) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"


@dataclass(frozen=True, slots=True)
class Moment:
    """What tells whether a row belongs to a snapshot; see `Snapshot`."""

    cut: datetime
    seen: str
    restored: datetime | None


@contextmanager
def one_moment() -> Iterator[None]:
    """All reads within see the database as it is at the first of them."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Inside a caller's transaction (a test's) something was read already, and the level can no longer be set.
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def this_moment(snapshot: Snapshot) -> Moment:
    """The moment of the transaction that runs, for a snapshot that was just cut."""
    assert snapshot.cut is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        seen = str(cursor.fetchone()[0])
        reward = snapshot.options.get("reward") or {"pool": None}
        values = {"project": snapshot.project_id, "cut": snapshot.cut, "seen": seen, "reward_pool": reward["pool"]}
        cursor.execute(_RESTORED, values)
        return Moment(snapshot.cut, seen, cursor.fetchone()[0])


def that_moment(snapshot: Snapshot) -> Moment:
    """The moment of a snapshot that was taken before; where it did not keep what it saw, as its cut alone tells."""
    assert snapshot.cut is not None
    if snapshot.seen is None:
        return Moment(snapshot.cut, now().seen, snapshot.cut)
    return Moment(snapshot.cut, snapshot.seen, snapshot.restored)


def lines(query: str, selection: Selection, moment: Moment, dropped: Counter[str]) -> Iterator[bytes]:
    """The lines of JSON that a format's query gives, one by one; what gives none is counted by reason."""
    with connection.cursor() as cursor, cursor.copy(_COPY.format(query), _parameters(selection, moment)) as copy:
        for message in copy:
            line = bytes(message)
            if line.startswith(b"{"):
                yield line
            else:
                dropped[line.decode().strip()] += 1


def simulated_left_out(selection: Selection, moment: Moment) -> int:
    """How many judgments that count are left out because they are simulated."""
    return 0 if selection.include_simulated else _count(_SIMULATED, selection, moment)


def rationales(selection: Selection, moment: Moment) -> int:
    """How many of the snapshot's judgments have a rationale (still)."""
    return _count(_RATIONALES, selection, moment) if selection.words else 0


def doubted(selection: Selection, moment: Moment, *, raw: bool, absent: Sequence[Mapping[str, Any]] = ()) -> int:
    """How many users' thumbs of the selection's windows would be rows of the raw format, or of that of thumbs.

    Those of the windows `absent` are not there anyway.
    """
    if not selection.windows:
        return 0
    return _count(_DOUBTED, selection, moment, raw=raw, **_bounds(absent, "absent"))


def now() -> Moment:
    """This very moment, for a question whose answer nobody keeps."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp(), pg_current_snapshot()::text")
        at, seen = cursor.fetchone()
    # What can be seen is there, whichever server wrote it.
    return Moment(at, seen, at)


def _bounds(windows: Sequence[Mapping[str, Any]], name: str) -> dict[str, list[str | None]]:
    return {
        f"{name}_starts": [window["from"] for window in windows],
        f"{name}_ends": [window["until"] for window in windows],
    }


def _count(query: str, selection: Selection, moment: Moment, **more: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, {**_parameters(selection, moment), **more})
        return int(cursor.fetchone()[0])


def _parameters(selection: Selection, moment: Moment) -> dict[str, Any]:
    reward = selection.reward or {"pool": None, "coefficients": {}}
    return {
        "project": selection.project,
        "campaign": selection.campaign,
        "include_simulated": selection.include_simulated,
        "min_votes": selection.min_votes,
        "cut": moment.cut,
        "seen": moment.seen,
        "restored": moment.restored,
        **_bounds(selection.windows, "window"),
        "include_doubted": selection.doubted_thumbs == INCLUDE,
        "reward_pool": reward["pool"],
        "reward_signals": list(reward["coefficients"]),
        "reward_coefficients": list(reward["coefficients"].values()),
    }
