from collections.abc import Callable
from typing import Any

import pytest

from reports.models import RecipeVersion
from reports.recipes import add_version
from reports.registry import register_signal
from stats.mixtures import Change

SIGNALS = {"primary": 1, "thumbs": 1, "memory": 1, "verbosity": -1}


@pytest.fixture
def signals(project: Any) -> None:
    for key, direction in SIGNALS.items():
        register_signal(
            project=project,
            who=None,
            key=key,
            name=key.title(),
            kind="thumbs" if key == "thumbs" else "reward_model",
            direction=direction,
            is_brake=key == "primary",
        )


@pytest.fixture
def version(project: Any, signals: None) -> Callable[..., RecipeVersion]:
    def make(
        recipe: str = "spring", changes: tuple[Change, ...] = (), who: Any = None, **weights: Any
    ) -> RecipeVersion:
        return add_version(
            project=project, who=who, recipe=recipe, weights=weights or {"primary": 1.0}, changes=changes
        )

    return make
