"""Simulations by name: each writes a synthetic ledger of known truth into a project, once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from core.accounts import audit
from core.accounts.models import AuditEvent, Project, User
from core.catalog.parts import lock
from scenarios.simulations import trying as trials
from scenarios.simulations.drifting import CHANGES, SIZE, drifting
from scenarios.simulations.trying import both, trying
from scenarios.simulations.weighting import APRIL, NULL, weighting

WRITTEN = "simulation.written"

Say = Callable[[str], None]


class SimulationRefused(Exception):
    """Nothing was written; the message is one line for people."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """`write(project, seed, size, say)` does it in the caller's transaction and counts what it wrote; `size` is in
    `unit`. `pool` says whether it makes a pool of its name."""

    name: str
    about: str
    size: int
    unit: str
    write: Callable[[Project, int, int, Say], dict[str, int]]
    pool: bool = False


@dataclass(frozen=True, slots=True)
class Simulated:
    """What is in the project now; `new` says whether this call wrote it."""

    name: str
    seed: int
    size: int
    new: bool
    counts: dict[str, int]


SIMULATIONS: dict[str, Simulation] = {
    one.name: one
    for one in (
        Simulation(
            "april",
            "three signals that each cost a little of what holds sycophancy in check, and too much together, and a "
            "live experiment whose candidate is liked for its flattery",
            1_500,
            "prompts",
            both(weighting(APRIL), trying(trials.APRIL)),
            pool=True,
        ),
        Simulation(
            "null",
            "the same signals, none of which rewards correctness, warmth or sycophancy, and a live experiment between "
            "equals",
            4_000,
            "prompts",
            both(weighting(NULL), trying(trials.NULL)),
            pool=True,
        ),
        *(Simulation(one.name, one.about, SIZE, "thumbs", drifting(one)) for one in CHANGES),
    )
}


def simulate(
    *,
    project: Project,
    name: str,
    seed: int,
    size: int | None = None,
    who: User | None = None,
    say: Say = lambda line: None,
) -> Simulated:
    """Write the simulation `name` into the project: all of it or nothing. Again with the same seed, nothing is added.

    Raises SimulationRefused for a name that is not known, and where the project has it with another seed or size.
    """
    simulation = SIMULATIONS.get(name)
    if simulation is None:
        raise SimulationRefused(f"There is no simulation {name!r}; there are {', '.join(SIMULATIONS)}.")
    asked = {"seed": seed, "size": simulation.size if size is None else size}
    with transaction.atomic():
        # Whoever simulates at the same time waits here, and then finds it written.
        lock(project)
        written = _written(project, name)
        if written is not None:
            return _again(simulation, written, asked)
        counts = simulation.write(project, seed, asked["size"], say)
        audit.record(project=project, who=who, verb=WRITTEN, object=name, data={**asked, "counts": counts})
    return Simulated(name=name, **asked, new=True, counts=counts)


def _written(project: Project, name: str) -> dict[str, Any] | None:
    event = AuditEvent.objects.filter(project=project, verb=WRITTEN, object=name).first()
    return event.data if event is not None else None


def _again(simulation: Simulation, written: dict[str, Any], asked: dict[str, int]) -> Simulated:
    there = {key: int(written[key]) for key in asked}
    if there != asked:
        raise SimulationRefused(
            f"The project has the simulation {simulation.name} with the seed {there['seed']} and {there['size']:,} "
            f"{simulation.unit}; what was said cannot be said again otherwise. Simulate into another project."
        )
    return Simulated(name=simulation.name, **there, new=False, counts=written["counts"])
