"""A pool's rows as the arrays that statistics take: scores, outcomes, slices, and the hash of what was read."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db import connection

from core.catalog.models import Pool as StoredPool
from reports.reading.labels import QUESTIONS, Labels, labels_of
from stats.pools import Pool

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

OUTCOMES = ("sycophancy", "correctness", "coldness", "length")
"""In the order of the rubric's questions in `labels.QUESTIONS`, and the length of the answer."""

FALSE_PREMISE = "premise:false"

PLACED = """
SELECT row_number() OVER (ORDER BY r.prompt_id, r.id) - 1 AS n, r.id AS response_id
FROM catalog_poolresponse m JOIN catalog_response r ON r.id = m.response_id
WHERE m.project_id = %(project)s AND m.pool_id = %(pool)s
"""
_RESPONSES = """
SELECT r.id, r.prompt_id, p.family, p.memory = 'on', p.domain, p.premise = 'false', char_length(c.body)
FROM catalog_poolresponse m
JOIN catalog_response r ON r.id = m.response_id
JOIN catalog_prompt p ON p.id = r.prompt_id
JOIN catalog_content c ON c.id = r.content_id
WHERE m.project_id = %(project)s AND m.pool_id = %(pool)s
ORDER BY r.prompt_id, r.id
"""
_SCORES = f"""
WITH placed AS MATERIALIZED ({PLACED})
SELECT s.signal, array_agg(p.n), array_agg(s.value)
FROM catalog_score s JOIN placed p ON p.response_id = s.response_id
WHERE s.project_id = %(project)s AND s.pool_id = %(pool)s AND s.signal = ANY(%(signals)s)
GROUP BY 1
"""  # noqa: S608  (a fragment of this module only)
_SEGMENTS = f"""
WITH placed AS MATERIALIZED ({PLACED})
SELECT j.segment_key, array_agg(DISTINCT p.n)
FROM placed p JOIN counted_judgment j ON j.response_id = p.response_id
WHERE j.segment_key <> '' GROUP BY 1
"""  # noqa: S608  (a fragment of this module only)


@dataclass(frozen=True, slots=True)
class Read:
    """A pool as it was read: `pool` for the statistics, and beside it what only the report's words need.

    `ids` has the responses' ids and `prompts` the prompts'; `prompt` (n,) is each response's prompt, a number from 0
    on, and `place` (n,) its place among the prompt's; `length` (n,) counts characters, nan where the words were erased.
    `scored` says of how many responses each signal has a score.
    """

    pool: Pool
    labels: Labels
    ids: list[UUID]
    prompts: list[UUID]
    prompt: Ints
    place: Ints
    length: Floats
    scored: dict[str, int]
    snapshot: str

    @property
    def responses(self) -> int:
        return len(self.prompt)

    def cube(self, values: Floats) -> Floats:
        """Values of the responses (n,) as (m, P), nan where there is none."""
        made = np.full(self.pool.present.shape, np.nan)
        made[self.place, self.prompt] = values
        return made


