"""Attribution: the axioms, every order counted out, and a budget that successive releases use up."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.attribution import budget_line, leave_one_out, mobius, sampled_shapley, shapley
from stats.mixtures import subsets

PLAYERS = ("a", "b", "c", "d")
games = st.lists(st.floats(-5, 5), min_size=16, max_size=16).map(
    lambda values: dict(zip(subsets(PLAYERS), map(np.array, values), strict=True))
)


def by_every_order(values: dict, players: tuple) -> dict:
    total = dict.fromkeys(players, 0.0)
    orders = list(permutations(players))
    for order in orders:
        for place, player in enumerate(order):
            total[player] += values[frozenset(order[: place + 1])] - values[frozenset(order[:place])]
    return {player: gained / len(orders) for player, gained in total.items()}


@settings(deadline=None, max_examples=40)
@given(games)
def test_shapley_is_the_mean_over_all_orders_and_shares_out_everything(values: dict) -> None:
    found = shapley(values, PLAYERS)
    for player, gained in by_every_order(values, PLAYERS).items():
        assert found[player] == pytest.approx(gained, abs=1e-12)
    assert sum(found.values()) == pytest.approx(values[frozenset(PLAYERS)] - values[frozenset()], abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(games)
def test_a_dummy_gets_nothing_and_equals_get_the_same(values: dict) -> None:
    dummy = {some: values[some - {"d"}] for some in subsets(PLAYERS)}
    assert shapley(dummy, PLAYERS)["d"] == pytest.approx(0, abs=1e-12)
    # a and b may be exchanged.
    fair = {
        some: values[frozenset(sorted(some & {"c", "d"})) | frozenset("ab"[: len(some & {"a", "b"})])]
        for some in values
    }
    found = shapley(fair, PLAYERS)
    assert found["a"] == pytest.approx(found["b"], abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(games)
def test_interactions_sum_to_what_they_came_from(values: dict) -> None:
    found = mobius(values, PLAYERS)
    for some in subsets(PLAYERS):
        within = sum(found[part] for part in subsets(some) if part)
        assert values[frozenset()] + within == pytest.approx(values[some], abs=1e-10)
    shared = {player: sum(each / len(some) for some, each in found.items() if player in some) for player in PLAYERS}
    for player, gained in shapley(values, PLAYERS).items():
        assert gained == pytest.approx(shared[player], abs=1e-10)


def test_rounds_are_attributed_like_estimates() -> None:
    rng = np.random.default_rng(2)
    rounds = {some: rng.normal(size=30) for some in subsets(PLAYERS)}
    whole = shapley(rounds, PLAYERS)
    seventh = shapley({some: values[7] for some, values in rounds.items()}, PLAYERS)
    assert {player: values[7] for player, values in whole.items()} == pytest.approx(seventh)
    without = leave_one_out(rounds, PLAYERS)
    np.testing.assert_allclose(without["b"], rounds[frozenset("abcd")] - rounds[frozenset("acd")])


def test_sampled_orders_come_near_and_say_how_near() -> None:
    rng = np.random.default_rng(4)
    players = tuple("abcdefghij")
    worth = dict(zip(players, rng.normal(size=10), strict=True))

    def value(some: frozenset[str]) -> np.ndarray:
        return np.array([sum(worth[one] for one in some), len(some) ** 2 + 3 * ({"a", "b", "c"} <= some)])

    found, error = sampled_shapley(value, players, orders=400, rng=rng)
    for player in players:
        assert found[player][0] == pytest.approx(worth[player])
        exact = 10 + 1 * (player in "abc")
        assert abs(found[player][1] - exact) <= 4 * error[player][1] + 1e-9
    assert 0 < error["a"][1] < 0.2
    assert sum(each[1] for each in found.values()) == pytest.approx(103)
    with pytest.raises(ValueError, match="even number"):
        sampled_shapley(value, players, orders=3, rng=rng)


def test_a_missing_subset_is_named() -> None:
    values = {some: np.array(1.0) for some in subsets(PLAYERS) if some != frozenset("ab")}
    with pytest.raises(ValueError, match=r"no value for \['a', 'b'\]"):
        shapley(values, PLAYERS)


def test_the_budgets_line_counts_from_the_reference() -> None:
    noise = np.random.default_rng(3).normal(0, 0.002, (1, 300))
    values = np.concatenate([[[0.03], [0.06], [0.09]], np.array([[0.03], [0.06], [0.09]]) + noise], axis=1)
    line = budget_line(values, np.arange(50))
    assert [round(one.cumulative.estimate, 6) for one in line] == [0.03, 0.06, 0.09]
    assert [round(one.step.estimate, 6) for one in line] == [0.03] * 3
    # The same rounds: what two releases share takes no part in the step.
    assert line[2].step.high - line[2].step.low < 1e-9
    assert line[2].cumulative.high > 0.092
