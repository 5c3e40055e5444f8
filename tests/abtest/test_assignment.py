"""Who is in which arm: sticky, uniform and independent, by whole numbers alone."""

import hashlib
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from abtest.assignment import WHOLE, arm_of, assigned, chosen, number, takes_part, under
from tests.abtest.vectors import parameters

HALVES = (500_000, 500_000)
UNITS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def test_a_number_is_the_first_32_bits_of_the_hash_of_salt_purpose_and_unit() -> None:
    digest = hashlib.sha256("salt:arm:Zoë".encode()).digest()
    assert number("salt", "arm", "Zoë") == int.from_bytes(digest[:4], "big")


def test_a_share_takes_exactly_its_part_of_all_numbers() -> None:
    """Of 2^32 numbers those below share x 2^32 / 10^6, to the last one."""
    for share in (1, 10_000, 333_333, 999_999):
        first_outside = -(-share * 2**32 // WHOLE)
        assert under(first_outside - 1, share)
        assert not under(first_outside, share)
    assert under(2**32 - 1, WHOLE)
    assert not under(0, 0)


@given(unit=UNITS)
def test_whoever_is_in_stays_in_and_keeps_the_arm_while_the_ramp_grows(unit: str) -> None:
    whole = parameters()[0]
    steps = [assigned(replace(whole, ramp=ramp), unit) for ramp in (1, 5, 10, 25, 50, 100)]
    since = next(place for place, arm in enumerate(steps) if arm is not None)
    assert set(steps[since:]) == {steps[-1]}


@given(unit=UNITS)
def test_nobody_is_in_at_a_ramp_of_zero_and_everybody_at_a_hundred(unit: str) -> None:
    assert not takes_part("salt", unit, 0)
    assert takes_part("salt", unit, 100)


def test_shares_that_leave_units_over_are_refused() -> None:
    last = next(unit for unit in map(str, range(100_000)) if not under(number("salt", "arm", unit), 999_000))
    with pytest.raises(ValueError, match="999000"):
        arm_of("salt", last, (500_000, 499_000))


def test_arms_and_ramp_split_as_declared_and_do_not_know_of_each_other() -> None:
    """Chi-squared over 20,000 units, in cells of ramp by arm; false alarm one in a million."""
    shares, ramp, units = (200_000, 300_000, 500_000), 25, 20_000
    seen = Counter((takes_part("s", f"u{n}", ramp), arm_of("s", f"u{n}", shares)) for n in range(units))
    expected = {
        (inside, arm): units * part * share / WHOLE
        for inside, part in ((True, 0.25), (False, 0.75))
        for arm, share in enumerate(shares)
    }
    statistic = sum((seen[cell] - mean) ** 2 / mean for cell, mean in expected.items())
    assert chi2.sf(statistic, len(expected) - 1) > 1e-6


def test_the_turns_that_are_labelled_are_the_declared_share() -> None:
    taken = sum(chosen("s", f"c{n}", turn, 20_000) for n in range(5_000) for turn in range(4))
    assert 300 < taken < 500


def test_a_turn_is_drawn_by_its_conversation_and_place_and_by_nothing_else() -> None:
    assert chosen("s", "a:1", 2, WHOLE // 2) == under(number("s", "label", "a:1:2"), WHOLE // 2)
    assert number("s", "label", "a:1:2") != number("s", "label", "a:12")
