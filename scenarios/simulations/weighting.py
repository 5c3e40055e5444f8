"""Ledgers for the reward-weighting report: a pool, labels, preferences, thumbs, signals and two recipes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.accounts.models import Project
from core.ledger import rubrics
from core.tables.statistics import look_again
from scenarios import worlds
from scenarios.simulations.catalog import lay
from scenarios.simulations.conversing import converse
from scenarios.simulations.labelling import label
from scenarios.simulations.people import Eye, Taste, cast
from scenarios.simulations.preferring import prefer, thumbs
from scenarios.simulations.recipes import register

RESPONSES = 4
_FILLED = (
    "catalog_content",
    "catalog_prompt",
    "catalog_response",
    "catalog_poolresponse",
    "catalog_score",
    "catalog_comparison",
    "ledger_actor",
    "ledger_turn",
    "ledger_judgment",
    "ledger_signal",
    "ledger_labelrequest",
)


@dataclass(frozen=True, slots=True)
class Setting:
    """A world and its people: what raters and users like in a pair, when users give a thumb up, how raters see.

    `turns` is how many thumbs are given in conversations, for each prompt, beside those on the answers themselves.
    """

    name: str
    world: worlds.World
    raters: Taste
    users: Taste
    thumbs: Taste
    eye: Eye = Eye()
    turns: float = 0.0


APRIL = Setting(
    name="april",
    world=worlds.APRIL,
    raters=Taste(correct=1.5, sycophantic=-0.25, cold=-0.2, long=0.1),
    users=Taste(correct=0.8, sycophantic=0.55, cold=-0.6, long=0.1, remembered=0.35),
    thumbs=Taste(correct=0.5, sycophantic=0.6, cold=-0.6, remembered=0.3, start=0.2),
)
NULL = Setting(
    name="null",
    world=worlds.NO_LOADING,
    raters=Taste(long=0.1),
    users=Taste(long=0.1),
    thumbs=Taste(start=0.2),
    # With the thumbs on answers, more than twice what the monitors of drift take as their reference.
    turns=3.0,
)


def weighting(setting: Setting) -> Callable[[Project, int, int, Callable[[str], None]], dict[str, int]]:
    """What writes this setting: (project, seed, prompts, say) to the counts of what was written."""

    def write(project: Project, seed: int, prompts: int, say: Callable[[str], None]) -> dict[str, int]:
        rng = np.random.default_rng(seed)
        world = worlds.april(prompts, RESPONSES, rng, world=setting.world)
        say(f"Writing {prompts:,} prompts with {RESPONSES} answers each, and their scores")
        ground = lay(project=project, simulation=setting.name, world=world, rng=rng, note=_note(setting.name, seed))
        rubric = rubrics.default_version(project).pk
        people = cast(project)
        say("Labelling them: experts a random part, raters all")
        counts = {"prompts": prompts, "responses": world.present.size, "scores": world.scores.size}
        counts |= label(ground, people, setting.eye, rubric)
        say("Comparing pairs, and giving thumbs")
        counts |= prefer(ground, people, setting.raters, setting.users, rubric)
        counts |= thumbs(ground, people, setting.thumbs, rubric)
        if setting.turns:
            counts |= converse(ground, people, setting.thumbs, rubric, wanted=round(prompts * setting.turns))
        register(project)
        look_again(*_FILLED)
        return counts

    return write


def _note(name: str, seed: int) -> str:
    return f"Simulated: {name}, seed {seed}. Nothing in it was said by a person or a model."
