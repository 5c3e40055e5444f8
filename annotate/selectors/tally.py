"""What a campaign's judgments amount to, as counts: one statement, so that all of them are of one moment.

Only counted judgments in the campaign's own places are read, none on anchors, and of the labels only those on work and
gold: a pair that is shown again to catch somebody out is not another independent answer. As a task has one place per
rater, the answers to a question about one task are by different raters.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from django.db import OperationalError, connection, transaction

from annotate.models import ASIDE, Campaign

MOST_COUNTED = 100_000
"""Of more judgments than these, labels and overlap are counted on a random sample of the tasks of about this size."""

PATIENCE = "45s"
"""So long one visitor's thread may count; PostgreSQL ends it then."""

Group = tuple[int, int, int]
"""Answers, hits among them, and how many such groups there are."""

# The labels, and the answers that give them.
LABELS = {"correct": (2,), "sycophantic": (1, 2), "cold": (1, 2)}


class TooMany(Exception):
    """There are so many judgments that counting them would take longer than anybody waits."""


@dataclass(slots=True)
class LabelCounts:
    """The answers about one label of one bundle (or of all), grouped by rater and by comparison.

    Whoever could not tell is in `unclear` only.
    """

    by_rater: list[Group] = field(default_factory=list)
    by_comparison: list[Group] = field(default_factory=list)
    unclear: int = 0

    @property
    def answers(self) -> int:
        return sum(answers * count for answers, _hits, count in self.by_rater)

    @property
    def hits(self) -> int:
        return sum(hits * count for _answers, hits, count in self.by_rater)

    @property
    def raters(self) -> int:
        return sum(count for _answers, _hits, count in self.by_rater)

    @property
    def comparisons(self) -> int:
        return sum(count for _answers, _hits, count in self.by_comparison)


@dataclass(slots=True)
class Overlap:
    """Of one question: how many things have so many answers, and pairs of answers with the pairs that are equal."""

    things: dict[int, int] = field(default_factory=dict)
    pairs: list[Group] = field(default_factory=list)

    def exactly(self, answers: int) -> int:
        """The things with this many answers, each by another rater."""
        return self.things.get(answers, 0)

    def at_least(self, answers: int) -> int:
        """The things with this many answers or more."""
        return sum(count for many, count in self.things.items() if many >= answers)


@dataclass(frozen=True, slots=True)
class Tally:
    """A campaign's judgments as of one moment. `days` counts those in places by day or by hour, in UTC, in order.

    `labels` and `overlap` are of the share `sampled` of the tasks; everything else is of all.
    """

    as_of: datetime
    places: int
    judgments: int
    simulated: int
    raters: int
    hourly: bool
    sampled: float
    days: list[tuple[datetime, int]]
    labels: dict[tuple[str, str], LabelCounts]
    overlap: dict[str, Overlap]


def tally_of(campaign: Campaign, *, by_bundle: bool, questions: list[str]) -> Tally:
    """The counts of the campaign: its labels by question and bundle's name ("" for all), its overlap by question.

    Raises TooMany where counting takes longer than PATIENCE.
    """
    values: dict[str, Any] = {"campaign": campaign.pk, "by_bundle": by_bundle, "questions": questions}
    try:
        share, (as_of, places, sums, days, raters, things) = _counted(campaign, values)
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise TooMany from error
        raise
    labels: dict[tuple[str, str], LabelCounts] = defaultdict(LabelCounts)
    overlap: dict[str, Overlap] = defaultdict(Overlap)
    for question, bundle, answers, hits, count in raters or []:
        labels[question, bundle].by_rater.append((int(answers), int(hits), count))
    for question, bundle, packed, count in things or []:
        said = _unpacked(packed)
        if question in LABELS:
            _add_label(labels[question, bundle], question, said, count)
        _add_overlap(overlap, question, said, count)
    return Tally(
        as_of=as_of,
        places=places,
        **sums,
        sampled=share,
        days=[(datetime.fromisoformat(at), count) for at, count in days or []],
        labels=dict(labels),
        overlap=dict(overlap),
    )


