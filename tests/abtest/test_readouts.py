"""What a readout says: the whole way from a product's events to the first line."""

from typing import Any

import pytest

from abtest.closing import close_hours
from abtest.models import Experiment, Readout
from abtest.readouts.making import read_out
from tests.abtest.worlds import flattering

pytestmark = pytest.mark.django_db


def read(experiment: Experiment) -> dict[str, Any]:
    close_hours(experiment)
    made = read_out(experiment)
    assert made is not None
    return Readout.objects.get(pk=made.pk).body


def test_a_candidate_that_is_liked_and_flatters_is_said_to_be_both(project: Any) -> None:
    experiment = flattering(project)
    body = read(experiment)
    assert body["verdict"]["state"] == "breached"
    assert body["verdict"]["line"].startswith("v42 is liked more than v41 (+")
    assert "and over its sycophancy ceiling (+" in body["verdict"]["line"]
