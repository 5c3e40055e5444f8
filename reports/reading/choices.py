"""What people and judges chose: comparisons they decided and thumbs they gave, with the labels of what they judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db import connection

from core.accounts.models import Project
from reports.reading.labels import Flags, Floats, Labels, labels_of
from reports.reading.moment import wide_joins

Ints = npt.NDArray[np.int64]

MOST = 200_000
"""Of more choices than these only the last are read."""

_PLACED = """
SELECT o.n - 1 AS n, o.response_id FROM unnest(%(responses)s::uuid[]) WITH ORDINALITY AS o (response_id, n)
"""
_LENGTHS = f"""
WITH placed AS MATERIALIZED ({_PLACED})
SELECT char_length(c.body) FROM placed p
JOIN catalog_response r ON r.id = p.response_id JOIN catalog_content c ON c.id = r.content_id ORDER BY p.n
"""  # noqa: S608  (a fragment of this module only)
# What somebody says of an anchor measures them; it is asked again and again, and is no choice of its own.
_NOT_AN_ANCHOR = "NOT EXISTS (SELECT FROM ledger_anchorjudgment anchored WHERE anchored.judgment_id = j.id)"
# Volunteers and experts try what is not released, and know that they are listened to: theirs are no users' thumbs.
_A_USERS = "j.source NOT IN ('alpha', 'spot_check')"
_DECIDED = f"""
WITH said AS MATERIALIZED (
    SELECT j.id, j.actor_id, j.comparison_id, j.shown_first_id, j.memory, g.value, j.weight
    FROM counted_judgment j
    JOIN ledger_actor a ON a.id = j.actor_id
    JOIN ledger_signal g ON g.judgment_id = j.id AND g.question = 'overall' AND g.response_slot = 0
    WHERE j.project_id = %(project)s AND j.comparison_id IS NOT NULL AND a.kind = ANY(%(kinds)s)
      AND g.value BETWEEN -3 AND 3 AND j.weight > 0 AND {_NOT_AN_ANCHOR}
    ORDER BY j.id DESC LIMIT %(most)s
)
SELECT dense_rank() OVER (ORDER BY s.actor_id) - 1, dense_rank() OVER (ORDER BY c.prompt_id) - 1,
       CASE WHEN s.value < 0 THEN 1.0 WHEN s.value > 0 THEN 0.0 ELSE 0.5 END,
       CASE s.shown_first_id WHEN c.first_id THEN 1.0 WHEN c.second_id THEN -1.0 ELSE 0.0 END,
       p.memory = 'on' OR s.memory = 'on', s.weight, c.first_id, c.second_id
FROM said s JOIN catalog_comparison c ON c.id = s.comparison_id JOIN catalog_prompt p ON p.id = c.prompt_id
ORDER BY s.id
"""  # noqa: S608  (a fragment of this module only)
_THUMBS = f"""
SELECT dense_rank() OVER (ORDER BY s.actor_id) - 1, dense_rank() OVER (ORDER BY r.prompt_id) - 1,
       s.value, s.solicited, s.memory, s.weight, s.response_id
