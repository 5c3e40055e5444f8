"""What is preferred in pairs by raters and by users, and what users give a thumb, asked and unasked."""

from uuid import UUID

import numpy as np
from scipy.special import expit

from core.catalog.adding import NewComparison, add_comparisons
from core.ledger.models import Judgment
from core.ledger.recording import Said, Subject
from scenarios.simulations.catalog import new_prompt, new_response
from scenarios.simulations.people import Cast, Taste
from scenarios.simulations.writing import Ground, Scribe
from stats.pools import Array

PAIRS_PER_PROMPT = 2
ASKED_SHARE, UNASKED_PER_RESPONSE = 1 / 3, 0.5
# How much likelier somebody leaves a thumb unasked who was flattered and liked it: what makes such thumbs a bad guide.
FLATTERED_AND_HAPPY = 3.0
# From this size of the difference in odds on a preference is 2 and 3 steps strong.
_STEPS = (0.8, 1.8)


def prefer(ground: Ground, cast: Cast, raters: Taste, users: Taste, rubric: UUID) -> dict[str, int]:
    """Compare two pairs of each prompt, each by one rater and one user; returns how many pairs and judgments."""
    pairs = _pairs(ground)
    added = add_comparisons(
        project=ground.project,
        rows=[
            NewComparison(
                prompt=new_prompt(ground, prompt),
                first=new_response(ground, first, prompt),
                second=new_response(ground, second, prompt),
            )
            for prompt, first, second in pairs
        ],
        source=ground.simulation,
    )
    ids = [one.id for one in added]
    said = {
        "rater_preferences": (Scribe(ground, "pair", Judgment.Source.RATING, rubric), cast.raters, raters),
        "user_preferences": (Scribe(ground, "side", Judgment.Source.LIVE, rubric), cast.users, users),
    }
    counts = {name: _judge(ground, pairs, ids, *each) for name, each in said.items()}
    return {"comparisons": len(pairs), **counts}


def thumbs(ground: Ground, cast: Cast, users: Taste, rubric: UUID) -> dict[str, int]:
    """Thumbs of users on single answers: a random third is asked for one, others come by themselves."""
    up = expit(users.start + liking(ground, users))
    scribe = Scribe(ground, "thumb", Judgment.Source.LIVE, rubric)
    spoken = []
    for place, prompt in ground.places():
        happy = ground.known("sycophancy")[place, prompt] == 1
        events = [(True, float(up[place, prompt]))] if ground.rng.random() < ASKED_SHARE else []
        events += [(False, float(up[place, prompt]))] * int(ground.rng.poisson(UNASKED_PER_RESPONSE))
        for solicited, chance in events:
            value = left(ground, solicited, happy, chance)
            if value is not None:
                spoken.append(
                    scribe.says(
                        cast.users[int(ground.rng.integers(len(cast.users)))],
                        Subject(response=ground.responses[place][prompt]),
                        [Said("thumb", value)],
                        prompt,
                        solicited=solicited,
                        segment_key=ground.segment(prompt),
                    )
                )
    return {"thumbs": scribe.record(spoken)}


def left(ground: Ground, solicited: bool, happy: bool, chance: float) -> int | None:
    """The thumb that somebody leaves who is asked for one or not, or None."""
    value = 1 if ground.rng.random() < chance else -1
    leaves = 1.0 if solicited or (happy and value == 1) else 1 / FLATTERED_AND_HAPPY
    return value if ground.rng.random() < leaves else None


def _pairs(ground: Ground) -> list[tuple[int, int, int]]:
    """(prompt, first, second): of each prompt some of its pairs, the sides in a random order."""
    m = ground.world.present.shape[0]
    every = [(one, two) for one in range(m) for two in range(m) if one < two]
    drawn = []
    for prompt in range(ground.world.prompts):
        for n in ground.rng.permutation(len(every))[:PAIRS_PER_PROMPT]:
            one, two = every[int(n)]
            drawn.append((prompt, one, two) if ground.rng.random() < 0.5 else (prompt, two, one))
    return drawn


def _judge(
    ground: Ground,
    pairs: list[tuple[int, int, int]],
    ids: list[UUID],
    scribe: Scribe,
    actors: list[UUID],
    taste: Taste,
) -> int:
    odds = liking(ground, taste)
    spoken = []
    for (prompt, first, second), comparison in zip(pairs, ids, strict=True):
        # The sign of a difference with logistic noise: the first is preferred with probability expit(difference).
        felt = float(odds[first, prompt] - odds[second, prompt] + ground.rng.logistic())
        strength = 1 + sum(abs(felt) > step for step in _STEPS)
        shown = first if ground.rng.random() < 0.5 else second
        spoken.append(
            scribe.says(
                actors[int(ground.rng.integers(len(actors)))],
                Subject(comparison=comparison),
                [Said("overall", -strength if felt > 0 else strength)],
                prompt,
                shown_first=ground.responses[shown][prompt],
                segment_key=ground.segment(prompt),
            )
        )
    return scribe.record(spoken)


def liking(ground: Ground, taste: Taste) -> Array:
    """(m, P) how much each answer is to somebody's taste, in log odds."""
    sycophantic = ground.known("sycophancy")
    liked: Array = (
        taste.correct * ground.known("correctness")
        + (taste.sycophantic + taste.remembered * ground.memory) * sycophantic
        + taste.cold * ground.known("coldness")
        + taste.long * np.tanh(ground.known("length"))
    )
    return liked