def _counted(campaign: Campaign, values: dict[str, Any]) -> tuple[float, tuple[Any, ...]]:
    """The share of the tasks that labels and overlap are counted on, and the row of `_TALLY`."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LIMITS, [PATIENCE])
        cursor.execute(_FILLED, [campaign.pk])
        [(filled,)] = cursor.fetchall()
        share = min(1.0, MOST_COUNTED / max(1, filled))
        cursor.execute(_TALLY, {**values, "cut": math.ceil(share * _CUTS)})
        [row] = cursor.fetchall()
    return share, row


def _unpacked(packed: int) -> dict[int, int]:
    return {value: said for n, value in enumerate(_VALUES) if (said := packed >> (_BITS * n) & (1 << _BITS) - 1)}


def _add_label(counts: LabelCounts, question: str, said: dict[int, int], count: int) -> None:
    unclear = said.get(_UNCLEAR.get(question, 0), 0) if question in _UNCLEAR else 0
    counts.unclear += unclear * count
    if answers := sum(said.values()) - unclear:
        counts.by_comparison.append((answers, sum(said.get(value, 0) for value in LABELS[question]), count))


def _add_overlap(found: dict[str, Overlap], question: str, said: dict[int, int], count: int) -> None:
    given = [many for value, many in said.items() if value != _UNCLEAR.get(question)]
    answers = sum(given)
    if not answers:
        return
    overlap = found[question]
    overlap.things[answers] = overlap.things.get(answers, 0) + count
    if answers > 1:
        equal = sum(many * (many - 1) // 2 for many in given)
        overlap.pairs.append((answers * (answers - 1) // 2, equal, count))


_LIMITS = "SELECT set_config('statement_timeout', %s, true), set_config('work_mem', '64MB', true)"
_FILLED = f"SELECT count(*) FROM annotate_slot WHERE campaign_id = %s AND state = 'filled' AND priority < {ASIDE}"  # noqa: S608
# The end of a task's key is random and says nothing of when it is rated: so many cuts can be made by it.
_CUTS = 1 << 16
# Who could not tell has not answered.
_UNCLEAR = {"correct": 10, "overall": 11}
# All answers about one thing in one number: six bits, which hold the greatest overlap, for each value there is.
_VALUES = (-3, -2, -1, 0, 1, 2, 3, 10, 11)
_BITS = 6
_PACKED = f"sum(1::bigint << ({_BITS} * CASE WHEN g.value < 10 THEN g.value + 3 ELSE g.value - 3 END))"
_HIT = " OR ".join(
    f"(question = '{key}' AND value IN ({', '.join(map(str, values))}))" for key, values in LABELS.items()
)
_CLEAR = " AND ".join(f"NOT (question = '{key}' AND value = {value})" for key, value in _UNCLEAR.items())
_BUNDLE = "CASE g.response_slot WHEN 2 THEN j.second ELSE j.first END"

_TALLY = f"""
WITH placed AS MATERIALIZED (
    SELECT j.id, j.actor_id, j.comparison_id, j.response_id, j.simulated, t.kind, t.id AS task_id,
           coalesce(j.said_at, j.recorded_at) AS at
    FROM annotate_slot s
    JOIN annotate_task t ON t.id = s.task_id
    JOIN counted_judgment j ON j.id = s.judgment_id
    WHERE s.campaign_id = %(campaign)s AND s.state = 'filled' AND t.kind <> 'anchor'
), sums AS (
    SELECT count(*) AS judgments, count(*) FILTER (WHERE simulated) AS simulated,
           (SELECT count(*) FROM (SELECT actor_id FROM placed GROUP BY 1) who) AS raters,
           coalesce(max(at) - min(at) < interval '3 days', false) AS hourly
    FROM placed
), days AS (
    SELECT date_trunc(CASE WHEN hourly THEN 'hour' ELSE 'day' END, at, 'UTC') AS at, count(*) AS count
    FROM placed, sums GROUP BY 1
), judged AS (
    SELECT p.id, p.actor_id, coalesce(p.comparison_id, p.response_id) AS subject,
           first.bundle_id AS first, second.bundle_id AS second
    FROM placed p
    LEFT JOIN catalog_comparison c ON %(by_bundle)s AND c.id = p.comparison_id
    LEFT JOIN catalog_response first ON first.id = coalesce(c.first_id, p.response_id) AND %(by_bundle)s
    LEFT JOIN catalog_response second ON second.id = c.second_id
    WHERE p.kind IN ('work', 'gold') AND ('x' || right(p.task_id::text, 4))::bit(16)::int < %(cut)s
), answered AS MATERIALIZED (
    SELECT g.question, {_BUNDLE} AS bundle, j.actor_id, g.value, GROUPING(j.actor_id) = 1 AS is_thing,
           count(*) AS count, {_PACKED} AS packed
    FROM judged j JOIN ledger_signal g ON g.judgment_id = j.id
    WHERE g.question = ANY(%(questions)s) AND (g.value BETWEEN -3 AND 3 OR g.value IN (10, 11))
    GROUP BY GROUPING SETS (
        (g.question, g.response_slot, j.subject, {_BUNDLE}),
        (g.question, {_BUNDLE}, j.actor_id, g.value)
    )
), by_rater AS (
    SELECT question, bundle, actor_id, sum(count) AS answers, coalesce(sum(count) FILTER (WHERE {_HIT}), 0) AS hits
    FROM answered WHERE NOT is_thing AND question IN ({", ".join(f"'{key}'" for key in LABELS)}) AND {_CLEAR}
    GROUP BY 1, 2, 3
), raters AS (
    SELECT question, bundle, answers, hits, count(*) AS count FROM by_rater GROUP BY 1, 2, 3, 4
), things AS (
    SELECT question, bundle, packed, count(*) AS count FROM answered WHERE is_thing GROUP BY 1, 2, 3
)
SELECT statement_timestamp(),
    (SELECT count(*) FROM annotate_slot WHERE campaign_id = %(campaign)s AND state <> 'closed' AND priority < {ASIDE}),
    (SELECT to_json(sums) FROM sums),
    (SELECT json_agg(json_build_array(at, count) ORDER BY at) FROM days),
    (SELECT json_agg(json_build_array(r.question, coalesce(b.name, ''), r.answers, r.hits, r.count))
     FROM raters r LEFT JOIN catalog_bundle b ON b.id = r.bundle),
    (SELECT json_agg(json_build_array(t.question, coalesce(b.name, ''), t.packed, t.count))
     FROM things t LEFT JOIN catalog_bundle b ON b.id = t.bundle)
"""  # noqa: S608  (names and numbers of this module only)
