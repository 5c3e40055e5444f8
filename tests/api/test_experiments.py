"""Experiments and assignments over the API."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abtest import experimenting
from abtest.assignment import assigned
from abtest.selectors import arms_of, parameters_of
from tests.abtest.drafts import PLAN, draft, running
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db
NASTY = ["\u202eabc", "a:b", " ", "用户", "'; DROP TABLE x; --", "<b>", "🦩", "%00", "\x7f", "x" * 200]


def read(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def test_experiments_are_listed_with_their_arms_in_a_few_queries(caller: Caller, project: Any) -> None:
    for n in range(5):
        running(project, f"e{n}")
    draft(project, "waiting")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = read(caller.get("experiments/"))["results"]
    assert [one["key"] for one in found] == ["waiting", "e4", "e3", "e2", "e1", "e0"]
    assert found[1]["arms"] == [
        {"key": "control", "bundle": "v41", "share": 500_000},
        {"key": "candidate", "bundle": "v42", "share": 500_000},
    ]
    assert len([one for one in asked if "abtest_" in one["sql"]]) == 2
    assert [one["key"] for one in read(caller.get("experiments/?state=draft"))["results"]] == ["waiting"]
    assert caller.get("experiments/?state=lost").status_code == 400


def test_one_experiment_says_its_plan_and_why_its_ramp_is_held(caller: Caller, project: Any) -> None:
    experimenting.hold_ramp(experiment=running(project), by=None, because="Sycophancy is over its ceiling.")
    found = read(caller.get("experiments/april-v42/"))
    assert (found["state"], found["ramp"], found["held_because"]) == ("running", 1, "Sycophancy is over its ceiling.")
    assert found["plan"]["guardrails"] == PLAN["guardrails"]
    assert caller.get("experiments/may/").status_code == 404


def test_parameters_take_nobody_in_unless_it_runs(caller: Caller, project: Any) -> None:
    experiment = draft(project)
    assert read(caller.get("experiments/april-v42/parameters/"))["ramp"] == 0
    experimenting.start(experiment=experiment, by=None)
    said = read(caller.get("experiments/april-v42/parameters/"))
    assert (said["ramp"], said["label_share"], said["salt"]) == (1, 20_000, experiment.salt)
    experimenting.stop(experiment=experiment, by=None, reason="Enough.")
    said = read(caller.get("experiments/april-v42/parameters/"))
    assert (said["ramp"], said["state"]) == (0, "stopped")


def test_one_unit_and_many_get_what_the_hash_says(caller: Caller, project: Any) -> None:
    experiment = running(project, ramp=50)
    parameters = parameters_of(experiment, arms_of(experiment))
    units = [*NASTY, *(f"u{n}" for n in range(100))]
    found = read(caller.post("experiments/april-v42/assignments/", {"units": units}, None))["results"]
    expected = [(unit, assigned(parameters, unit)) for unit in units]
    assert [(one["unit"], one["arm"], one["bundle"]) for one in found] == [
        (unit, share and share.arm, share and share.bundle) for unit, share in expected
    ]
    assert {one["arm"] for one in found} == {None, "control", "candidate"}
    for one in found:
        assert read(caller.get(f"experiments/april-v42/assignment/?unit={quote(one['unit'])}")) == one


def test_ten_thousand_units_are_assigned_at_once_and_not_one_more(caller: Caller, project: Any) -> None:
    running(project)
    units = [f"user-{n}" for n in range(10_001)]
    assert len(read(caller.post("experiments/april-v42/assignments/", {"units": units[1:]}, None))["results"]) == 10_000
    assert caller.post("experiments/april-v42/assignments/", {"units": units}, None).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"units": []},
        {"units": "u1"},
        {"units": {"u1": 1}},
        {"units": [1]},
        {"units": [None]},
        {"units": [True]},
        {"units": [["u1"]]},
        {"units": [""]},
        {"units": ["x" * 201]},
        {"units": ["a\x00b"]},
        {"units": ["\ud800"]},
        {"units": ["u1"], "ramp": 100},
    ],
    ids=str,
)
def test_units_that_are_none_are_refused(caller: Caller, project: Any, body: Any) -> None:
    running(project)
    answer = caller.post("experiments/april-v42/assignments/", body, None)
    assert (answer.status_code, json.loads(answer.content)["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    "query", ["", "?unit=", f"?unit={'x' * 201}", "?unit=a%00b", "?unit=a&unit=b", "?unit=a&ramp=100"]
)
def test_a_question_without_a_unit_is_refused(caller: Caller, project: Any, query: str) -> None:
    running(project)
    answer = caller.get(f"experiments/april-v42/assignment/{query}")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (400, "invalid")


def test_a_token_to_read_or_to_send_is_enough_and_no_other(
    make_caller: Any,
    project: Any,
    reviewer: Any,
) -> None:
    running(project)
    for scopes, status in ((["read"], 200), (["ingest"], 200), (["label", "import", "export"], 403)):
        assert make_caller(*scopes).get("experiments/april-v42/parameters/").status_code == status
    assert make_caller("ingest", by=reviewer).get("experiments/april-v42/parameters/").status_code == 403
