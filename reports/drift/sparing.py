"""Recipes without users' thumbs: a new version of each recipe whose version in force rewards them."""

import math
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from core.accounts.models import Project, User
from reports.models import Recipe, RecipeVersion, RewardSignal
from reports.recipes import add_version, changes_of


def spare_recipes(*, project: Project, who: User | None, note: str) -> dict[str, Any]:
    """Add a version to every recipe that weighs thumbs, in which they weigh 0 and all else what it did, scaled to 1.

    Returns {"recipes": {name: number of the new version}, "only_thumbs": [names of those that hold nothing else, which
    stay as they are]}.
    """
    made, left = {}, []
    with transaction.atomic():
        # All of them first: the first version that is added holds the audit trail until the end.
        list(Recipe.objects.select_for_update(no_key=True).filter(project=project).order_by("pk"))
        for newest, weights in _weighing(project):
            name = newest.recipe.name
            if weights is None:
                left.append(name)
                continue
            version = add_version(
                project=project, who=who, recipe=name, weights=weights, changes=changes_of(newest), note=note
            )
            made[name] = version.number
    return {"recipes": made, "only_thumbs": left}


def recipes_to_spare(project: Project) -> list[str]:
    """The names of the recipes in force that weigh thumbs beside something else, in order."""
    return sorted(newest.recipe.name for newest, weights in _weighing(project) if weights is not None)


def _weighing(project: Project) -> list[tuple[RecipeVersion, dict[str, float] | None]]:
    """The versions in force that weigh thumbs, each with its weights without them; None where nothing is left."""
    thumbs = set(
        RewardSignal.objects.filter(project=project, kind=RewardSignal.Kind.THUMBS).values_list("key", flat=True)
    )
    versions = RecipeVersion.objects.filter(recipe__project=project).select_related("recipe")
    newest = versions.order_by("recipe_id", "-number").distinct("recipe_id")
    return [(one, without(one.weights, thumbs)) for one in newest if any(one.weights.get(key) for key in thumbs)]


def without(weights: Mapping[str, float], keys: set[str]) -> dict[str, float] | None:
    """The weights with 0 for these keys and the others scaled to sum to 1 in absolute value; None if none is left."""
    total = math.fsum(abs(weight) for key, weight in weights.items() if key not in keys)
    if not total:
        return None
    return {key: 0.0 if key in keys else weight / total for key, weight in weights.items()}
