"""The reward-weighting report on a pool of which the truth is known."""

from collections.abc import Callable
from typing import Any

import pytest

from reports.models import Report
from reports.weighting.body import blank

pytestmark = pytest.mark.django_db


def test_april_is_over_budget_and_its_changes_sum_to_the_shift(
    project: Any, april_in: Callable[..., Any], report: Callable[..., Any]
) -> None:
    april_in(project)
    said = report("--seed", "7")
    assert said["verdict"] == "over_budget", said["missing"]
    assert said["sentence"].startswith("Over budget by")
    combined = said["shift"]["sycophancy"]
    assert combined["low"] > 0.045
    assert sum(change["shapley"]["estimate"] for change in said["changes"]) == pytest.approx(combined["estimate"])
    assert [change["name"] for change in said["changes"]] == ["thumbs", "memory", "fresh"]
    assert [change["alone"]["verdict"] for change in said["changes"]] == ["within_budget"] * 3
    assert len(said["lattice"]) == 8
    assert said["budget"][-1]["cumulative"]["estimate"] == pytest.approx(combined["estimate"])
    assert all(step["step"]["high"] < 0.045 for step in said["budget"])
    assert said["recommended"]["held_out"]["sycophancy"]["high"] <= 0.045
    assert set(said["recommended"]["weights"]) == {"primary", "thumbs", "memory", "fresh"}
    assert set(blank()) <= set(said)
    stored = Report.objects.get(pk=said.pop("report"))
    assert (stored.body, stored.state, stored.snapshot) == (said, "done", said["provenance"]["snapshot"])
    assert said["provenance"]["seed"] == 7
    [primary, thumbs] = [card for card in said["quirks"] if card["signal"] in ("primary", "thumbs")]
    assert primary["coefficients"]["sycophantic"]["high"] < 0 < thumbs["coefficients"]["sycophantic"]["low"]
    assert said["influence"]["before"]["primary"] == pytest.approx(1)
    assert sum(said["influence"]["after"].values()) == pytest.approx(1)
    assert {each["level"] for each in said["slices"] if each["kind"] == "memory"} == {"on", "off"}
    assert said["worst_segment"]["kind"] == "segment"
    assert {signal["scored_by"] for signal in said["signals"]} == {"imported"}


def test_the_same_pool_and_seed_give_the_same_report(
    project: Any, april_in: Callable[..., Any], report: Callable[..., Any]
) -> None:
    april_in(project, 200)
    first, second, other = report("--seed", "3"), report("--seed", "3"), report("--seed", "4")
    for said in (first, second, other):
        del said["report"], said["provenance"]["made_at"]
    assert first == second
    assert other["provenance"]["snapshot"] == first["provenance"]["snapshot"]
    assert other["shift"]["sycophancy"]["estimate"] == first["shift"]["sycophancy"]["estimate"]
    assert other["shift"]["sycophancy"]["low"] != first["shift"]["sycophancy"]["low"]
