"""When a coefficient rose, and where: by hand, by loops, and in worlds of known truth."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from scenarios.driftworlds import UNLIKE, series, stream
from stats.explaining.changing import LEAST_AFTER, Course, Sums, course, threshold
from stats.explaining.naming import EVERYWHERE, Place, named
from stats.explaining.scored import Scored, scored
from stats.monitoring.coefficients import BIAS, CONFLATION, MEMORY, Coefficient
from stats.monitoring.scoring import fitted

REFERENCE = Sums(3.0, 400.0, 420.0)


def noise(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Scores of mean 0 with as much variance as their information says."""
    information = rng.uniform(0.01, 0.07, n)
    return rng.normal(size=n) * np.sqrt(information), information


def test_a_course_is_what_a_loop_over_all_places_finds() -> None:
    score, information = noise(200, np.random.default_rng(1))
    found = course(score, information, REFERENCE, latest=120)
    assert found.places.tolist() == list(range(121))
    for place, rise, variance in zip(found.places, found.rise, found.variance, strict=True):
        before, after = 400 + information[:place].sum(), information[place:].sum()
        assert rise == pytest.approx(score[place:].sum() / after - (3 + score[:place].sum()) / before)
        assert variance == pytest.approx(420 / 400 * (1 / before + 1 / after))
    assert course(score, information, REFERENCE, latest=999).places[-1] == 200 - LEAST_AFTER


def test_an_error_of_the_reference_is_no_change() -> None:
    score, information = noise(300, np.random.default_rng(2))
    moved = Sums(REFERENCE.score + 0.5 * REFERENCE.information, REFERENCE.information, REFERENCE.squares)
    before = course(score, information, REFERENCE, latest=200)
    after = course(score + 0.5 * information, information, moved, latest=200)
    np.testing.assert_allclose(after.rise, before.rise)


def test_of_a_long_stream_some_places_are_tried() -> None:
    score, information = noise(100_000, np.random.default_rng(3))
    score[70_000:] += 0.5 * information[70_000:]
    found = course(score, information, REFERENCE, latest=100_000)
    assert len(found.places) <= 20_000
    change = found.change()
    assert change is not None
    assert change.low <= 70_000 <= change.high
    assert abs(change.place - 70_000) < 1500


def test_what_never_rose_has_no_change() -> None:
    nothing = Course(np.arange(3), np.array([-0.1, 0.0, -2.0]), np.ones(3))
    assert nothing.change() is None
    assert Course(np.arange(0), np.empty(0), np.empty(0)).change() is None
    assert Course(np.arange(0), np.empty(0), np.empty(0)).evidence() == -np.inf


def test_the_set_goes_as_far_as_the_greater_of_two_exponentials() -> None:
    assert (1 - np.exp(-threshold(0.95) / 2)) ** 2 == pytest.approx(0.95)
    found = Course(np.arange(4), np.array([1.2, 3.0, 1.3, 1.2]), np.ones(4))
    # The top is 9/2; what is at most 7.35/2 below it belongs to the set, that is rises above 1.284.
    change = found.change()
    assert change is not None
    assert (change.place, change.low, change.high) == (1, 1, 2)
    assert (change.rise, change.error) == (3.0, 1.0)


def test_the_interval_holds_the_change_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    held = []
    for _ in range(200):
        score, information = noise(3000, rng)
        score[2000:] += 0.9 * information[2000:]
        before = Sums.of(*noise(8000, rng))
        change = course(score, information, before, latest=3000).change()
        assert change is not None
        held.append(change.low <= 2000 <= change.high)
    assert 0.91 <= np.mean(held) <= 0.99


def test_evidence_is_the_likelihood_averaged_over_places_and_sizes() -> None:
    rises, variances = np.array([0.5, -0.2, 1.5]), np.array([0.04, 0.1, 0.3])
    each = []
    for rise, variance in zip(rises, variances, strict=True):
        sd = variance**0.5

        def ratio(size: float, rise: float = rise, sd: float = sd) -> float:
            return norm.pdf(rise, size, sd) / norm.pdf(rise, 0, sd) * 2 * norm.pdf(size)

        each.append(quad(ratio, 0, 12, points=[0.5, 1.5])[0])
    assert Course(np.arange(3), rises, variances).evidence() == pytest.approx(np.log(np.mean(each)), rel=1e-6)


@pytest.mark.parametrize("monitor", [BIAS, CONFLATION, MEMORY])
def test_scores_are_those_of_the_monitor(monitor: Coefficient) -> None:
    rng = np.random.default_rng(6)
    reference, thumbs = stream(UNLIKE, 6000, rng), stream(replace(UNLIKE, unlabelled=0.1), 2000, rng)
    scorer = fitted(monitor.question, reference)
    own, its = scored(scorer, thumbs), scorer.scores(thumbs)
    np.testing.assert_allclose(own.score, its.score, atol=1e-12)
    np.testing.assert_array_equal(thumbs.user[its.rows.kept], own.user)
    # Both say in all how much a rise moves the scores, to the error of the projection here.
    assert own.information.sum() == pytest.approx(its.information.sum(), rel=0.05)
    half = own.where(np.arange(len(own)) % 2 == 1)
    np.testing.assert_array_equal(half.score, own.score[1::2])
    np.testing.assert_array_equal(half.codes["arm"], own.codes["arm"][1::2])


def streams(where: tuple[str, str] | None, size: float, seed: int) -> tuple[Scored, Scored, dict]:
    """A scored reference, and 2,000 events as before and 6,000 with the drift."""
    rng = np.random.default_rng(seed)
    reference = stream(UNLIKE, 12_000, rng)
    since = series([(UNLIKE, 2000), (UNLIKE.drifting(size, where), 6000)], rng)
    scorer = fitted(BIAS.question, reference)
    return scored(scorer, reference), scored(scorer, since), dict(scorer.levels)


@pytest.mark.parametrize("where", [("memory", "on"), ("segment", "companion"), ("arm", "candidate"), None])
def test_a_large_rise_is_named_where_it_is(where: tuple[str, str] | None) -> None:
    reference, after, levels = streams(where, 1.2, 7)
    found = named(reference, after, levels, latest=8000)
    assert found.where == (Place(*where) if where else EVERYWHERE)
    change = found.course.change()
    assert change is not None
    assert change.low <= 2000 <= change.high
    assert len(found.evidence) == 17


def test_a_level_that_all_events_have_is_no_story_of_its_own() -> None:
    reference, after, levels = streams(None, 0.8, 8)
    alike = np.zeros_like(reference.codes["language"])
    same = [
        Scored(**{**vars(one), "codes": {**one.codes, "language": alike[: len(one)]}}) for one in (reference, after)
    ]
    found = named(same[0], same[1], {**levels, "language": ("en",)}, latest=8000)
    assert {place.factor for place in found.evidence} == set(levels) - {"language", "warmth"} | {"everywhere"}
