"""An experiment with two candidates: what is said of one does not rest on what was said of the other."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from abtest import plans
from abtest.closing import close_hours, last_closed
from abtest.ingest.taking import take
from abtest.models import Arm, Event, Experiment
from abtest.readouts.assembling import assemble
from abtest.readouts.ground import design_of
from abtest.readouts.making import read_out
from tests.abtest import trials
from tests.abtest.worlds import flattering

pytestmark = pytest.mark.django_db
ARMS = ("control", "candidate", "bold")
UNITS = 510
PLAN = {
    "hypothesis": "Warmer or bolder, both may be liked more.",
    "primary": "preference",
    "metrics": [{"key": "preference", "expected": 0.05}],
    "guardrails": [{"kind": "sycophancy", "limit": 0.02}],
    "planned_units": 3000,
}


@pytest.fixture
def three(project: Any) -> Experiment:
    arms = (("control", "v41", 333_334), ("candidate", "v42", 333_333), ("bold", "v43", 333_333))
    return trials.running(project, plan=PLAN, arms=arms)


def chooses(n: int, arm: str, preference: int, **more: Any) -> dict[str, Any]:
    """A choice between the control and a candidate, by a user of this arm."""
    said = {"user": f"{arm}-{n}", "arm": arm, "conversation": f"{arm}-{n}", "second": arm, "preference": preference}
    return trials.event("side_by_side", **said | more)


def test_a_candidate_does_not_win_by_choices_for_another(project: Any, three: Experiment) -> None:
    at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    said = (at + timedelta(minutes=5)).isoformat()
    quiet = {"conversation": None, "turn": None}
    lines = [
        trials.event("exposure", at=said, user=f"{arm}-{n}", arm=arm, **quiet) for arm in ARMS for n in range(UNITS)
    ]
    # Nine of ten prefer the candidate; of the bold one half do.
    lines += [chooses(n, "candidate", 2 if n % 10 else -2, at=said) for n in range(UNITS)]
    lines += [chooses(n, "bold", 2 if n % 2 else -2, at=said) for n in range(UNITS)]
    taken = take(project=project, lines=trials.lines(*lines), simulated_in=at)
    assert not taken.rejected, taken.rejected[:3]
    close_hours(three)
    made = read_out(three)
    assert made is not None
    found = {one["candidate"]: one for one in made.body["metrics"] if one["key"] == "preference"}
    assert (found["candidate"]["answer"], found["bold"]["answer"]) == ("more", "open")
    assert found["candidate"]["arms"]["candidate"]["value"] == pytest.approx(0.9)
    assert found["bold"]["arms"]["bold"]["value"] == pytest.approx(0.5)
    states = {one["candidate"]: one["state"] for one in made.body["verdicts"]}
    assert states == {"candidate": "unproven", "bold": "open"}


def test_a_choice_adds_to_the_candidate_of_the_users_own_arm_alone(project: Any, three: Experiment) -> None:
    own = chooses(1, "bold", 2)
    others = chooses(2, "bold", 2, second="candidate")
    of_control = chooses(3, "control", 2, second="bold")
    between = chooses(4, "bold", 2, first="candidate")
    taken = take(project=project, lines=trials.lines(own, others, of_control, between))
    assert (taken.accepted, taken.rejected) == (4, ())
    metrics = dict(Event.objects.filter(experiment=three).values_list("event_id", "metric"))
    assert [metrics[one["event_id"]] for one in (own, others, of_control, between)] == ["preference", "", "", ""]


def test_candidates_share_the_planned_units_and_the_error(three: Experiment) -> None:
    plan, arms = plans.parse(three.plan), list(Arm.objects.filter(experiment=three).order_by("ordinal"))
    thumb, choice = (design_of(plan, key, arms, arms[2]) for key in ("thumb", "preference"))
    assert (thumb.alpha, choice.alpha) == (0.025, 0.025)
    assert thumb.planned == pytest.approx(2000, abs=1), "the control's third and the candidate's"
    assert choice.planned == pytest.approx(1000, abs=1), "only the candidate's own units choose"
    two = design_of(plan, "preference", arms[:2], arms[1])
    assert (two.alpha, two.planned) == (0.05, 3000)


def test_the_last_planned_look_is_waited_for_before_nothing_is_found(project: Any) -> None:
    # Half of the units leave a thumb unasked or asked: of the primary metric the looks come later than the units.
    experiment = flattering(project, units=400, labelled=0, liked_0=0.7, liked_1=0.7)
    assert _said(experiment, None)["state"] == "no_difference"
    assert _said(experiment, 2)["state"] == "open"


def _said(experiment: Experiment, looks: int | None) -> Any:
    """The verdict of the plan with so many looks, of fewer units than came."""
    experiment.plan = {**experiment.plan, "planned_units": 700, "looks": looks}
    close_hours(experiment)
    hour = last_closed(experiment)
    assert hour is not None
    return assemble(experiment, hour)["verdict"]
