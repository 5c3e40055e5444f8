"""Recipes with some of their changes: the ends are the reference and the recipe, and scale does not matter."""

import numpy as np
import pytest

from scenarios.worlds import CHANGED, CHANGES, REFERENCE, SIGNALS, weighed
from stats.mixtures import REST, Change, UnusableRecipe, complete, mixtures, subsets

DECLARED = tuple(Change(name, (name,)) for name in CHANGES)


def test_the_ends_are_the_reference_and_the_recipe() -> None:
    found = mixtures(REFERENCE, CHANGED, DECLARED, SIGNALS)
    assert len(found) == 8
    np.testing.assert_allclose(found[frozenset()], weighed(REFERENCE, SIGNALS))
    np.testing.assert_allclose(found[frozenset(CHANGES)], weighed(CHANGED, SIGNALS))
    np.testing.assert_allclose(found[frozenset({"thumbs"})], np.array([1, 0.35, 0, 0]) / 1.35)


def test_a_recipe_twice_as_large_is_the_same() -> None:
    reference = {"primary": 0.8, "thumbs": 0.1, "fresh": -0.1}
    recipe = {"primary": 0.5, "thumbs": 0.3, "memory": 0.2, "fresh": -0.0625}
    changes = (Change("users", ("thumbs",)), Change("recall", ("memory",)))
    found = mixtures(reference, recipe, changes, SIGNALS)
    np.testing.assert_allclose(found[frozenset()], weighed(reference, SIGNALS), atol=1e-12)
    larger = mixtures({name: 7 * weight for name, weight in reference.items()}, recipe, changes, SIGNALS)
    for some, weights in found.items():
        np.testing.assert_allclose(weights, larger[some])
        assert np.abs(weights).sum() == pytest.approx(1.0)


def test_a_signal_that_moved_unsaid_is_a_change_of_its_own() -> None:
    reference = {"primary": 0.8, "fresh": 0.2}
    recipe = {"primary": 0.5, "fresh": 0.3, "thumbs": 0.2}
    changes = (Change("users", ("thumbs",)),)
    assert complete(reference, recipe, changes) == (*changes, Change(REST, ("fresh",)))
    with pytest.raises(UnusableRecipe, match="no change declares that fresh moved"):
        mixtures(reference, recipe, changes, SIGNALS)
    found = mixtures(reference, recipe, complete(reference, recipe, changes), SIGNALS)
    np.testing.assert_allclose(found[frozenset()], weighed(reference, SIGNALS))
    assert complete(REFERENCE, CHANGED, DECLARED) == DECLARED


def test_where_nothing_stood_still_the_ends_are_right_too() -> None:
    reference, recipe = {"primary": 1.0}, {"thumbs": 0.6, "memory": 0.4}
    changes = complete(reference, recipe, (Change("users", ("thumbs",)),))
    assert changes[1] == Change(REST, ("primary", "memory"))
    found = mixtures(reference, recipe, (*changes[:1], Change("rest", ("primary", "memory"))), SIGNALS)
    np.testing.assert_allclose(found[frozenset()], weighed(reference, SIGNALS))
    np.testing.assert_allclose(found[frozenset({"users", "rest"})], weighed(recipe, SIGNALS))


def test_what_does_not_make_a_recipe_is_named() -> None:
    with pytest.raises(UnusableRecipe, match="no scores of guesses"):
        mixtures(REFERENCE, {**CHANGED, "guesses": 0.1}, DECLARED, SIGNALS)
    with pytest.raises(UnusableRecipe, match="one change only"):
        mixtures(REFERENCE, CHANGED, (*DECLARED, Change("again", ("thumbs",))), SIGNALS)
    with pytest.raises(UnusableRecipe, match="one of them is not 0"):
        mixtures({}, {"thumbs": 1.0}, (Change("users", ("thumbs",)),), SIGNALS)


def test_subsets_are_all_there_and_the_smaller_come_first() -> None:
    found = subsets("abc")
    assert len(set(found)) == 8
    assert [len(some) for some in found] == [0, 1, 1, 1, 2, 2, 2, 3]
