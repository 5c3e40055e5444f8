"""Setting an experiment up on the pages, step by step, until it runs."""

from typing import Any

import pytest
from django.test import Client

from abtest.models import Arm, Experiment
from tests.abtest_pages import worlds

TRIED = {
    "name": "Warmer, with memory",
    "key": "april-v42",
    "hypothesis": "People like it more.",
    "unit": "user",
    "bundle-0": "v41",
    "share-0": "50",
    "bundle-1": "v42",
    "share-1": "50",
}
GUARDRAILS = {"limit-sycophancy": "2", "limit-latency": "150", "label_rate": "1.5"}
SIZE = {"planned_units": "40000", "days": "21", "alpha": "0.05", "slices": "locale", "eligibility": "locale: en, de"}


@pytest.fixture
def lead(client: Client, ml_lead: Any) -> Client:
    client.force_login(ml_lead)
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_four_steps_and_a_click_start_an_experiment(lead: Client, project: Any) -> None:
    p = "/p/demo/experiments"
    first = lead.post(f"{p}/new/", TRIED)
    assert first.headers["Location"] == f"{p}/april-v42/plan/metrics/"
    second = lead.post(first.headers["Location"], {"primary": "thumb", "expected-thumb": "2", "on-regenerate": "on"})
    assert second.headers["Location"] == f"{p}/april-v42/plan/guardrails/"
    third = lead.post(second.headers["Location"], GUARDRAILS)
    assert third.headers["Location"] == f"{p}/april-v42/plan/size/"
    fourth = lead.post(third.headers["Location"], SIZE)
    assert fourth.headers["Location"] == f"{p}/april-v42/"
    shown = text(lead.get(f"{p}/april-v42/"))
    assert "A draft, ready to start." in shown
    assert "sycophancy within 2 points" in shown
    lead.post(f"{p}/april-v42/start/")
    made = Experiment.objects.get(project=project, key="april-v42")
    assert (made.state, made.ramp) == ("running", 1)
    plan = made.plan
    assert plan["metrics"] == [
        {"key": "thumb", "expected": 0.02, "direction": "up"},
        {"key": "regenerate", "expected": None, "direction": "down"},
    ]
    assert plan["guardrails"] == [{"kind": "sycophancy", "limit": 0.02}, {"kind": "latency", "limit": 150.0}]
    assert plan["label_rate"] == pytest.approx(0.015)
    assert (plan["days"], plan["slices"], plan["eligibility"]) == (21, ["locale"], {"locale": ["en", "de"]})
    arms = Arm.objects.filter(experiment=made).order_by("ordinal").values_list("key", "bundle__name", "share")
    assert list(arms) == [("control", "v41", 500_000), ("candidate", "v42", 500_000)]


def test_it_does_not_start_without_a_guardrail_on_behaviour(lead: Client, project: Any) -> None:
    worlds.draft(project, plan={**worlds.PLAN, "guardrails": [{"kind": "latency", "limit": 200}]})
    assert "needs at least one guardrail on behaviour" in text(lead.get("/p/demo/experiments/april-v42/"))
    refused = lead.post("/p/demo/experiments/april-v42/start/", follow=True)
    assert "needs at least one guardrail on behaviour" in text(refused)
    assert Experiment.objects.get(key="april-v42").state == "draft"


def test_what_is_wrong_stands_beside_its_field(lead: Client, project: Any) -> None:
    refused = lead.post("/p/demo/experiments/new/", {**TRIED, "share-1": "40"})
    assert refused.status_code == 422
    assert "The shares must add up to all of the units" in text(refused)
    worlds.draft(project)
    again = lead.post("/p/demo/experiments/new/", TRIED)
    assert again.status_code == 422
    assert "There is an experiment with this key already." in text(again)
    step = lead.post("/p/demo/experiments/april-v42/plan/guardrails/", {**GUARDRAILS, "limit-sycophancy": "80"})
    assert step.status_code == 422
    size = lead.post("/p/demo/experiments/april-v42/plan/size/", {**SIZE, "eligibility": "locale"})
    assert "Line 1 has no value: write it as locale: en, de." in text(size)


def test_the_first_step_of_a_draft_shows_and_keeps_its_arms(lead: Client, project: Any) -> None:
    from abtest.shaping import ArmWish

    worlds.draft(project, arms=(ArmWish("old", "v41", 900_000), ArmWish("new", "v42", 100_000)))
    shown = text(lead.get("/p/demo/experiments/april-v42/plan/tried/"))
    assert 'value="90"' in shown
    given = {**TRIED, "name": "Renamed", "share-0": "80", "share-1": "20"}
    lead.post("/p/demo/experiments/april-v42/plan/tried/", given)
    made = Experiment.objects.get(key="april-v42")
    arms = Arm.objects.filter(experiment=made).order_by("ordinal").values_list("key", "share")
    assert (made.name, list(arms)) == ("Renamed", [("old", 800_000), ("new", 200_000)])
    assert made.plan["guardrails"] == worlds.PLAN["guardrails"], "the other steps stay as they were"


def test_what_has_started_cannot_be_set_up_again(lead: Client, project: Any) -> None:
    worlds.running(project)
    for step in ("tried", "metrics", "guardrails", "size"):
        assert lead.get(f"/p/demo/experiments/april-v42/plan/{step}/").status_code == 404


def test_the_power_figure_follows_what_is_filled_in(lead: Client, project: Any) -> None:
    worlds.draft(project)
    at = "/p/demo/experiments/april-v42/plan/guardrails/power/"

    def turns(limit: str) -> int:
        answer = lead.get(at, {"limit-sycophancy": limit, "label_rate": "2"}, headers={"hx-request": "true"})
        shown = text(answer)
        assert "<html" not in shown
        return int(shown.split("about ")[1].split(" labelled")[0].replace(",", ""))

    assert turns("1") > 3 * turns("2") > 3 * turns("4")
    assert Experiment.objects.get(key="april-v42").plan["guardrails"] == worlds.PLAN["guardrails"]
