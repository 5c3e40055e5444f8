"""A world of arrays as rows: where each response of it lies in the catalog, and what is said of it in the ledger."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from core.accounts.models import Project
from core.ledger.bulk import Spoken
from core.ledger.recording import Said, Subject
from scenarios.simulations.speaking import Pen
from stats.pools import Array, Mask, Pool

# Said in April, whenever it is simulated: the same seed gives the same ledger.
BEGIN, DAYS = datetime(2025, 4, 1, 8, tzinfo=UTC), 24


@dataclass(frozen=True, eq=False)
class Ground:
    """A world and where its responses are: `responses` has their ids as (m, P)."""

    project: Project
    simulation: str
    world: Pool
    responses: list[list[UUID]]
    rng: np.random.Generator

    def known(self, outcome: str) -> Array:
        """(m, P) what is true of each response."""
        row: Array = self.world.values[self.world.outcomes.index(outcome)]
        return row

    @property
    def memory(self) -> Mask:
        return self.world.slices["memory:on"]

    def segment(self, prompt: int) -> str:
        """The segment whose users ask this prompt."""
        return _member(self.world, "segment:", prompt)

    def domain(self, prompt: int) -> str:
        return _member(self.world, "domain:", prompt)

    def places(self) -> Iterator[tuple[int, int]]:
        """(response's place, prompt) of every response, prompt after prompt."""
        for prompt in range(self.world.prompts):
            for place in range(self.world.present.shape[0]):
                yield place, prompt


def _member(world: Pool, kind: str, prompt: int) -> str:
    return next(
        name.removeprefix(kind) for name, mask in world.slices.items() if name.startswith(kind) and mask[prompt]
    )


class Scribe:
    """Records what is said about answers to the world's prompts, each at some moment of its days."""

    def __init__(self, ground: Ground, kind: str, source: str, rubric: UUID) -> None:
        self._ground, self._pen = ground, Pen(ground.project, ground.simulation, kind, source, rubric)

    def says(self, actor: UUID, subject: Subject, said: Iterable[Said], prompt: int, **context: Any) -> Spoken:
        """One judgment about an answer to this prompt. `context` may name shown_first, solicited and segment_key."""
        at = BEGIN + timedelta(days=DAYS) * float(self._ground.rng.random())
        memory = "on" if self._ground.memory[prompt] else "off"
        return self._pen.says(actor, subject, said, at, memory=memory, **context)

    def record(self, spoken: Sequence[Spoken]) -> int:
        """Write these in the caller's transaction; returns how many there are."""
        return self._pen.record(spoken)