FROM (
    SELECT j.id, j.actor_id, g.value, j.solicited, j.memory = 'on' AS memory, j.weight,
           coalesce(j.response_id, t.response_id) AS response_id
    FROM counted_judgment j
    JOIN ledger_signal g ON g.judgment_id = j.id AND g.question = 'thumb' AND g.response_slot = 0
    LEFT JOIN ledger_turn t ON t.id = j.turn_id
    WHERE j.project_id = %(project)s AND g.value IN (1, -1) AND j.weight > 0 AND {_NOT_AN_ANCHOR}
      AND {_A_USERS}
    ORDER BY j.id DESC LIMIT %(most)s
) s JOIN catalog_response r ON r.id = s.response_id
ORDER BY s.id
"""  # noqa: S608


@dataclass(frozen=True, eq=False, slots=True)
class Judged:
    """Responses that were judged, with their labels and lengths in characters (n,)."""

    responses: list[UUID]
    labels: Labels
    length: Floats

    def feed(self, digest: Any) -> None:
        """Feed everything that was read to a hash."""
        for key in sorted(self.labels.by):
            digest.update(repr(key).encode() + self.labels.by[key].tobytes())
        digest.update(self.length.tobytes())


@dataclass(frozen=True, eq=False, slots=True)
class Decided:
    """N comparisons that choosers decided; `first` and `second` (N,) are places in `judged`.

    `preference` (N,) is 1 where the first was preferred, 0 where the second was, 0.5 for a tie; `position` (N,) is 1
    where the first stood on the left, -1 where it stood on the right, 0 where nobody knows.
    """

    chooser: Ints
    prompt: Ints
    preference: Floats
    position: Floats
    memory: Flags
    weight: Floats
    first: Ints
    second: Ints
    judged: Judged

    def feed(self, digest: Any) -> None:
        """Feed everything that was read to a hash."""
        for column in (self.chooser, self.prompt, self.preference, self.position, self.memory, self.weight):
            digest.update(column.tobytes())
        digest.update(self.first.tobytes() + self.second.tobytes())
        self.judged.feed(digest)


@dataclass(frozen=True, eq=False, slots=True)
class Thumbs:
    """N thumbs; `value` (N,) is 1 for up and -1 for down, `response` (N,) a place in `judged`."""

    user: Ints
    prompt: Ints
    value: Floats
    solicited: Flags
    memory: Flags
    weight: Floats
    response: Ints
    judged: Judged

    def feed(self, digest: Any) -> None:
        """Feed everything that was read to a hash."""
        for column in (self.user, self.prompt, self.value, self.solicited, self.memory, self.weight, self.response):
            digest.update(column.tobytes())
        self.judged.feed(digest)


def decided_by(project: Project, kinds: Sequence[str]) -> Decided | None:
    """The comparisons that actors of these kinds decided, or None if there is none."""
    rows = _rows(_DECIDED, {"project": project.pk, "kinds": list(kinds), "most": MOST})
    if not rows:
        return None
    chooser, prompt, preference, position, memory, weight, first, second = zip(*rows, strict=True)
    place = _places([*first, *second])
    return Decided(
        np.array(chooser, dtype=np.int64),
        np.array(prompt, dtype=np.int64),
        np.array(preference, dtype=float),
        np.array(position, dtype=float),
        np.array(memory, dtype=bool),
        np.array(weight, dtype=float),
        np.array([place[pk] for pk in first], dtype=np.int64),
        np.array([place[pk] for pk in second], dtype=np.int64),
        _judged(list(place)),
    )


def thumbs_in(project: Project) -> Thumbs | None:
    """The thumbs that users gave to responses whose words are known, or None if there is none."""
    rows = _rows(_THUMBS, {"project": project.pk, "most": MOST})
    if not rows:
        return None
    user, prompt, value, solicited, memory, weight, response = zip(*rows, strict=True)
    place = _places(response)
    return Thumbs(
        np.array(user, dtype=np.int64),
        np.array(prompt, dtype=np.int64),
        np.array(value, dtype=float),
        np.array(solicited, dtype=bool),
        np.array(memory, dtype=bool),
        np.array(weight, dtype=float),
        np.array([place[pk] for pk in response], dtype=np.int64),
        _judged(list(place)),
    )


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with wide_joins(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _places(responses: Sequence[UUID]) -> dict[UUID, int]:
    known: dict[UUID, int] = {}
    for pk in responses:
        known.setdefault(pk, len(known))
    return known


def _judged(responses: list[UUID]) -> Judged:
    values = {"responses": responses}
    length = np.array([np.nan if row[0] is None else row[0] for row in _rows(_LENGTHS, values)], dtype=float)
    return Judged(responses, labels_of(_PLACED, values, len(responses)), length)
