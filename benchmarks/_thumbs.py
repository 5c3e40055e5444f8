"""A stream of labelled thumbs as rows: turns, users, what they said and what raters and experts said of it."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from stats.thumbed import Thumbed

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
LABEL_DELAY = timedelta(seconds=1)
_AT_ONCE = 50_000


def plant(project: Any, thumbs: Thumbed, *, begin: datetime = BEGIN) -> list[UUID]:
    """Write each thumb on a turn of its own, with a rater's labels, and an expert's where the stream has one.

    `Thumbed.at` counts from `begin`. Returns the thumbs' judgments, in the order of the stream.
    """
    from core.ledger.rubrics import default_version
    from core.tables.ids import uuid7s

    rubric = default_version(project).pk
    people = _people(project, thumbs.user)
    made = []
    for start in range(0, len(thumbs), _AT_ONCE):
        part = thumbs.part(start, start + _AT_ONCE)
        turns, said, labels, gold = (uuid7s(len(part)) for _ in range(4))
        _turns(project, part, turns)
        names = {name: codes.names() for name, codes in part.factors.items()}
        at = [begin + timedelta(seconds=float(seconds)) - LABEL_DELAY for seconds in part.at]
        users = [people[int(user)] for user in part.user]
        asked = names["solicited"] == "yes"
        _judgments(
            project, rubric, "live", zip(said, users, turns, at, asked, names["segment"], names["arm"], strict=True)
        )
        ready = [moment + LABEL_DELAY for moment in at]
        known = ~np.isnan(part.good)
        for ids, who, which in ((labels, people["rater"], ~known), (gold, people["expert"], known)):
            rows = zip(
                ids, [who] * len(ids), turns, ready, [True] * len(ids), names["segment"], names["arm"], strict=True
            )
            _judgments(project, rubric, "rating", (row for row, one in zip(rows, which, strict=True) if one))
        _copy("ledger_signal", "judgment_id, question, response_slot, value", _signals(part, said, labels, gold))
        _mark(project, [*said, *labels, *gold])
        made += said
    return made


def _people(project: Any, users: Any) -> dict[int | str, UUID]:
    from core.tables.ids import uuid7

    known: dict[int | str, UUID] = {int(user): uuid7() for user in np.unique(users)}
    rows = [(pk, project.pk, "user", f"u-{pk.hex[-12:]}") for pk in known.values()]
    for kind in ("rater", "expert"):
        known[kind] = uuid7()
        rows.append((known[kind], project.pk, kind, f"{kind[0]}-{known[kind].hex[-12:]}"))
    _copy("ledger_actor", "id, project_id, kind, pseudonym", rows)
    return known


def _turns(project: Any, part: Thumbed, turns: list[UUID]) -> None:
    import json

    names = {name: codes.names() for name, codes in part.factors.items()}
    rows = (
        (pk, project.pk, arm, pk.hex, 1, memory, json.dumps({"domain": str(domain), "language": str(language)}))
        for pk, arm, memory, domain, language in zip(
            turns, names["arm"], names["memory"], names["domain"], names["language"], strict=True
        )
    )
    _copy("ledger_turn", "id, project_id, arm_key, conversation, n, memory, segment", rows)


def _judgments(project: Any, rubric: UUID, source: str, rows: Iterable[tuple[Any, ...]]) -> None:
    _copy(
        "ledger_judgment",
        "id, actor_id, turn_id, said_at, solicited, segment_key, arm_key, project_id, rubric_version_id, source, "
        "memory, submission_key, simulated",
        ((*row, project.pk, rubric, source, "off", str(row[0]), False) for row in rows),
    )


def _signals(part: Thumbed, said: list[UUID], labels: list[UUID], gold: list[UUID]) -> Iterator[tuple[Any, ...]]:
    for n, thumb in enumerate(said):
        yield thumb, "thumb", 0, 1 if part.up[n] else -1
        label = labels[n] if np.isnan(part.good[n]) else gold[n]
        yield label, "sycophantic", 0, 2 * int(part.sycophantic[n])
        yield label, "correct", 0, 2 * int(part.correct[n])
        if not np.isnan(part.warm[n]):
            yield label, "warm" if part.warm[n] >= 0 else "cold", 0, int(round(2 * abs(part.warm[n])))


def _mark(project: Any, judgments: list[UUID]) -> None:
    from core.ledger import thumbs

    thumbs.mark(project=project.pk, judgments=judgments)


def _copy(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    from django.db import connection

    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
