"""Assignment in a small form; the full form is `python -m tests.statistics.assignment`."""

import numpy as np

from tests.statistics.assignment import drawn, evenness, independence, salt, split


def test_units_fall_evenly_and_experiments_do_not_know_of_each_other() -> None:
    """30,000 units and 10 pairs: nothing here is drawn, so that what holds once holds for good."""
    found = split(30_000, 5, pairs=10)
    assert len(found.pairs) == 10
    assert min(found.cells, found.distance, *found.pairs) >= 1e-5


def test_the_tests_see_what_they_are_for() -> None:
    """A lean of 4 % of the units, one salt for two experiments, and arms that follow the ramp."""
    numbers = drawn(30_000, salt(0))
    leaning = np.where(np.arange(30_000) % 25 == 0, numbers // 2, numbers).astype(np.uint32)
    assert evenness(leaning, cells=10) < 1e-5
    assert independence(numbers, numbers) < 1e-5
    assert independence(numbers, numbers ^ np.uint32(1 << 8)) < 1e-5
