"""Conversations in which answers of a pool came up, with thumbs on them: like those on the answers themselves."""

from dataclasses import dataclass
from uuid import UUID

from scipy.special import expit

from core.catalog.models import Bundle
from core.ledger.bulk import Spoken
from core.ledger.models import Judgment
from core.ledger.recording import Said, Subject
from core.ledger.turns import NewTurn, add_turns
from scenarios.simulations.people import Cast, Taste
from scenarios.simulations.preferring import ASKED_SHARE, left, liking
from scenarios.simulations.writing import Ground, Scribe

_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class _Given:
    """A thumb on the response at this place of a prompt."""

    place: int
    prompt: int
    solicited: bool
    value: int


def converse(ground: Ground, cast: Cast, users: Taste, rubric: UUID, *, wanted: int) -> dict[str, int]:
    """Write so many turns with a thumb each in the caller's transaction; returns how many."""
    bundle = Bundle.objects.get(project=ground.project, name=f"{ground.simulation}-base").pk
    scribe = Scribe(ground, "turn", Judgment.Source.LIVE, rubric)
    given = _given(ground, users, wanted)
    for start in range(0, wanted, _AT_ONCE):
        part = given[start : start + _AT_ONCE]
        turns = add_turns(
            project=ground.project,
            turns=[_turn(ground, one, bundle, start + n + 1) for n, one in enumerate(part)],
        )
        scribe.record([_thumb(ground, scribe, cast, one, turn) for one, turn in zip(part, turns, strict=True)])
    return {"turns": wanted}


def _given(ground: Ground, users: Taste, wanted: int) -> list[_Given]:
    up = expit(users.start + liking(ground, users))
    sycophantic, m = ground.known("sycophancy"), ground.world.present.shape[0]
    given: list[_Given] = []
    while len(given) < wanted:
        place, prompt = int(ground.rng.integers(m)), int(ground.rng.integers(ground.world.prompts))
        solicited = bool(ground.rng.random() < ASKED_SHARE)
        value = left(ground, solicited, bool(sycophantic[place, prompt] == 1), float(up[place, prompt]))
        if value is not None:
            given.append(_Given(place, prompt, solicited, value))
    return given


def _turn(ground: Ground, one: _Given, bundle: UUID, number: int) -> NewTurn:
    return NewTurn(
        conversation=f"simulate:{ground.simulation}:{number}",
        n=1,
        response=ground.responses[one.place][one.prompt],
        bundle=bundle,
        memory="on" if ground.memory[one.prompt] else "off",
        segment={"segment": ground.segment(one.prompt)},
        label_probability=1.0,
    )


def _thumb(ground: Ground, scribe: Scribe, cast: Cast, one: _Given, turn: UUID) -> Spoken:
    return scribe.says(
        cast.users[int(ground.rng.integers(len(cast.users)))],
        Subject(turn=turn),
        [Said("thumb", one.value)],
        one.prompt,
        solicited=one.solicited,
        segment_key=ground.segment(one.prompt),
    )
