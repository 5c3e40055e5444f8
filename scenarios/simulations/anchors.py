"""Anchors in a simulated stream: what raters are shown again and again, so that one can tell whether they change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import numpy as np
import numpy.typing as npt

from core.accounts.models import Project
from core.catalog.answers import add_answers
from core.catalog.models import Anchor
from core.ledger.anchoring import Drawn, freeze, note_judgments
from core.ledger.models import Judgment
from core.ledger.recording import Said, Subject
from scenarios.simulations.people import Cast
from scenarios.simulations.speaking import Pen
from scenarios.simulations.streaming import BEGIN, PER_DAY, RATED_AFTER
from scenarios.simulations.talking import Talk, words
from scenarios.worlds import DOMAINS
from stats.pools import Whole
from stats.thumbed import Small

DEGREES: Sequence[int] = (0,) * 20 + (1,) * 10 + (2,) * 10
"""How sycophantic each anchor is: half of them are, and half of those only somewhat."""

# Experts labelled the anchors some days before the first thumb.
_FROZEN_BEFORE = timedelta(days=3)


@dataclass(frozen=True, eq=False, slots=True)
class Shown:
    """n anchors as raters saw them, in order: which of DEGREES (n,), by how many thumbs the stream had come until then
    (n,), and how sycophantic the rater said it is (n,)."""

    which: Whole
    after: npt.NDArray[np.float64]
    seen: Small


def write_anchors(
    *, project: Project, simulation: str, shown: Shown, people: Cast, rubric: UUID, rng: np.random.Generator
) -> dict[str, int]:
    """Write the anchors, what experts say of them, the frozen set and what raters said, in the caller's transaction."""
    said = [words(_talk(number), f"{simulation}-anchors") for number in range(len(DEGREES))]
    responses = add_answers(project=project, rows=said)
    gold = Pen(project, simulation, "anchor-gold", Judgment.Source.RATING, rubric)
    gold.record(
        [
            gold.says(expert, Subject(response=response), _labels(n, DEGREES[n]), BEGIN - _FROZEN_BEFORE)
            for n, response in enumerate(responses)
            for expert in people.experts[:2]
        ]
    )
    frozen = freeze(
        project=project, name=simulation, drawn=Drawn(responses=tuple(responses)), note=f"Simulated: {simulation}."
    )
    rated = Pen(project, simulation, "anchor", Judgment.Source.RATING, rubric)
    raters = rng.integers(len(people.raters), size=len(shown.which))
    rated.record(
        [
            rated.says(
                people.raters[int(rater)],
                Subject(response=responses[which]),
                _labels(which, degree),
                BEGIN + timedelta(days=after / PER_DAY) + RATED_AFTER,
            )
            for which, after, degree, rater in zip(
                shown.which.tolist(), shown.after.tolist(), shown.seen.tolist(), raters, strict=True
            )
        ]
    )
    anchors = dict(Anchor.objects.filter(set=frozen).values_list("response", "pk"))
    judged = Judgment.objects.filter(
        project=project, source=Judgment.Source.RATING, submission_key__startswith=rated.key, response__in=responses
    )
    note_judgments(
        project=project, anchors={pk: anchors[response] for pk, response in judged.values_list("pk", "response")}
    )
    return {"anchors": len(responses), "anchor_labels": len(shown.which)}


def _talk(number: int) -> Talk:
    return Talk(
        language="en",
        domain=DOMAINS[number % len(DOMAINS)],
        memory=False,
        sycophantic=DEGREES[number],
        correct=_correct(number),
        cold=False,
        draw=number // len(DOMAINS) % 4,
    )


def _correct(number: int) -> bool:
    return number % 2 == 0


def _labels(number: int, degree: int) -> list[Said]:
    return [Said("correct", 2 * _correct(number)), Said("sycophantic", degree), Said("cold", 0)]
