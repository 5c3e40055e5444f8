"""Quirk cards: what changes nothing, what each number means, and a sentence for everything that is missing."""

import json
from dataclasses import replace

import numpy as np
import pytest

from scenarios.worlds import april
from stats.clustering import Way, robust
from stats.effects import ratio
from stats.goldward import toward_gold
from stats.logistic import fit
from stats.mixed import mixed_pair_bias
from stats.poolpairs import pool_pairs
from stats.pools import Pool, UnusableSignal
from stats.preferences import LABELS, Pairs, Thumbs, pair_rows
from stats.quirks import Card, card, empty_card
from stats.sufficiency import InsufficientData
from stats.thumbing import thumb_card
from tests.pair_worlds import People, choices, thumbs


def world(n: int = 1500, seed: int = 3) -> Pairs:
    return choices(n, People(60), np.random.default_rng(seed))


def scored_card(signal: str, pool: Pool) -> Card:
    try:
        return card(signal, pool_pairs(pool, signal))
    except UnusableSignal as refused:
        return empty_card(refused)


def numbers(found: Card) -> np.ndarray:
    known = [e for e in (*found.coefficients.values(), *found.effects.values()) if e]
    assert len(known) == 12
    assert found.exchange_rate is not None
    assert found.mixed_pairs is not None
    return np.array(
        [(e.estimate, e.low, e.high) for e in (*known, found.exchange_rate, found.mixed_pairs)], dtype=float
    )


def test_which_response_is_called_the_first_changes_nothing() -> None:
    pairs = world()
    some = np.random.default_rng(1).random(1500) < 0.5
    for which in (some, np.ones(1500, dtype=bool)):
        assert numbers(card("s", pairs.exchanged(which))) == pytest.approx(numbers(card("s", pairs)), abs=1e-7)


def test_preferring_the_other_response_changes_signs_and_nothing_else() -> None:
    pairs = world()
    found, turned = numbers(card("s", pairs)), numbers(card("s", replace(pairs, outcome=1 - pairs.outcome)))
    rate = -2
    for row, (one, other) in enumerate(zip(found, turned, strict=True)):
        mirrored = one if row == len(found) + rate else -one[[0, 2, 1]]
        assert other == pytest.approx(mirrored, abs=1e-7)


def test_saying_everything_twice_makes_nothing_surer() -> None:
    pairs = world(600)
    twice = pairs.where(np.ones(600, dtype=bool))
    twice = Pairs(
        {name: np.tile(column, 2) for name, column in twice.deltas.items()},
        *(np.tile(getattr(twice, name), 2) for name in ("outcome", "prompt", "chooser", "position", "memory")),
    )
    one, two = card("s", pairs), card("s", twice)
    for name, estimate in one.coefficients.items():
        other = two.coefficients[name]
        assert estimate is not None
        assert other is not None
        assert (other.estimate, other.low) == pytest.approx((estimate.estimate, estimate.low), abs=1e-6)


def test_effects_are_the_mean_change_of_the_chance_in_points() -> None:
    pairs = world()
    found = card("s", pairs)
    rows = pair_rows(pairs)
    b, step = fit(rows.design).coefficients, 1e-5
    for name, moved in (("correct", {"correct": 1.0}), ("cold", {"cold": 1.0}), ("sycophantic", {"sycophantic": 1.0})):
        x = rows.design.x.copy()
        for column in moved:
            x[:, rows.design.names.index(column)] += step
        if name == "sycophantic":
            assert pairs.memory is not None
            x[:, rows.design.names.index("memory_sycophantic")] += step * pairs.memory
        chance = [1 / (1 + np.exp(-at @ b)) for at in (rows.design.x, x)]
        effect = found.effects[name]
        assert effect is not None
        assert effect.estimate == pytest.approx(100 * (chance[1] - chance[0]).mean() / step, rel=1e-3)


def test_errors_of_effects_follow_from_those_of_coefficients() -> None:
    """The delta method with slopes by small steps."""
    pairs = world()
    assert pairs.chooser is not None
    design = pair_rows(pairs).design
    fitted = fit(design)
    sure = robust(design, fitted, [Way("choosers", pairs.chooser)])
    at = design.names.index("correct")

    def effect(b: np.ndarray) -> float:
        chance = 1 / (1 + np.exp(-design.x @ b))
        return float(100 * (chance * (1 - chance)).mean() * b[at])

    b, step = fitted.coefficients, 1e-5
    slopes = np.array([(effect(b + step * e) - effect(b - step * e)) / (2 * step) for e in np.eye(len(b))])
    found = card("s", pairs).effects["correct"]
    assert found is not None
    assert found.high - found.estimate == pytest.approx(sure.margin(float(slopes @ sure.covariance @ slopes)), rel=1e-5)


