"""The reward-weighting report on pools of which the truth is known, and on projects that lack something."""

import json
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from benchmarks._pools import plant, recipe, signals
from reports.models import Report
from scenarios.worlds import CHANGED, CHANGES, REFERENCE, april

pytestmark = pytest.mark.django_db

KINDS = {"primary": "reward_model", "thumbs": "thumbs", "memory": "reward_model", "fresh": "reward_model"}


def april_in(project: Any, prompts: int = 800, **options: Any) -> None:
    plant(project, april(prompts, 4, np.random.default_rng(7)), **options)
    signals(project, KINDS)
    recipe(project, "good", {k: w for k, w in REFERENCE.items() if w}, pin=True)
    recipe(project, "april", CHANGED, [{"name": change, "signals": [change]} for change in CHANGES])


def report(*options: str) -> Any:
    out = StringIO()
    call_command("report", "weighting", "--project", "demo", "--json", *options, stdout=out)
    return json.loads(out.getvalue())


def test_april_is_over_budget_and_its_changes_sum_to_the_shift(project: Any) -> None:
    april_in(project)
    said = report()
    assert said["verdict"] == "over_budget", said["missing"]
    combined = said["shift"]["sycophancy"]["estimate"]
    assert sum(change["shapley"]["estimate"] for change in said["changes"]) == pytest.approx(combined)
    assert [change["alone"]["verdict"] for change in said["changes"]] == ["within_budget"] * 3
    assert Report.objects.get(pk=said["report"]).body["verdict"] == "over_budget"
