"""Each check of recipes sees the row that breaks it."""

from collections.abc import Callable

from core.tables.verification import checks
from reports.models import Recipe, RecipeVersion, RewardSignal

WEIGHTS = "the weights of every recipe sum to 1 and are of registered signals"
NUMBERS = "the versions of every recipe are numbered without a gap"
Make = Callable[..., RecipeVersion]


def found(name: str) -> list[tuple[str, str]]:
    return [(finding.row, finding.message) for finding in checks()[name]()]


def test_recipes_made_by_their_own_functions_are_clean(version: Make) -> None:
    version(primary=1 / 3, thumbs=1 / 3, memory=1 / 3)
    version(primary=0.7, verbosity=-0.3)
    assert (found(WEIGHTS), found(NUMBERS)) == ([], [])


def test_weights_that_do_not_sum_are_named(version: Make) -> None:
    made = version()
    bad = RecipeVersion.objects.create(
        project=made.project, recipe=made.recipe, number=2, weights={"primary": 0.5, "verbosity": -0.4}
    )
    assert found(WEIGHTS) == [(str(bad.pk), "its weights sum to 0.9; not registered: ")]


def test_weights_of_a_signal_that_is_gone_are_named(version: Make) -> None:
    made = version(primary=0.5, thumbs=0.5)
    RewardSignal.objects.filter(key="thumbs").delete()
    assert found(WEIGHTS) == [(str(made.pk), "its weights sum to 1.0; not registered: thumbs")]


def test_a_missing_version_is_named(version: Make) -> None:
    made = version()
    RecipeVersion.objects.create(project=made.project, recipe=made.recipe, number=3, weights={"primary": 1})
    assert found(NUMBERS) == [(str(Recipe.objects.get().pk), "it has 2 versions, the last of which is number 3")]