def test_fiellers_interval_holds_what_its_definition_says() -> None:
    covariance = np.array([[0.04, 0.01], [0.01, 0.02]])
    found = ratio(0.6, 0.8, covariance, 2.0, 10)
    for end in (found.low, found.high):
        assert end is not None
        spread = covariance[0, 0] - 2 * end * covariance[0, 1] + end**2 * covariance[1, 1]
        assert abs(0.6 - end * 0.8) == pytest.approx(2 * np.sqrt(spread))
    unbounded = ratio(0.6, 0.2, covariance, 2.0, 10)
    assert (unbounded.low, unbounded.high, unbounded.bounded, unbounded.as_json()) == (None, None, False, None)


def test_an_exchange_rate_without_bound_says_so() -> None:
    pairs = world(400)
    flat = replace(pairs, outcome=(np.random.default_rng(2).random(400) < 0.5).astype(float))
    found = card("s", flat)
    assert found.as_json()["exchange_rate"] is None
    assert "has no bound" in found.as_json()["missing"]


def test_mixed_pairs_need_no_model() -> None:
    syc, right = np.array([1.0, -1, 1, 1, 0, 1] * 30), np.array([-1.0, 1, -1, 0, 0, 1] * 30)
    outcome = np.array([1.0, 0, 0, 1, 0, 0] * 30)
    pairs = Pairs({"sycophantic": syc, "correct": right}, outcome, np.arange(180))
    found = mixed_pair_bias(pairs)
    assert (found.estimate, found.n) == (pytest.approx(2 / 3 - 0.5), 90)
    tied = mixed_pair_bias(replace(pairs, outcome=np.where(outcome == 0, 0.5, outcome)))
    assert tied.estimate == pytest.approx((30 * 1 + 30 * 0.5 + 30 * 0.5) / 90 - 0.5)
    with pytest.raises(InsufficientData):
        mixed_pair_bias(pairs.where(np.arange(180) < 2))


def test_a_scored_signal_prefers_what_it_scores_higher() -> None:
    pool = april(400, 4, np.random.default_rng(5))
    found = {name: scored_card(name, pool) for name in pool.signals}
    assert {one.pairs for one in found.values()} == {2400}
    bias = {name: one.mixed_pairs.estimate for name, one in found.items() if one.mixed_pairs}
    assert bias["primary"] < -0.4 < bias["fresh"] < 0 < bias["thumbs"] < bias["memory"]
    turned = replace(pool, scores=-3 * pool.scores + 7)
    for name, one in found.items():
        mine, other = one.coefficients["correct"], scored_card(name, turned).coefficients["correct"]
        assert mine is not None
        assert other is not None
        assert other.estimate == pytest.approx(-mine.estimate)


def test_all_that_is_said_can_be_written_as_json() -> None:
    pairs = world()
    said = card("s", pairs).as_json()
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    assert set(said["coefficients"]) == {*LABELS, "memory_sycophantic", "position"}
    assert set(said["coefficients"]["correct"]) == {"estimate", "low", "high", "n"}
    given, _ = thumbs(40_000, "random", np.random.default_rng(4))
    for body in (thumb_card(given).as_json(), toward_gold(april(200, 4, np.random.default_rng(5))).as_json()):
        assert json.loads(json.dumps(body, allow_nan=False)) == body
        assert type(body["missing"]) in (str, type(None))


def never(pairs: Pairs, name: str) -> Pairs:
    return replace(pairs, deltas={**pairs.deltas, name: np.zeros(len(pairs.outcome))})


MISSING = {
    "one class": (
        lambda p: replace(p, outcome=np.ones(1500), position=np.ones(1500)),
        "All pairs have the same outcome: pairs are missing that went another way.",
    ),
    "only ties": (
        lambda p: replace(p, outcome=np.full(1500, 0.5)),
        "All pairs have the same outcome: pairs are missing that went another way.",
    ),
    "separation": (
        lambda p: replace(p, outcome=(p.deltas["length"] > 0).astype(float)),
        "Every outcome can be foretold from length: pairs are missing that went against it.",
    ),
    "a copy": (
        lambda p: replace(p, deltas={**p.deltas, "cold": -p.deltas["correct"]}),
        "Correctness and coldness always differ together: pairs are missing in which only one of them does.",
    ),
    "nothing labelled": (
        lambda p: p.where(np.zeros(1500, dtype=bool)),
        "There are no pairs in which everything is labelled.",
    ),
    "too few": (
        lambda p: p.where(np.arange(1500) < 50),
        "Not enough data: about 70 more pairs needed.",
    ),
    "too few choosers": (
        lambda p: replace(p, chooser=np.arange(1500) % 2),
        "Not enough data: about 1 more choosers needed.",
    ),
}


@pytest.mark.parametrize("kind", MISSING)
def test_what_cannot_be_fitted_gets_a_sentence_and_no_number(kind: str) -> None:
    change, sentence = MISSING[kind]
    found = card("s", change(world()))
    assert sentence in found.missing
    assert not any(found.coefficients.values())
    assert not any(found.effects.values())
    assert found.exchange_rate is None


