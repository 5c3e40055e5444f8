"""The metrics of live experiments and what a choice is worth."""

import pytest

from abtest.metrics import ACTIONS, COUNTED, METRICS, PAIRED, preference_points
from abtest.models import Event, UnitTotal


def test_every_action_of_a_usage_event_is_a_metric() -> None:
    assert set(ACTIONS) <= set(METRICS)
    assert set(METRICS) >= PAIRED


def test_all_that_an_event_can_add_to_has_its_columns_in_the_totals_of_a_unit() -> None:
    columns = {field.name for field in UnitTotal._meta.fields if field.name.startswith(("n_", "x_"))}
    assert columns == {f"{column}_{metric}" for metric in COUNTED for column in "nx"}


def test_a_key_of_a_metric_fits_its_column() -> None:
    longest = Event._meta.get_field("metric").max_length
    assert all(key == metric.key and len(key) <= longest for key, metric in METRICS.items())


@pytest.mark.parametrize(
    ("preference", "candidate_first", "points"),
    [(-3, True, 2), (-1, False, 0), (2, False, 2), (1, True, 0), (0, True, 1), ("both_bad", False, 1)],
)
def test_the_candidate_gets_the_points_of_a_choice(preference: int | str, candidate_first: bool, points: int) -> None:
    assert preference_points(preference, candidate_first=candidate_first) == points
