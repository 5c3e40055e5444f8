"""Which of the declared changes brought how much of the shift, and what the cumulative budget has seen."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from reports.models import RecipeVersion
from reports.recipes import changes_of
from reports.weighting.ground import Ground
from reports.weighting.wanting import Missing
from stats.attribution import MOST_EXACT, budget_line, leave_one_out, mobius, sampled_shapley, shapley
from stats.intervals import Estimate, interval
from stats.mixtures import Change, complete, mixture, mixtures
from stats.pools import Array, Whole, known
from stats.verdicts import verdict

_ORDERS = 64
_RELEASES = 12
"""So many versions at most stand on the budget's line."""


def lattice(ground: Ground) -> dict[str, Any]:
    """Every mixture of the changes, each change's part of the shift, and the interactions."""
    changes = declared(ground)
    if not changes:
        raise Missing(_("The recipe is the reference, so there is no change to attribute a shift to."))
    if len(changes) > MOST_EXACT:
        return {"changes": _sampled(ground, changes)}
    reference, recipe = ground.named(ground.reference), ground.named(ground.recipe)
    mixed = mixtures(reference, recipe, changes, ground.pool.signals)
    moved = {inside: ground.mover.difference(weights, ground.reference, ground.kl) for inside, weights in mixed.items()}
    names = [change.name for change in changes]
    column = ground.mover.of("sycophancy")
    values = {inside: value[:, column] for inside, value in moved.items()}
    brought, left = shapley(values, names), leave_one_out(values, names)
    return {
        "changes": [
            _change(ground, change, values[frozenset({change.name})], brought[change.name], left[change.name])
            for change in changes
        ],
        "lattice": [_mixture(ground, names, inside, value) for inside, value in moved.items()],
        "interactions": [
            {"changes": _ordered(names, inside), "estimate": _estimate(ground, value).as_json()}
            for inside, value in mobius(values, names).items()
            if len(inside) > 1
        ],
    }


def releases(ground: Ground) -> dict[str, Any]:
    """The cumulative budget line: the recipe's versions since the reference was made, or its changes one by one."""
    steps = _versions(ground) or _successive(ground)
    column = ground.mover.of("sycophancy")
    values = [ground.mover.difference(weights, ground.reference, ground.kl)[:, column] for _step, weights in steps]
    line = budget_line(np.stack(values), _clusters(ground, "sycophancy"))
    return {
        "budget": [
            {**step, "cumulative": at.cumulative.as_json(), "step": at.step.as_json()}
            for (step, _weights), at in zip(steps, line, strict=True)
        ]
    }


def declared(ground: Ground) -> tuple[Change, ...]:
    """The changes that the recipe declares, and one more for signals that moved without being declared."""
    changes = changes_of(ground.found.the_recipe())
    return complete(ground.named(ground.reference), ground.named(ground.recipe), changes)


def _change(ground: Ground, change: Change, alone: Array, brought: Array, left: Array) -> dict[str, Any]:
    shift = _estimate(ground, alone)
    said = verdict(shift, float(ground.found.budget.sycophancy))
    return {
        "name": change.name,
        "signals": list(change.signals),
        "alone": {"sycophancy": shift.as_json(), "verdict": said.answer},
        "left_out": _estimate(ground, left).as_json(),
        "shapley": _estimate(ground, brought).as_json(),
    }


def _mixture(ground: Ground, names: Sequence[str], inside: frozenset[str], value: Array) -> dict[str, Any]:
    said: dict[str, Any] = {"changes": _ordered(names, inside), "sycophancy": None, "correctness": None}
    for outcome in ("sycophancy", "correctness"):
        if outcome in ground.pool.outcomes:
            said[outcome] = _estimate(ground, value[:, ground.mover.of(outcome)], outcome).as_json()
    return said


def _sampled(ground: Ground, changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Each change's part from random orders, where there are too many for all mixtures."""
    reference, recipe = ground.named(ground.reference), ground.named(ground.recipe)
    column = ground.mover.of("sycophancy")

    def value(inside: frozenset[str]) -> Array:
        weights = mixture(reference, recipe, changes, ground.pool.signals, inside)
        return ground.mover.difference(weights, ground.reference, ground.kl)[:, column]

    names = [change.name for change in changes]
    everyone = frozenset(names)
    rng = np.random.default_rng([ground.seed, 2])
    brought, _error = sampled_shapley(value, names, orders=_ORDERS, rng=rng)
    return [
        _change(
            ground,
            change,
            value(frozenset({change.name})),
            brought[change.name],
            value(everyone) - value(everyone - {change.name}),
        )
        for change in changes
    ]


def _versions(ground: Ground) -> list[tuple[dict[str, Any], Array]]:
    """The versions of the recipe that came after the reference, up to the report's own; none if it is the first."""
    recipe, reference = ground.found.the_recipe(), ground.found.the_reference()
    later = RecipeVersion.objects.filter(
        recipe=recipe.recipe_id, number__lte=recipe.number, pk__gt=reference.version_id
    ).order_by("-number")[:_RELEASES]
    signals = set(ground.pool.signals)
    steps = [
        ({"recipe": recipe.recipe.name, "version": one.number, "changes": []}, ground.weighed(one.weights))
        for one in reversed(later)
        if {key for key, weight in one.weights.items() if weight} <= signals
    ]
    return steps if len(steps) > 1 else []


def _successive(ground: Ground) -> list[tuple[dict[str, Any], Array]]:
    """The recipe's changes as if each had been released after the one declared before it."""
    recipe, changes = ground.found.the_recipe(), declared(ground)
    before, after = ground.named(ground.reference), ground.named(ground.recipe)
    steps = []
    for n in range(1, len(changes) + 1):
        names = [change.name for change in changes[:n]]
        said = {"recipe": recipe.recipe.name, "version": recipe.number, "changes": names}
        steps.append((said, mixture(before, after, changes, ground.pool.signals, names)))
    return steps or [
        ({"recipe": recipe.recipe.name, "version": recipe.number, "changes": []}, ground.recipe),
    ]


def _estimate(ground: Ground, values: Array, outcome: str = "sycophancy") -> Estimate:
    return interval(float(values[0]), values[1:], _clusters(ground, outcome))


def _clusters(ground: Ground, outcome: str) -> Whole:
    found: Whole = ground.pool.clusters[known(ground.pool)[ground.mover.of(outcome)]]
    return found


def _ordered(names: Sequence[str], inside: frozenset[str]) -> list[str]:
    return [name for name in names if name in inside]