def read_pool(stored: StoredPool, signals: tuple[str, ...]) -> Read:
    """Everything about a pool that a report takes; `signals` without a score get nan. Call it in `one_moment`."""
    values: dict[str, Any] = {"project": stored.project_id, "pool": stored.pk, "signals": list(signals)}
    with connection.cursor() as cursor:
        cursor.execute(_RESPONSES, values)
        rows = cursor.fetchall()
        cursor.execute(_SCORES, values)
        scores = {signal: (places, found) for signal, places, found in cursor.fetchall()}
        cursor.execute(_SEGMENTS, values)
        segments = dict(cursor.fetchall())
    labels = labels_of(PLACED, values, len(rows))
    digest = hashlib.sha256()
    shape = _Shape([row[1] for row in rows])
    length = np.array([np.nan if row[6] is None else row[6] for row in rows], dtype=float)
    flat = np.full((len(signals), len(rows)), np.nan)
    for k, signal in enumerate(signals):
        if signal in scores:
            places, found = scores[signal]
            flat[k, places] = found
    _note(digest, rows, signals, flat, labels, segments)
    outcomes = np.stack([*(labels.best(question) for question in QUESTIONS), _standardised(length)])
    pool = Pool(
        signals=signals,
        scores=shape.cube(flat),
        outcomes=OUTCOMES,
        values=shape.cube(outcomes),
        present=shape.present,
        clusters=_clusters([rows[n] for n in shape.first]),
        slices=_slices([rows[n] for n in shape.first], {key: shape.prompt[n] for key, n in segments.items()}),
    )
    scored = {signal: int((~np.isnan(flat[k])).sum()) for k, signal in enumerate(signals)}
    return Read(
        pool,
        labels,
        [row[0] for row in rows],
        [rows[n][1] for n in shape.first],
        shape.prompt,
        shape.place,
        length,
        scored,
        digest.hexdigest(),
    )


class _Shape:
    """Where each response of a list ordered by prompt stands in (m, P)."""

    def __init__(self, prompts: list[UUID]) -> None:
        known: dict[UUID, int] = {}
        self.prompt = np.array([known.setdefault(prompt, len(known)) for prompt in prompts], dtype=np.int64)
        self.first = np.unique(self.prompt, return_index=True)[1]
        self.place = np.arange(len(prompts)) - self.first[self.prompt] if prompts else self.prompt
        self.present = np.zeros((int(self.place.max(initial=-1)) + 1, len(known)), dtype=bool)
        self.present[self.place, self.prompt] = True

    def cube(self, flat: Floats) -> Floats:
        """(…, n) to (…, m, P), nan where a prompt has fewer responses than another."""
        made = np.full((*flat.shape[:-1], *self.present.shape), np.nan)
        made[..., self.place, self.prompt] = flat
        return made


def _standardised(length: Floats) -> Floats:
    known = length[~np.isnan(length)]
    spread = known.std() if len(known) else 0.0
    return (length - known.mean()) / spread if spread > 0 else np.where(np.isnan(length), np.nan, 0.0)


def _clusters(prompts: list[tuple[Any, ...]]) -> Ints:
    """Prompts of one family share a number; a prompt without a family has one of its own."""
    known: dict[Any, int] = {}
    return np.array(
        [known.setdefault(("family", row[2]) if row[2] else row[1], len(known)) for row in prompts], dtype=np.int64
    )


def _slices(prompts: list[tuple[Any, ...]], segments: dict[str, Ints]) -> dict[str, npt.NDArray[np.bool_]]:
    found: dict[str, list[int]] = defaultdict(list)
    for n, (_id, _prompt, _family, memory, domains, premise, _length) in enumerate(prompts):
        found["memory:on" if memory else "memory:off"].append(n)
        for domain in domains:
            found[f"domain:{domain}"].append(n)
        if premise:
            found[FALSE_PREMISE].append(n)
    for key, members in segments.items():
        found[f"segment:{key}"].extend(members)
    slices = {}
    for name in sorted(found):
        slices[name] = np.zeros(len(prompts), dtype=bool)
        slices[name][found[name]] = True
    return slices


def _note(
    digest: Any,
    rows: list[tuple[Any, ...]],
    signals: tuple[str, ...],
    scores: Floats,
    labels: Labels,
    segments: dict[str, list[int]],
) -> None:
    """Feed everything that was read to the hash, each kind of thing in an order of its own."""
    for row in rows:
        digest.update(row[0].bytes + row[1].bytes + repr(row[2:]).encode())
    digest.update(repr(signals).encode() + np.ascontiguousarray(scores).tobytes())
    for key in sorted(labels.by):
        digest.update(repr(key).encode() + labels.by[key].tobytes())
    digest.update(labels.probability.tobytes())
    digest.update(repr(sorted((key, sorted(places)) for key, places in segments.items())).encode())