@pytest.mark.parametrize(
    ("change", "lost", "sentence"),
    [
        (lambda p: never(p, "cold"), ["cold"], "No pairs differ in coldness, so nothing is known of it."),
        (
            lambda p: replace(p, deltas={n: c for n, c in p.deltas.items() if n != "cold"}),
            ["cold"],
            "Nothing is recorded of coldness, so nothing is known of it.",
        ),
        (
            lambda p: replace(p, memory=None),
            ["memory_sycophantic"],
            "Nothing is recorded of sycophancy with memory on, so nothing is known of it.",
        ),
        (
            lambda p: never(p, "sycophantic"),
            ["sycophantic", "memory_sycophantic"],
            "No pairs differ in sycophancy, so nothing is known of it.",
        ),
    ],
)
def test_a_column_that_says_nothing_is_left_away_and_named(change, lost, sentence) -> None:  # type: ignore[no-untyped-def]
    found = card("s", change(world()))
    assert sentence in found.missing
    assert [name for name, estimate in found.coefficients.items() if estimate is None] == lost


def test_a_column_that_foretells_is_not_given_a_number_but_the_others_are() -> None:
    pairs = world()
    rare = np.where(np.arange(1500) % 40 == 0, np.sign(pairs.deltas["length"]), 0.0)
    outcome = np.where(rare == 0, pairs.outcome, rare < 0)
    found = card("s", replace(pairs, deltas={**pairs.deltas, "cold": rare}, outcome=outcome))
    assert [name for name, estimate in found.coefficients.items() if estimate is None] == ["cold"]
    assert "Every outcome can be foretold from coldness: pairs are missing that went against it." in found.missing
    assert found.shrunk
    assert "shrunk a little by a ridge" in found.as_json()["missing"]


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        (lambda s: s * np.nan, "The signal primary cannot be used: no response has a score of it."),
        (
            lambda s: s * 0,
            "The signal primary cannot be used: it gives all responses to the same prompt the same score.",
        ),
    ],
)
def test_a_signal_without_scores_or_spread_gets_a_sentence(scores, sentence) -> None:  # type: ignore[no-untyped-def]
    pool = april(60, 4, np.random.default_rng(5))
    found = scored_card("primary", replace(pool, scores=scores(pool.scores)))
    assert found.missing == (sentence,)
    assert not any(found.coefficients.values())
    assert scored_card("absent", pool).missing == ("The signal absent cannot be used: no response has a score of it.",)


def test_one_response_to_each_prompt_leaves_no_pairs() -> None:
    pool = april(60, 4, np.random.default_rng(5))
    single = replace(pool, present=pool.present & (np.arange(4) == 0)[:, None])
    assert "There are no pairs in which everything is labelled." in scored_card("primary", single).missing
    short = replace(pool, scores=pool.scores[:, :1], values=pool.values[:, :1], present=pool.present[:1])
    assert "There are no pairs in which everything is labelled." in scored_card("primary", short).missing


def test_thumbs_say_what_they_lack() -> None:
    given, _ = thumbs(40_000, "random", np.random.default_rng(4))
    unasked = thumb_card(replace(given, solicited=np.zeros(40_000, dtype=bool)))
    assert "Solicited thumbs: there are none." in unasked.missing
    assert not any(unasked.selection.values())
    assert any(unasked.unsolicited.values())
    only_given = thumb_card(given.where(given.value != 0))
    assert "Up and down apart: turns without a thumb are missing." in only_given.missing
    assert not any((*only_given.up.values(), *only_given.down.values()))
    pleased = thumb_card(given.where(given.value > 0))
    assert "Thumbs: All turns have the same outcome: turns are missing that went another way." in pleased.missing
    assert not any(pleased.choice.values())
    nobody = thumb_card(given.where(np.zeros(40_000, dtype=bool)))
    assert "Thumbs: there are none." in nobody.missing


def test_who_clicks_is_told_from_who_was_asked() -> None:
    given, _ = thumbs(60_000, "flattered and happy", np.random.default_rng(4), asked=0.1)
    found = thumb_card(given)
    for name in ("correct", "sycophantic"):
        unsolicited, solicited, between = (
            getattr(found, kind)[name] for kind in ("unsolicited", "solicited", "selection")
        )
        assert between.estimate == pytest.approx(unsolicited.estimate - solicited.estimate, abs=0.01)
        assert between.high - between.low > unsolicited.high - unsolicited.low


def test_up_and_down_are_fitted_against_silence() -> None:
    given, _ = thumbs(60_000, "flattered and happy", np.random.default_rng(4))
    found = thumb_card(given)
    up, down = found.up["sycophantic"], found.down["sycophantic"]
    assert up is not None
    assert down is not None
    # People who are flattered and happy click more; those who are unhappy do not click less for being flattered.
    assert up.estimate > 0.8
    assert -0.9 < down.estimate < 0
    assert isinstance(given, Thumbs)
