"""Shares and their intervals: a textbook's values, other libraries', what must always hold, how often they cover."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from stats.proportions import ASSUMED_LIKENESS, WIDEST, Clusters, proportion, wilson
from stats.sufficiency import InsufficientData
from tests.stats.coverage import Ground, simulate


def clusters(unit: str, rows: list[tuple[int, int]]) -> Clusters:
    return Clusters.of(unit, [(n, hits, 1) for n, hits in rows])


# The machine may be busy with other things.
slowly = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
groups = st.lists(
    st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=3, max_size=40
)


def test_wilson_is_the_textbooks() -> None:
    """Newcombe, Statistics in Medicine 17, 1998, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    for hits, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (1, 29, 0.0061, 0.1718)):
        assert wilson(hits / n, n) == pytest.approx((low, high), abs=5e-5)
    assert wilson(0.0, 20) == (0.0, pytest.approx(0.1611, abs=5e-5))


@slowly
@given(n=st.integers(1, 500), data=st.data(), level=st.sampled_from((0.8, 0.95, 0.99)))
def test_wilson_is_scipys(n: int, data: st.DataObject, level: float) -> None:
    hits = data.draw(st.integers(0, n))
    theirs = binomtest(hits, n).proportion_ci(level, method="wilson")
    assert wilson(hits / n, n, level=level) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_the_clustered_variance_is_statsmodels() -> None:
    """An intercept-only regression of the labels with two-way clustered errors is the same estimator."""
    api = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(3)
    raters, items = rng.integers(0, 12, 400), rng.integers(0, 60, 400)
    said = (rng.random(400) < 0.2 + 0.5 * (raters % 3 == 0)).astype(int)
    for codes in (raters, items):
        kinds = {"groups": codes, "use_correction": False}
        theirs = api.OLS(said, np.ones(400)).fit(cov_type="cluster", cov_kwds=kinds).cov_params()[0, 0]
        ours = clusters("any", [(int((codes == c).sum()), int(said[codes == c].sum())) for c in np.unique(codes)])
        total = ours.total
        assert ours.variance(float(said.mean())) == pytest.approx(theirs * total / (total - 1), rel=1e-10)


def test_the_variance_is_that_of_an_obvious_loop() -> None:
    rows = [(3, 1), (5, 5), (2, 0), (4, 1)]
    n, hits = 14, 7
    slow = sum((k - hits / n * m) ** 2 for m, k in rows) * 4 / 3 / n**2
    assert clusters("raters", rows).variance(hits / n) == pytest.approx(slow)


@slowly
@given(groups)
def test_labels_are_never_worth_more_than_they_are(rows: list[tuple[int, int]]) -> None:
    one = clusters("raters", rows)
    try:
        found = proportion(one)
    except InsufficientData:
        return
    low, high = wilson(one.hit_labels / one.labels, one.labels)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    assert found.low <= low + 1e-12
    assert found.high >= high - 1e-12
    assert found.effective <= one.labels
    assert found.high - found.low <= WIDEST


@slowly
@given(groups)
def test_exchanging_hits_and_misses_mirrors_the_interval(rows: list[tuple[int, int]]) -> None:
    try:
        found = proportion(clusters("raters", rows))
    except InsufficientData as refused:
        with pytest.raises(InsufficientData, match=str(refused)):
            proportion(clusters("raters", [(n, n - hits) for n, hits in rows]))
        return
    mirrored = proportion(clusters("raters", [(n, n - hits) for n, hits in rows]))
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((found.low, found.high), abs=1e-9)


@slowly
@given(groups)
def test_counting_equal_clusters_together_changes_nothing(rows: list[tuple[int, int]]) -> None:
    together = Clusters.of("raters", [(*row, rows.count(row)) for row in set(rows)])
    apart = clusters("raters", rows)
    share = apart.hit_labels / apart.labels
    assert together.variance(share) == pytest.approx(apart.variance(share))
    assert together.likesized == pytest.approx(apart.likesized)


def test_a_second_way_of_clustering_widens_the_interval() -> None:
    raters = clusters("raters", [(10, 2), (10, 3), (10, 4), (10, 3), (10, 2), (10, 4)])
    comparisons = clusters("comparisons", [(3, 3)] * 6 + [(3, 0)] * 14)
    alone, both = proportion(raters), proportion(raters, comparisons)
    assert (both.n, both.hits, both.clusters) == (60, 18, (6, 20))
    assert both.high - both.low > 1.3 * (alone.high - alone.low)


def test_where_all_say_the_same_a_likeness_is_assumed() -> None:
    found = proportion(clusters("raters", [(50, 0)] * 12))
    worth = 600 / (1 + 49 * ASSUMED_LIKENESS)
    assert found.low == 0
    assert 0 < found.effective < worth
    assert 3 / 600 < found.high < 3 / found.effective + 0.05


def test_too_little_says_how_much_more_of_what() -> None:
    with pytest.raises(InsufficientData, match="about 1 more raters needed") as few:
        proportion(clusters("raters", [(9, 1), (9, 2)]), clusters("comparisons", [(3, 1)] * 3 + [(3, 0)] * 3))
    assert (few.value.needed, few.value.unit) == (1, "raters")
    with pytest.raises(InsufficientData) as wide:
        proportion(clusters("raters", [(2, 1)] * 6), clusters("comparisons", [(4, 2)] * 3))
    assert wide.value.unit == "comparisons"
    with pytest.raises(InsufficientData):
        proportion(Clusters.of("raters", []))


def test_what_is_said_to_be_needed_is_about_enough() -> None:
    pattern = [(6, 6), (6, 0), (6, 5), (6, 1)] * 30
    with pytest.raises(InsufficientData) as refused:
        proportion(clusters("raters", pattern[:8]))
    enough = proportion(clusters("raters", pattern[: 8 + refused.value.needed]))
    assert 0.7 * WIDEST < enough.high - enough.low <= WIDEST


def test_impossible_counts_are_refused() -> None:
    for row in ((0, 0, 1), (2, 3, 1), (2, -1, 1), (2, 1, 0)):
        with pytest.raises(ValueError, match="at least one label"):
            Clusters.of("raters", [row])
    with pytest.raises(ValueError, match="the same labels"):
        proportion(clusters("raters", [(2, 1)] * 9), clusters("comparisons", [(3, 1)] * 9))
    with pytest.raises(ValueError, match="positive"):
        wilson(0.5, 0)


@pytest.mark.parametrize("ground", [Ground(0.1, raters=5, comparisons=60), Ground(0.3, raters=20, comparisons=100)])
def test_the_interval_holds_the_truth_as_often_as_it_says(ground: Ground) -> None:
    """400 runs: 0.91 is more than three standard errors below 0.95. Wilson alone holds it far less often."""
    found = simulate(ground, runs=400, rng=np.random.default_rng(11))
    assert found.inside >= 0.91
    assert found.naive <= 0.88


def test_statistics_load_no_django() -> None:
    code = (
        "import sys, stats.proportions, stats.sufficiency; "
        "print(sorted({'django', 'rest_framework', 'celery', 'channels'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
