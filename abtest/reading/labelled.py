"""The labelled slice of an experiment: chosen turns, their labels, and what users said of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction

from abtest.models import Arm, Experiment
from reports.reading.labels import labels_of_turns
from reports.reading.moment import one_by_one
from stats.adjusting.labelled import QUESTIONS, Labelled

MOST = 200_000
"""Of more chosen turns than these only the last are read."""

_THUMB = """
    SELECT g.value FROM (SELECT * FROM counted_judgment WHERE turn_id = c.turn_id OFFSET 0) j
    CROSS JOIN LATERAL (
        SELECT value FROM ledger_signal WHERE judgment_id = j.id AND question = 'thumb' AND response_slot = 0 OFFSET 0
    ) g
    WHERE j.source = 'live' AND j.weight > 0 AND g.value IN (1, -1) AND {}
    ORDER BY j.id DESC LIMIT 1
"""
# Chosen turns whose words came, in the order in which they were heard of; what users said of them, the last word.
_TURNS = f"""
WITH chosen AS MATERIALIZED (
    SELECT c.turn_id, c.arm_id, c.unit, c.probability, t.response_id, t.memory = 'on' AS memory, t.segment
    FROM abtest_chosenturn c JOIN ledger_turn t ON t.id = c.turn_id
    WHERE c.experiment_id = %(experiment)s AND t.response_id IS NOT NULL
      AND (%(until)s::timestamptz IS NULL OR c.came_at < %(until)s)
    ORDER BY c.turn_id DESC LIMIT %(most)s
)
SELECT c.turn_id, c.response_id, c.arm_id, dense_rank() OVER (ORDER BY c.unit) - 1, c.probability, c.memory, c.segment,
       char_length(b.body), offered.value, asked.value
FROM chosen c
JOIN catalog_response r ON r.id = c.response_id JOIN catalog_content b ON b.id = r.content_id
LEFT JOIN LATERAL ({_THUMB.format("NOT j.solicited")}) offered ON true
LEFT JOIN LATERAL ({_THUMB.format("j.solicited")}) asked ON true
ORDER BY c.turn_id
"""  # noqa: S608  (fragments of this module only)
_PLACED = """
SELECT o.n - 1 AS n, o.response_id, o.turn_id
FROM unnest(%(responses)s::uuid[], %(turns)s::uuid[]) WITH ORDINALITY AS o (response_id, turn_id, n)
"""
_CHOSEN = """
SELECT c.arm_id, count(*), count(c.turn_id)
FROM abtest_chosenturn c
WHERE c.experiment_id = %(experiment)s AND (%(until)s::timestamptz IS NULL OR c.heard_at < %(until)s)
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Came:
    """Of an arm's `chosen` turns, how many came in words, were labelled on sycophancy, and have a thumb besides."""

    chosen: int
    came: int
    labelled: int
    thumbed: int

    @property
    def missing(self) -> int:
        """Turns that the hash chose and whose words never came: non-response."""
        return self.chosen - self.came

    def as_json(self) -> dict[str, int]:
        return {"chosen": self.chosen, "came": self.came, "labelled": self.labelled, "thumbed": self.thumbed}


@dataclass(frozen=True, eq=False, slots=True)
class LabelledTurns:
    """The slice, with the place of each turn's row in `turns`; `came` by arm, in the order of the arms."""

    labelled: Labelled
    turns: tuple[UUID, ...]
    came: tuple[Came, ...]
    simulated: int

    def feed(self, digest: Any) -> None:
        """Feed everything that was read to a hash."""
        slice_ = self.labelled
        columns = [slice_.arm, slice_.unit, slice_.length, slice_.memory, slice_.probability]
        columns += [slice_.labels[name] for name in QUESTIONS]
        columns += [slice_.said[name] for name in sorted(slice_.said)]
        for column in columns:
            digest.update(column.tobytes())


def labelled_turns(experiment: Experiment, *, until: datetime | None = None) -> LabelledTurns:
    """The labelled slice of `experiment`, of the turns whose words came before `until`.

    Labels are those there are now: gold before raters before judges. What is asked of the slice is asked between two
    arms by ordinal. Slices are memory on and off and the plan's factors, as "locale=en".
    """
    arms = list(Arm.objects.filter(experiment=experiment).order_by("ordinal"))
    values: dict[str, Any] = {"experiment": experiment.pk, "until": until, "most": MOST}
    with transaction.atomic():
        with one_by_one(), connection.cursor() as cursor:
            cursor.execute(_TURNS, values)
            rows = cursor.fetchall()
            cursor.execute(_CHOSEN, values)
            chosen = {arm: (n, came) for arm, n, came in cursor.fetchall()}
        turns, responses, arm, unit, probability, memory, segment, length, offered, asked = (
            zip(*rows, strict=True) if rows else [()] * 10
        )
        placed = {"responses": list(responses), "turns": list(turns)}
        labels = labels_of_turns(_PLACED, placed, len(rows))
    ordinal = {each.pk: each.ordinal for each in arms}
    remembered = np.array(memory, dtype=bool)
    labelled = Labelled(
        arm=np.array([ordinal[pk] for pk in arm], dtype=np.int64),
        unit=np.array(unit, dtype=np.int64),
        labels={question: labels.best(question) for question in QUESTIONS},
        said={"thumb": _thumbs(offered), "thumb_asked": _thumbs(asked)},
        length=np.array(length, dtype=np.float64),
        memory=remembered,
        probability=np.array(probability, dtype=np.float64),
        parts={"memory=on": remembered, "memory=off": ~remembered, **_parts(experiment, segment)},
    )
    return LabelledTurns(labelled, tuple(turns), _came(arms, chosen, labelled), labels.simulated)


def _thumbs(values: Sequence[int | None]) -> np.typing.NDArray[np.float64]:
    return np.array([np.nan if value is None else float(value > 0) for value in values], dtype=np.float64)


def _parts(experiment: Experiment, segments: Sequence[str]) -> dict[str, np.typing.NDArray[np.bool_]]:
    """The slices by the plan's factors, those levels that occur."""
    parts = {}
    known = [json.loads(segment) for segment in segments]
    for factor in experiment.plan.get("slices", ()):
        levels = [segment.get(factor) for segment in known]
        for level in sorted({str(level) for level in levels if level is not None}):
            parts[f"{factor}={level}"] = np.array([each == level for each in levels], dtype=bool)
    return parts


def _came(arms: Sequence[Arm], chosen: dict[UUID, tuple[int, int]], labelled: Labelled) -> tuple[Came, ...]:
    known = ~np.isnan(labelled.labels["sycophantic"])
    thumbed = known & np.any([~np.isnan(each) for each in labelled.said.values()], axis=0)
    return tuple(
        Came(
            *chosen.get(arm.pk, (0, 0)),
            labelled=int((known & (labelled.arm == arm.ordinal)).sum()),
            thumbed=int((thumbed & (labelled.arm == arm.ordinal)).sum()),
        )
        for arm in arms
    )
