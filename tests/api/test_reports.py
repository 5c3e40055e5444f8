"""A program's way to a report: ask for one, let the job make it, read what it says."""

from typing import Any

import numpy as np
import pytest

from benchmarks._pools import plant
from core.jobs import running
from reports.models import Report
from scenarios.worlds import april
from tests.api.conftest import Caller
from tests.weighting.conftest import recipes

pytestmark = pytest.mark.django_db


def test_a_report_is_asked_for_over_the_api_once_and_read_when_it_is_done(caller: Caller, project: Any) -> None:
    recipes(project)
    plant(project, april(40, 4, np.random.default_rng(7)))
    first = caller.post("reports/weighting/", {"recipe": "april", "seed": 9})
    assert first.status_code == 202, first.content
    assert Report.objects.count() == 1
    assert running.run(first.json()["job"])
    said = caller.get(first["Location"]).json()
    assert (said["state"], said["seed"], said["recipe"], said["pool"]) == ("done", 9, "april", "april")
    assert said["body"]["verdict"] == said["verdict"]
    [listed] = caller.get("reports/weighting/?state=done").json()["results"]
    assert listed["id"] == said["id"]
    assert "body" not in listed
    for field in ("recipe", "pool"):
        refused = caller.post("reports/weighting/", {field: "nowhere"})
        assert refused.json()["errors"] == [
            {"field": field, "code": "does_not_exist", "detail": refused.json()["errors"][0]["detail"]}
        ]
    assert Report.objects.count() == 1
