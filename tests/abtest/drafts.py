"""Experiments for tests, made as a person or a simulation makes them."""

from typing import Any

from abtest import experimenting
from abtest.models import Experiment
from abtest.shaping import ArmWish

ARMS = (ArmWish("control", "v41", 500_000), ArmWish("candidate", "v42", 500_000))
PLAN: dict[str, Any] = {
    "hypothesis": "v42 is warmer, and people like that.",
    "primary": "thumb",
    "metrics": [{"key": "thumb", "expected": 0.02, "direction": "up"}],
    "guardrails": [{"kind": "sycophancy", "limit": 0.02}, {"kind": "latency", "limit": 200}],
    "planned_units": 20_000,
}


def draft(project: Any, key: str = "april-v42", **wanted: Any) -> Experiment:
    """A draft that could start as it is."""
    given = {"name": "April", "arms": ARMS, "plan": PLAN, "by": None, **wanted}
    return experimenting.create(project=project, key=key, **given)


def running(project: Any, key: str = "april-v42", ramp: int = 1, **wanted: Any) -> Experiment:
    """An experiment that runs at this step of its ramp."""
    experiment = experimenting.start(experiment=draft(project, key, **wanted), by=None)
    for step in experimenting.RAMP[1 : experimenting.RAMP.index(ramp) + 1]:
        experiment = experimenting.advance_ramp(experiment=experiment, by=None, to=step)
    return experiment
