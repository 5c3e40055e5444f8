from functools import partial

import numpy as np
import pytest

from stats.monitoring.timeline import MOST_KEPT, Timeline


def squares(number: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
    return [number[rows] ** 2]


def drawn(n: int, batch: int) -> Timeline:
    """A timeline of `n` events, whose value is the square of their number."""
    timeline = Timeline()
    for first in range(1, n + 1, batch):
        number = np.arange(first, min(first + batch, n + 1), dtype=float)
        timeline = timeline.after(first, 10 * number, partial(squares, number))
    return Timeline.from_json(timeline.as_json())


@pytest.mark.parametrize("batch", [13, 500, 100_000])
def test_points_lie_at_round_numbers_and_are_the_same_in_any_batches(batch: int) -> None:
    timeline = drawn(20_000, batch)
    assert timeline.width == 128
    assert [point[0] for point in timeline.points] == list(range(128, 20_001, 128))
    assert all(at == 10 * event and value == event**2 for event, at, value in timeline.points)


def test_points_move_apart_before_they_are_too_many() -> None:
    for n in (32 * MOST_KEPT + 31, 32 * MOST_KEPT + 32):
        assert len(drawn(n, n).points) <= MOST_KEPT
    assert drawn(32 * MOST_KEPT + 31, 1000).width == 32
    assert drawn(32 * MOST_KEPT + 32, 1000).width == 64
