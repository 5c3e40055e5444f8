"""A metric as others read it: what is said at each hour, what is lacking, and what planned looks decide."""

import numpy as np
import pytest

from stats.sequential.moments import Moments
from stats.sequential.reading import Design, Read, read
from stats.sequential.winning import decisive, read_wins

HOURS = 100


def _arm(share: float, per_hour: int = 100, hours: int = HOURS) -> Moments:
    """One thumb of each user, of which just this share is up at all hours."""
    n = np.arange(1, hours + 1) * per_hour
    x = np.round(n * share)
    return Moments.of(units=n, exposed=2 * n, sx=x, sm=n, sxx=x, sxm=x, smm=n)


def _read(control: float, candidate: float, hours: int = HOURS, **design: float) -> Read:
    return read(_arm(control, hours=hours), _arm(candidate, hours=hours), "ratio", Design(planned=20_000, **design))


def test_a_difference_is_said_with_both_intervals_and_its_ratio() -> None:
    found = _read(0.70, 0.74)
    assert found.enough
    assert found.answer == "more"
    assert found.estimate == pytest.approx(0.04)
    assert found.interval is not None
    assert found.fixed is not None
    assert found.ratio is not None
    assert found.interval.low < found.fixed.low < 0.04 < found.fixed.high < found.interval.high
    assert found.ratio.low < 0.74 / 0.70 < found.ratio.high
    assert found.interval.n == 20_000
    assert found.units == (10_000, 10_000)
    assert (found.control, found.candidate) == (pytest.approx(0.70), pytest.approx(0.74))
    assert _read(0.74, 0.70).answer == "less"


def test_the_path_at_an_hour_is_what_was_said_at_that_hour() -> None:
    whole, early = _read(0.70, 0.74), _read(0.70, 0.74, hours=40)
    assert early.interval is not None
    assert whole.path.low[39] == early.interval.low
    assert whole.path.p[39] == early.interval.p
    assert whole.since is not None
    assert whole.path.low[whole.since] > 0 >= whole.path.low[whole.since - 1]


def test_too_few_units_say_how_many_more_it_takes() -> None:
    found = _read(0.70, 0.74, hours=2)
    assert not found.enough
    assert found.answer == "not_enough_data"
    assert (found.estimate, found.interval, found.fixed, found.p) == (None, None, None, None)
    assert found.needed == 100
    assert np.isnan(_read(0.70, 0.74).path.low[:2]).all()
    assert _read(0.70, 0.74).path.low[2] == _read(0.70, 0.74, hours=3).path.low[-1]
    assert _read(0.70, 0.74, hours=0).needed == 500


def test_a_small_arm_or_a_rare_event_asks_for_more_units_in_proportion() -> None:
    small = read(_arm(0.5, 400, 2), _arm(0.5, 10, 2), "ratio", Design(planned=20_000))
    assert small.needed == pytest.approx(820 * 1.5)
    n = np.array([1000.0, 2000.0])
    seen = np.array([1.0, 2.0])
    rare = Moments.of(units=seen, exposed=n, sx=seen, sm=seen, sxx=seen, sxm=seen, smm=seen)
    found = read(rare, rare, "mean", Design(planned=20_000))
    assert found.answer == "not_enough_data"
    assert found.needed == 4 * 4000


def test_an_open_question_says_how_many_units_the_expected_effect_takes() -> None:
    assert _read(0.70, 0.70).needed is None
    assert _read(0.70, 0.74, expected=0.02).needed is None
    more = _read(0.70, 0.70, expected=0.02).needed
    assert more is not None
    assert more > 5000
    assert more > (_read(0.70, 0.70, expected=0.03).needed or 0)


def test_planned_looks_decide_alone_and_for_good() -> None:
    found = _read(0.70, 0.74, looks=20)
    assert found.looks is not None
    assert found.looks.crossed is not None
    assert found.answer == "more"
    before = _read(0.70, 0.715, looks=20)
    assert before.interval is not None
    assert before.answer == "more"
    assert _read(0.70, 0.715).answer == "open"
    assert _read(0.70, 0.74, hours=4, looks=20).answer == "open"


def test_bounds_of_one_side_lie_within_the_interval_of_both() -> None:
    found = _read(0.70, 0.74)
    assert found.interval is not None
    assert found.at_least is not None
    assert found.at_most is not None
    assert found.interval.low < found.at_least < 0.04 < found.at_most < found.interval.high


def test_means_per_exposed_count_who_did_nothing() -> None:
    found = read(_arm(0.5), _arm(0.6), "mean", Design(planned=40_000))
    assert found.control == pytest.approx(0.25)
    assert found.estimate == pytest.approx(0.05)
    assert found.units == (20_000, 20_000)


def test_a_small_arm_that_saw_nothing_rare_yet_is_not_taken_for_sure() -> None:
    """The same moments with 2 of 100 instead of none have an interval about as wide."""

    def arm(units: int, did: int) -> Moments:
        one = np.array([float(did)])
        return Moments.of(units=one, exposed=[units], sx=one, sm=one, sxx=one, sxm=one, smm=one)

    none, two = (read(arm(9000, 180), arm(100, did), "mean", Design(planned=20_000)) for did in (0, 2))
    assert none.interval is not None
    assert two.interval is not None
    assert none.answer == "open"
    assert none.interval.high - none.interval.low == pytest.approx(two.interval.high - two.interval.low, rel=0.1)


def _votes(won: int, ties: int, lost: int) -> Moments:
    x = np.concatenate([np.full(won, 2.0), np.full(ties, 1.0), np.zeros(lost)])
    return Moments.summed(x, np.ones(x.size))


def _hours(votes: Moments) -> Moments:
    names = ("units", "exposed", "sx", "sm", "sxx", "sxm", "smm")
    return Moments.of(**{name: [getattr(votes, name)] for name in names})


def test_a_win_rate_is_held_against_one_half_over_both_arms_users() -> None:
    found = read_wins(_hours(_votes(300, 200, 200)), _hours(_votes(320, 180, 200)), Design(planned=2000))
    assert found.candidate == pytest.approx((620 + 190) / 1400)
    assert found.control == 0.5
    assert found.units == (1400, 1400)
    assert found.estimate == pytest.approx((620 + 190) / 1400 - 0.5)
    assert found.answer == "more"
    assert found.ratio is None
    assert read_wins(_hours(_votes(200, 200, 300)), _hours(_votes(1, 0, 20)), Design(planned=2000)).answer == "less"


def test_single_votes_are_told_from_their_sums() -> None:
    found = decisive(_votes(61, 30, 40))
    assert found is not None
    assert (found.won, found.ties, found.lost) == (61, 30, 40)
    assert found.low < 61 / 101 < found.high
    assert found.p == pytest.approx(1 / found.e) or found.p == 1
    twice = Moments.summed(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
    assert decisive(twice) is None
    assert decisive(_votes(0, 12, 0)) is None
