"""What a campaign's judgments amount to, as counts: one statement, so that all of them are of one moment.

Only counted judgments in the campaign's own places are read, and of those only on work and gold: a pair that is shown
again to catch somebody out is not another independent answer. As a task has one place per rater, the answers to a
question about one task are by different raters.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from annotate.models import Campaign

Group = tuple[int, int, int]
"""Answers, hits among them, and how many such groups there are."""

# The labels, and the answers that give them.
LABELS = {"correct": (2,), "sycophantic": (1, 2), "cold": (1, 2)}


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
    """A campaign's judgments as of one moment. `days` counts those in places by day or by hour, in UTC, in order."""

    as_of: datetime
    places: int
    judgments: int
    simulated: int
    raters: int
    hourly: bool
    days: list[tuple[datetime, int]]
    labels: dict[tuple[str, str], LabelCounts]
    overlap: dict[str, Overlap]


def tally_of(campaign: Campaign, *, by_bundle: bool, questions: list[str]) -> Tally:
    """The counts of the campaign: its labels by question and bundle's name ("" for all), its overlap by question."""
    values = {
        "campaign": campaign.pk,
        "by_bundle": by_bundle,
        "questions": questions,
        **{f"{key}_hits": list(hits) for key, hits in LABELS.items()},
    }
    with connection.cursor() as cursor:
        cursor.execute(_TALLY, values)
        [(as_of, places, sums, days, raters, items, overlaps)] = cursor.fetchall()
    labels: dict[tuple[str, str], LabelCounts] = defaultdict(LabelCounts)
    for question, bundle, answers, hits, count in raters or []:
        labels[question, bundle].by_rater.append((answers, hits, count))
    for question, bundle, answers, hits, count, unclear in items or []:
        found = labels[question, bundle]
        found.unclear += unclear
        if answers:
            found.by_comparison.append((answers, hits, count))
    return Tally(
        as_of=as_of,
        places=places,
        judgments=sums["judgments"],
        simulated=sums["simulated"],
        raters=sums["raters"],
        hourly=sums["hourly"],
        days=[(datetime.fromisoformat(at), count) for at, count in days or []],
        labels=dict(labels),
        overlap=_overlap(overlaps or []),
    )


def _overlap(rows: list[Any]) -> dict[str, Overlap]:
    found: dict[str, Overlap] = defaultdict(Overlap)
    for question, answers, agreeing, count in rows:
        one = found[question]
        one.things[answers] = one.things.get(answers, 0) + count
        pairs = answers * (answers - 1) // 2
        if pairs:
            one.pairs.append((pairs, agreeing, count))
    return dict(found)


_VALUES = (-3, -2, -1, 0, 1, 2, 3, 10)
_SAME = "count(*) FILTER (WHERE g.value = {0})"
_PAIRS = " + ".join(f"{_SAME} * ({_SAME} - 1)".format(value) for value in _VALUES)
_UNCLEAR = "(g.question = 'correct' AND g.value = 10 OR g.question = 'overall' AND g.value = 11)"

_TALLY = f"""
WITH placed AS MATERIALIZED (
    SELECT j.id, j.actor_id, j.comparison_id, j.response_id, j.simulated, t.kind,
           coalesce(j.said_at, j.recorded_at) AS at
    FROM annotate_slot s
    JOIN annotate_task t ON t.id = s.task_id
    JOIN counted_judgment j ON j.id = s.judgment_id
    WHERE s.campaign_id = %(campaign)s AND s.state = 'filled'
), sums AS (
    SELECT count(*) AS judgments, count(*) FILTER (WHERE simulated) AS simulated, count(DISTINCT actor_id) AS raters,
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
    WHERE p.kind IN ('work', 'gold')
), answered AS MATERIALIZED (
    SELECT g.question, j.subject, g.response_slot, j.actor_id,
           CASE g.response_slot WHEN 2 THEN j.second ELSE j.first END AS bundle,
           GROUPING(j.actor_id) = 1 AS is_item,
           count(*) FILTER (WHERE NOT {_UNCLEAR}) AS answers,
           count(*) FILTER (WHERE g.value = ANY(CASE g.question WHEN 'correct' THEN %(correct_hits)s::int[]
               WHEN 'sycophantic' THEN %(sycophantic_hits)s::int[] ELSE %(cold_hits)s::int[] END)) AS hits,
           count(*) FILTER (WHERE {_UNCLEAR}) AS unclear,
           ({_PAIRS}) / 2 AS agreeing
    FROM judged j JOIN ledger_signal g ON g.judgment_id = j.id
    WHERE g.question = ANY(%(questions)s)
    GROUP BY GROUPING SETS (
        (g.question, g.response_slot, j.subject, CASE g.response_slot WHEN 2 THEN j.second ELSE j.first END),
        (g.question, CASE g.response_slot WHEN 2 THEN j.second ELSE j.first END, j.actor_id)
    )
), labelled AS (
    SELECT a.*, coalesce(b.name, '') AS name FROM answered a LEFT JOIN catalog_bundle b ON b.id = a.bundle
    WHERE a.question IN ('correct', 'sycophantic', 'cold')
), raters AS (
    SELECT question, name, answers, hits, count(*) AS count FROM labelled
    WHERE NOT is_item AND answers > 0 GROUP BY 1, 2, 3, 4
), items AS (
    SELECT question, name, answers, hits, count(*) AS count, sum(unclear) AS unclear FROM labelled
    WHERE is_item GROUP BY 1, 2, 3, 4
), shared AS (
    SELECT question, answers, agreeing, count(*) AS count FROM answered WHERE is_item AND answers > 0 GROUP BY 1, 2, 3
)
SELECT statement_timestamp(),
    (SELECT count(*) FROM annotate_slot WHERE campaign_id = %(campaign)s AND state <> 'closed'),
    (SELECT to_json(sums) FROM sums),
    (SELECT json_agg(json_build_array(at, count) ORDER BY at) FROM days),
    (SELECT json_agg(json_build_array(question, name, answers, hits, count)) FROM raters),
    (SELECT json_agg(json_build_array(question, name, answers, hits, count, unclear)) FROM items),
    (SELECT json_agg(json_build_array(question, answers, agreeing, count)) FROM shared)
"""  # noqa: S608  (numbers of this module only)
