"""Simultaneous intervals in a small seeded form; the full form is `python -m tests.statistics.slicing`."""

from tests.statistics.slicing import Ground, covered


def test_the_intervals_of_all_slices_hold_at_once() -> None:
    """40 pools: 0.85 is three standard errors below 0.95. Each made alone, all hold far less often."""
    found = covered(Ground(600, 1, referenced=True), pools=40, rounds=200, big=40_000)
    assert found.together >= 0.85
    assert found.alone <= found.together - 0.1
