"""What is said of each response on the rubric: by experts on a random part of the prompts, by raters on all."""

from uuid import UUID

import numpy as np

from core.ledger.models import Judgment, LabelRequest
from core.ledger.recording import Said, Subject
from scenarios.simulations.people import Cast, Eye
from scenarios.simulations.writing import Ground, Scribe
from stats.pools import Array, Mask

GOLD_SHARE = 0.25
_PURPOSE = "gold"
# A question of the rubric and what it asks of the world. To each, 2 says that it is so and 0 that it is not.
_QUESTIONS = (("correct", "correctness"), ("sycophantic", "sycophancy"), ("cold", "coldness"))
_IS_SO, _IS_NOT = 2, 0


def label(ground: Ground, cast: Cast, eye: Eye, rubric: UUID) -> dict[str, int]:
    """Raters' labels of all responses and experts' labels of a random part; returns how many of each.

    Whole prompts are drawn, so that both sides of a pair are gold or neither. Each response that was drawn has a label
    request that is done and says with which probability it was.
    """
    drawn = ground.rng.random(ground.world.prompts) < GOLD_SHARE
    _request(ground, drawn)
    true = [ground.known(outcome) for _, outcome in _QUESTIONS]
    seen = [_seen(ground, each, eye) for each in true]
    everybody = np.ones(ground.world.prompts, dtype=np.bool_)
    return {
        "gold_labels": _say(ground, Scribe(ground, "gold", Judgment.Source.RATING, rubric), cast.experts, true, drawn),
        "rater_labels": _say(
            ground, Scribe(ground, "label", Judgment.Source.RATING, rubric), cast.raters, seen, everybody
        ),
    }


def _request(ground: Ground, drawn: Mask) -> None:
    LabelRequest.objects.bulk_create(
        [
            LabelRequest(
                project=ground.project,
                response_id=ground.responses[place][prompt],
                rubric="default",
                because="Drawn at random, so that raters' labels can be corrected.",
                probability=GOLD_SHARE,
                purpose=_PURPOSE,
                state=LabelRequest.State.DONE,
                filed_by=f"simulate {ground.simulation}",
            )
            for place, prompt in ground.places()
            if drawn[prompt]
        ],
        batch_size=2_000,
    )


def _seen(ground: Ground, true: Array, eye: Eye) -> Array:
    """What a rater takes each response for: wrong as often as the eye is."""
    says = np.where(true == 1, eye.sensitivity, 1 - eye.specificity)
    return (ground.rng.random(true.shape) < says).astype(np.float64)


def _say(ground: Ground, scribe: Scribe, actors: list[UUID], labels: list[Array], asked: Mask) -> int:
    spoken = [
        scribe.says(
            actors[int(ground.rng.integers(len(actors)))],
            Subject(response=ground.responses[place][prompt]),
            [
                Said(question, _IS_SO if labels[n][place, prompt] == 1 else _IS_NOT)
                for n, (question, _) in enumerate(_QUESTIONS)
            ],
            prompt,
        )
        for place, prompt in ground.places()
        if asked[prompt]
    ]
    return scribe.record(spoken)
