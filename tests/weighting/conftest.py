"""Projects with a pool of the April world, and a way to ask for their report."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from benchmarks._pools import plant, recipe, signals
from scenarios.worlds import CHANGED, CHANGES, REFERENCE, april

KINDS = {"primary": "reward_model", "thumbs": "thumbs", "memory": "reward_model", "fresh": "reward_model"}


def recipes(project: Any) -> None:
    """The signals of April, the reference, pinned, and the recipe with three changes."""
    signals(project, KINDS)
    recipe(project, "good", {key: weight for key, weight in REFERENCE.items() if weight}, pin=True)
    recipe(project, "april", CHANGED, [{"name": change, "signals": [change]} for change in CHANGES])


@pytest.fixture
def april_in() -> Callable[..., Any]:
    """Writes the April world of so many prompts into a project; returns the stored pool."""

    def write(project: Any, prompts: int = 800, **options: Any) -> Any:
        recipes(project)
        return plant(project, april(prompts, 4, np.random.default_rng(7)), **options)

    return write


@pytest.fixture
def report() -> Callable[..., Any]:
    """What `report weighting --json` prints."""

    def ask(*options: str, project: str = "demo") -> Any:
        out = StringIO()
        call_command("report", "weighting", "--project", project, "--json", *options, stdout=out)
        return json.loads(out.getvalue())

    return ask
