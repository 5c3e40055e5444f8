"""What a plan takes, and what it says of everything else."""

from datetime import date
from typing import Any

import pytest

from abtest import plans
from abtest.plans import Goal, Guardrail, Plan
from reports.faults import Refused
from tests.abtest.drafts import PLAN

WHOLE = {
    **PLAN,
    "metrics": [{"key": "thumb", "expected": 0.02}, {"key": "regenerate", "direction": "down"}],
    "label_rate": 0.01,
    "slices": ["locale", "client_2"],
    "looks": 12,
    "alpha": 0.01,
    "days": 14,
    "starts_on": "2026-05-01",
    "ends_on": "2026-05-15",
    "eligibility": {"locale": ["en", "de"]},
}


def faults(**wrong: Any) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        plans.parse({**WHOLE, **wrong})
    return refused.value.faults


def test_a_plan_is_read_and_kept_and_read_again() -> None:
    plan = plans.parse(WHOLE)
    assert plan.metrics == (Goal("thumb", 0.02, "up"), Goal("regenerate", None, "down"))
    assert plan.guardrails == (Guardrail("sycophancy", 0.02), Guardrail("latency", 200.0))
    assert (plan.label_share, plan.starts_on) == (10_000, date(2026, 5, 1))
    assert plans.parse(plan.as_json()) == plan


def test_what_is_not_said_is_as_usual() -> None:
    assert plans.parse({}) == Plan()
    assert (Plan().label_rate, Plan().alpha, Plan().days) == (0.02, 0.05, 30)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("hypothesis", "x" * 4001, "hypothesis"),
        ("hypothesis", "a\0b", "hypothesis"),
        ("hypothesis", "\ud800", "hypothesis"),
        ("hypothesis", 7, "hypothesis"),
        ("primary", "likes", "primary"),
        ("primary", "latency", "primary"),
        ("metrics", [], "metrics"),
        ("metrics", "thumb", "metrics"),
        ("metrics", [{"key": "thumb"}, {"key": "thumb"}], "metrics[1].key"),
        ("metrics", [{"key": "turn"}], "metrics[0].key"),
        ("metrics", [{"key": "thumb", "expected": "much"}], "metrics[0].expected"),
        ("metrics", [{"key": "thumb", "expected": float("nan")}], "metrics[0].expected"),
        ("metrics", [{"key": "thumb", "direction": "sideways"}], "metrics[0].direction"),
        ("metrics", [{"key": "thumb", "weight": 1}], "metrics[0]"),
        ("metrics", [7], "metrics[0]"),
        ("guardrails", [{"kind": "warmth", "limit": 0.1}], "guardrails[0].kind"),
        ("guardrails", [{"kind": "sycophancy"}], "guardrails[0].limit"),
        ("guardrails", [{"kind": "sycophancy", "limit": 0}], "guardrails[0].limit"),
        ("guardrails", [{"kind": "sycophancy", "limit": 2}], "guardrails[0].limit"),
        ("guardrails", [{"kind": "sycophancy", "limit": True}], "guardrails[0].limit"),
        ("guardrails", [{"kind": "coldness", "limit": 0.1}] * 2, "guardrails[1].kind"),
        ("guardrails", [{"kind": ["sycophancy"], "limit": 0.1}], "guardrails[0].kind"),
        ("label_rate", 0, "label_rate"),
        ("label_rate", 1.1, "label_rate"),
        ("slices", ["a", "b", "c", "d"], "slices"),
        ("slices", ["memory"], "slices"),
        ("slices", ["Locale"], "slices"),
        ("slices", ["a", "a"], "slices"),
        ("slices", [["a"]], "slices"),
        ("slices", "abc", "slices"),
        ("looks", 21, "looks"),
        ("looks", 2.0, "looks"),
        ("alpha", 0.5, "alpha"),
        ("planned_units", 10, "planned_units"),
        ("planned_units", True, "planned_units"),
        ("days", 0, "days"),
        ("starts_on", "tomorrow", "starts_on"),
        ("starts_on", 20260501, "starts_on"),
        ("ends_on", "2026-05-01", "ends_on"),
        ("eligibility", {"locale": []}, "eligibility"),
        ("eligibility", {"locale": "en"}, "eligibility"),
        ("eligibility", {"locale": ["a;b"] * 51}, "eligibility"),
        ("eligibility", ["locale"], "eligibility"),
        ("winner", "v42", "winner"),
    ],
)
def test_what_is_wrong_is_said_of_the_field_that_has_it(field: str, value: Any, named: str) -> None:
    assert list(faults(**{field: value})) == [named]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert set(faults(alpha=2, days="x", guardrails=[{}])) == {
        "alpha",
        "days",
        "guardrails[0].kind",
        "guardrails[0].limit",
    }


@pytest.mark.parametrize("kind", ["sycophancy", "coldness", "correctness"])
def test_any_guardrail_on_behaviour_is_enough_to_start(kind: str) -> None:
    assert plans.missing(plans.parse({**PLAN, "guardrails": [{"kind": kind, "limit": 0.05}]})) == {}


def test_what_a_plan_lacks_is_said_before_the_start() -> None:
    assert set(plans.missing(Plan())) == {"hypothesis", "guardrails", "planned_units"}
