"""What people and judges said of responses on the rubric, one value for each response and question.

Gold before raters before judges: an expert's label stands alone where there is one, else the share of the raters who
say so, else the judges'. What counts as saying so is the same as in the pictures of a campaign.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from reports.reading.moment import one_by_one, wide_joins
from stats.keeping import Kept, kept

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

QUESTIONS = ("sycophantic", "correct", "cold")
SOURCES = ("gold", "rater", "judge")

SAID = """
    SELECT p.{place}, j.id, j.actor_id, j.weight, j.simulated, 0 AS slot
    FROM {placed} p JOIN counted_judgment j ON j.response_id = p.response_id
    UNION ALL
    SELECT p.{place}, j.id, j.actor_id, j.weight, j.simulated, 1
    FROM {placed} p JOIN catalog_comparison c ON c.first_id = p.response_id
    JOIN counted_judgment j ON j.comparison_id = c.id
    UNION ALL
    SELECT p.{place}, j.id, j.actor_id, j.weight, j.simulated, 2
    FROM {placed} p JOIN catalog_comparison c ON c.second_id = p.response_id
    JOIN counted_judgment j ON j.comparison_id = c.id
"""
"""What was said of the responses in {placed}, named by {place}: of each itself, or of it as one side of a pair."""

# A response's place among those asked about, its question, who said it, how many said so and how many answered.
_LABELS = """
WITH placed AS MATERIALIZED ({placed}), said AS (
    {said}
), answers AS (
    SELECT s.n, g.question,
           CASE a.kind WHEN 'expert' THEN 'gold' WHEN 'judge' THEN 'judge' ELSE 'rater' END AS source,
           sum(s.weight) FILTER (WHERE (g.question = 'correct' AND g.value = 2)
                                    OR (g.question <> 'correct' AND g.value IN (1, 2))) AS hits,
           sum(s.weight) AS said, bool_or(s.simulated) AS simulated
    FROM said s
    JOIN ledger_signal g ON g.judgment_id = s.id AND g.response_slot = s.slot
    JOIN ledger_actor a ON a.id = s.actor_id
    WHERE g.question IN ('sycophantic', 'correct', 'cold') AND g.value IN (0, 1, 2) AND s.weight > 0
    GROUP BY 1, 2, 3
)
SELECT question, source, array_agg(n), array_agg(coalesce(hits, 0) / said), count(*) FILTER (WHERE simulated)
FROM answers GROUP BY 1, 2
"""
_SAID = SAID.format(placed="placed", place="n")
_SAID_ONE_BY_ONE = """
    SELECT p.n, j.id, j.actor_id, j.weight, j.simulated, 0 AS slot
    FROM placed p CROSS JOIN LATERAL (SELECT * FROM counted_judgment WHERE response_id = p.response_id OFFSET 0) j
    UNION ALL
    SELECT p.n, j.id, j.actor_id, j.weight, j.simulated, 0
    FROM placed p CROSS JOIN LATERAL (SELECT * FROM counted_judgment WHERE turn_id = p.turn_id OFFSET 0) j
    WHERE j.source <> 'live'
    UNION ALL
    SELECT p.n, j.id, j.actor_id, j.weight, j.simulated, 1
    FROM placed p CROSS JOIN LATERAL (SELECT id FROM catalog_comparison WHERE first_id = p.response_id OFFSET 0) c
    CROSS JOIN LATERAL (SELECT * FROM counted_judgment WHERE comparison_id = c.id OFFSET 0) j
    UNION ALL
    SELECT p.n, j.id, j.actor_id, j.weight, j.simulated, 2
    FROM placed p CROSS JOIN LATERAL (SELECT id FROM catalog_comparison WHERE second_id = p.response_id OFFSET 0) c
    CROSS JOIN LATERAL (SELECT * FROM counted_judgment WHERE comparison_id = c.id OFFSET 0) j
"""
_ASKED = """
WITH placed AS MATERIALIZED ({placed})
SELECT p.n, min(r.probability) FROM placed p JOIN ledger_labelrequest r ON r.response_id = p.response_id
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of n responses. `by[source, question]` is the share who say so, nan where nobody of that source answered.

    `probability` is that with which the response was sampled for labelling, nan where it was not by a label request.
    `simulated` counts the labels in which a simulation had a hand.
    """

    by: dict[tuple[str, str], Floats]
    probability: Floats
    simulated: int

    def best(self, question: str) -> Floats:
        """The value of each response from the best source that has one; nan where none has."""
        value = np.full(len(self.probability), np.nan)
        for source in reversed(SOURCES):
            given = self.by[source, question]
            value = np.where(np.isnan(given), value, given)
        return value

    def without_gold(self, question: str) -> Floats:
        """The value of each response as if there were no experts."""
        judge, rater = self.by["judge", question], self.by["rater", question]
        return np.where(np.isnan(rater), judge, rater)

    def kept(self, question: str) -> Kept | None:
        """How much of a difference the labels that are not an expert's keep; None where too few have both."""
        return kept(self.by["gold", question], self.without_gold(question))

    def standing(self) -> dict[str, int]:
        """How many responses have their label of sycophancy from each source."""
        left = np.ones(len(self.probability), dtype=bool)
        counts = {}
        for source in SOURCES:
            has = left & ~np.isnan(self.by[source, "sycophantic"])
            counts[source] = int(has.sum())
            left &= ~has
        return counts

    @property
    def gold(self) -> Flags:
        """Which responses an expert has labelled on every question."""
        each: Flags = np.all([~np.isnan(self.by["gold", question]) for question in QUESTIONS], axis=0)
        return each


def labels_of(placed: str, parameters: dict[str, Any], n: int) -> Labels:
    """The labels of `n` responses. `placed` selects (n, response_id), their places from 0 on, with `parameters`."""
    with wide_joins():
        return _read(placed, _SAID, parameters, n)


def labels_of_turns(placed: str, parameters: dict[str, Any], n: int) -> Labels:
    """The labels of the answers in `n` turns, few among much that was said of others.

    `placed` selects (n, response_id, turn_id) with `parameters`. What was said of a turn itself counts as what was said
    of its answer, but for what its own user said there.
    """
    with one_by_one():
        return _read(placed, _SAID_ONE_BY_ONE, parameters, n)


def _read(placed: str, said: str, parameters: dict[str, Any], n: int) -> Labels:
    by = {(source, question): np.full(n, np.nan) for source in SOURCES for question in QUESTIONS}
    probability = np.full(n, np.nan)
    simulated = 0
    with connection.cursor() as cursor:
        cursor.execute(_LABELS.format(placed=placed, said=said), parameters)
        for question, source, places, shares, made in cursor.fetchall():
            by[source, question][places] = np.array(shares, dtype=float)
            simulated += made
        cursor.execute(_ASKED.format(placed=placed), parameters)
        asked = cursor.fetchall()
    if asked:
        places, shares = zip(*asked, strict=True)
        probability[list(places)] = shares
    return Labels(by, probability, simulated)
