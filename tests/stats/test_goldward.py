"""Weights toward gold: two columns, collinearity shown, copies given no number."""

from dataclasses import replace

import numpy as np
import pytest

from scenarios.worlds import april
from stats.goldward import MOST_INFLATION, inflated, toward_gold
from stats.intervals import Estimate
from stats.pools import Array, Pool

POOL = april(600, 4, np.random.default_rng(12))


def with_signal(name: str, scores: Array) -> Pool:
    return replace(POOL, signals=(*POOL.signals, name), scores=np.concatenate([POOL.scores, scores[None]]))


def known(values: dict[str, Estimate | None]) -> dict[str, Estimate]:
    return {name: estimate for name, estimate in values.items() if estimate}


def test_a_signal_can_reward_both_columns_or_one() -> None:
    found = toward_gold(POOL)
    toward, away = known(dict(found.correctness)), known(dict(found.sycophancy))
    assert list(toward) == list(away) == list(POOL.signals)
    assert toward["primary"].low > toward["fresh"].high > toward["memory"].high
    assert away["primary"].high < 0 < away["thumbs"].low
    assert away["memory"].low > 0
    assert found.condition is not None
    assert 1 < found.condition < 3
    assert (found.ridge, found.missing) == (0.0, ())
    body = found.as_json()
    assert set(body) >= {"correctness", "sycophancy", "condition", "vif", "missing"}
    assert body["missing"] is None


def test_signals_in_another_order_or_scale_weigh_the_same() -> None:
    order = [2, 0, 3, 1]
    turned = replace(POOL, signals=tuple(POOL.signals[k] for k in order), scores=5 * POOL.scores[order] - 3)
    one, other = known(dict(toward_gold(POOL).correctness)), known(dict(toward_gold(turned).correctness))
    for name, estimate in one.items():
        assert other[name].low == pytest.approx(estimate.low)


def test_inflation_is_that_of_regressing_each_column_on_the_others() -> None:
    x = np.random.default_rng(1).normal(size=(200, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0.9], [0, 0, 1]])
    found, condition = inflated(x)
    for j in range(3):
        others = np.delete(x, j, axis=1)
        rest = x[:, j] - others @ np.linalg.lstsq(others, x[:, j], rcond=None)[0]
        assert found[j] == pytest.approx((x[:, j] ** 2).sum() / (rest**2).sum())
    assert condition == pytest.approx(np.linalg.cond(x / np.sqrt((x**2).sum(axis=0))))


def test_copies_get_a_sentence_and_no_number_while_the_others_keep_theirs() -> None:
    found = toward_gold(with_signal("copy", 2 * POOL.scores[1] + 1))
    assert found.missing == ("thumbs and copy say the same of every pair: which of them counts cannot be told.",)
    for values in (found.correctness, found.sycophancy, found.vif):
        assert [name for name, value in values.items() if value is None] == ["thumbs", "copy"]
    assert found.condition is None
    plain = known(dict(toward_gold(POOL).correctness))
    for name, estimate in known(dict(found.correctness)).items():
        assert estimate.estimate == pytest.approx(plain[name].estimate)


def test_near_copies_are_shrunk_and_it_is_said() -> None:
    near = POOL.scores[1] + 0.1 * np.random.default_rng(2).normal(size=POOL.present.shape)
    found = toward_gold(with_signal("near", near))
    assert found.missing == ("Some signals are nearly copies of others, so that all weights are shrunk by a ridge.",)
    assert found.ridge > 0
    assert found.vif["near"] is not None
    assert found.vif["near"] > MOST_INFLATION
    two = known(dict(found.correctness))
    assert two["thumbs"].estimate == pytest.approx(two["near"].estimate, abs=0.1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda pool: replace(pool, values=np.where(np.arange(4)[:, None, None] == 1, np.nan, pool.values)),
            "Toward correctness: no two responses to a prompt are labelled for it.",
        ),
        (
            lambda pool: replace(pool, scores=pool.scores * (np.arange(4) != 1)[:, None, None]),
            "The signal thumbs cannot be used: it gives all responses to the same prompt the same score.",
        ),
        (
            lambda pool: replace(pool, present=pool.present & (np.arange(4) == 0)[:, None]),
            "The signal primary cannot be used: it gives all responses to the same prompt the same score.",
        ),
        (
            lambda pool: pool.only(np.arange(600) < 6),
            "Toward sycophancy: Not enough data: about",
        ),
        (
            lambda pool: replace(pool, scores=np.concatenate([pool.values[1:2], pool.scores[1:]])),
            "Toward correctness: Every outcome can be foretold from primary: pairs are missing that went against it.",
        ),
    ],
    ids=["no labels", "zero variance", "one response", "too few", "separation"],
)
def test_what_is_missing_is_said(change, sentence) -> None:  # type: ignore[no-untyped-def]
    found = toward_gold(change(POOL))
    assert any(said.startswith(sentence) for said in found.missing), found.missing
