"""A world in the catalog: its prompts and answers in words, and its pool with the scores."""

from uuid import UUID

import numpy as np

from core.accounts.models import Project
from core.catalog.parts import NewPrompt, NewResponse
from core.catalog.pools import NewPoolRow, add_to_pool, get_or_create_pool
from scenarios.simulations import wording
from scenarios.simulations.writing import Ground
from stats.pools import Pool

_AT_ONCE = 1_000


def lay(*, project: Project, simulation: str, world: Pool, rng: np.random.Generator, note: str) -> Ground:
    """Write the world as the pool of this name, in the caller's transaction, and return where its responses are."""
    pool = get_or_create_pool(project=project, name=simulation, note=note)
    responses: list[list[UUID]] = [[] for _ in range(world.present.shape[0])]
    ground = Ground(project=project, simulation=simulation, world=world, responses=responses, rng=rng)
    for start in range(0, world.prompts, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, world.prompts))
        for added in add_to_pool(pool=pool, rows=[_row(ground, number) for number in numbers]):
            for place, pk in enumerate(added.responses):
                responses[place].append(pk)
    return ground


def new_prompt(ground: Ground, number: int) -> NewPrompt:
    """A prompt of the world, with its description."""
    asked = _asked(ground, number)
    return NewPrompt(
        messages=wording.prompt(ground.simulation, asked),
        premise="false" if asked.false_premise else "true",
        domain=(asked.domain,),
        memory="on" if ground.memory[number] else "off",
    )


def new_response(ground: Ground, place: int, number: int) -> NewResponse:
    """An answer of the world; all were written by one bundle, the base policy."""
    manner = wording.Manner(
        sycophantic=bool(ground.known("sycophancy")[place, number]),
        correct=bool(ground.known("correctness")[place, number]),
        cold=bool(ground.known("coldness")[place, number]),
        length=float(ground.known("length")[place, number]),
    )
    return NewResponse(bundle=f"{ground.simulation}-base", text=wording.answer(_asked(ground, number), place, manner))


def _asked(ground: Ground, number: int) -> wording.Asked:
    false = bool(ground.world.slices["premise:false"][number])
    return wording.Asked(number=number + 1, domain=ground.domain(number), false_premise=false)


def _row(ground: Ground, number: int) -> NewPoolRow:
    world, places = ground.world, range(ground.world.present.shape[0])
    return NewPoolRow(
        prompt=new_prompt(ground, number),
        responses=tuple(new_response(ground, place, number) for place in places),
        scores=tuple(
            {signal: float(world.scores[k, place, number]) for k, signal in enumerate(world.signals)}
            for place in places
        ),
    )
