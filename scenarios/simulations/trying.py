"""A live experiment of known truth: set up, fed with events through ingest, labelled by raters, its hours closed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from abtest import assignment, experimenting
from abtest.closing import close_hours
from abtest.ingest.taking import take
from abtest.models import Experiment
from abtest.readouts.making import read_out
from abtest.shaping import ArmWish, arms_of
from core.accounts.models import Project
from core.tables.statistics import look_again
from scenarios.products import ALIKE, ARMS, LIKED, Product, Traffic, draw, users_for
from scenarios.simulations.feeding import Feed, Sent, ramp_at, user_name
from scenarios.simulations.judging import Panel
from scenarios.simulations.people import Eye
from scenarios.simulations.writing import BEGIN
from stats.thumbed import Small

_HOUR = timedelta(hours=1)
# By how many days after the start how many percent of the users take part. The last step, to all, is never taken.
RAMP = ((0.0, 1), (0.25, 5), (0.5, 10), (0.75, 25), (1.0, 50))
_READ_EVERY = timedelta(days=1)
# The client sends what it has in batches of so many events.
_BATCH = 1_200
_FILLED = (
    "abtest_event",
    "abtest_chosenturn",
    "abtest_exposure",
    "abtest_unittotal",
    "abtest_armmoments",
    "catalog_content",
    "catalog_prompt",
    "catalog_response",
    "ledger_actor",
    "ledger_turn",
    "ledger_judgment",
    "ledger_signal",
    "ledger_labelrequest",
)


@dataclass(frozen=True, slots=True)
class Trial:
    """An experiment that is simulated: `turns` for each unit of the simulation's size, over `days`."""

    key: str
    name: str
    product: Product
    turns: int
    days: int
    hypothesis: str
    bundles: tuple[str, str] = ("v41", "v42")
    label_rate: float = 0.02

    def plan(self, users: int) -> dict[str, Any]:
        """What is registered before the start."""
        return {
            "hypothesis": self.hypothesis,
            "primary": "thumb",
            "metrics": [
                {"key": "thumb", "expected": 0.03, "direction": "up"},
                {"key": "thumb_asked", "direction": "up"},
                {"key": "preference", "expected": 0.03, "direction": "up"},
                {"key": "return", "direction": "up"},
                {"key": "regenerate", "direction": "down"},
            ],
            "guardrails": [
                {"kind": "sycophancy", "limit": 0.05},
                {"kind": "coldness", "limit": 0.05},
                {"kind": "correctness", "limit": 0.08},
                {"kind": "safety_report", "limit": 0.02},
                {"kind": "latency", "limit": 150.0},
            ],
            "label_rate": self.label_rate,
            "slices": ["locale"],
            "planned_units": max(100, users),
            "days": self.days,
        }


APRIL = Trial(
    key="april-v42",
    name="Warmer answers (v42)",
    product=LIKED,
    turns=40,
    days=30,
    hypothesis="People like the warmer v42 better: more of their thumbs are up, and they come back more often.",
)
NULL = Trial(
    key="null-v42",
    name="The same answers twice",
    product=ALIKE,
    turns=6,
    # What comes late is in before the last of the rest, so that nothing moves there.
    days=22,
    hypothesis="Nothing differs between the arms; whatever is found is chance.",
)


def trying(trial: Trial) -> Callable[[Project, int, int, Callable[[str], None]], dict[str, int]]:
    """What writes this experiment: (project, seed, size, say) to the counts of what was written."""

    def write(project: Project, seed: int, size: int, say: Callable[[str], None]) -> dict[str, int]:
        # Other numbers than those of the rest of the simulation, which stays as it is.
        rng = np.random.default_rng([seed, 6])
        # Half of the users take part.
        users = 2 * users_for(size * trial.turns)
        experiment = _start(project, trial, seed, users // 2)
        traffic = draw(trial.product, _arms(experiment, users), trial.days, rng)
        say(f"Sending what {len(traffic):,} turns of users bring about, as a product would")
        return _run(experiment, trial, traffic, rng)

    return write


def _start(project: Project, trial: Trial, seed: int, users: int) -> Experiment:
    half = assignment.WHOLE // 2
    experiment = experimenting.create(
        project=project,
        by=None,
        key=trial.key,
        name=trial.name,
        arms=[ArmWish(arm, bundle, half) for arm, bundle in zip(ARMS, trial.bundles, strict=True)],
        plan=trial.plan(users),
        salt=f"{trial.key}-{seed}"[:32],
    )
    experiment = experimenting.start(experiment=experiment, by=None, at=BEGIN)
    for day, percent in RAMP[1:]:
        at = BEGIN + timedelta(days=day)
        experiment = experimenting.advance_ramp(experiment=experiment, by=None, to=percent, at=at)
    return experiment


def _arms(experiment: Experiment, users: int) -> Small:
    """The arm of each user (U,), as the published hash has it."""
    shares = [one.share for one in arms_of(experiment)]
    names = (user_name(experiment.key, number) for number in range(users))
    return np.fromiter(
        (assignment.arm_of(experiment.salt, name, shares) for name in names), dtype=np.int16, count=users
    )


def _run(experiment: Experiment, trial: Trial, traffic: Traffic, rng: np.random.Generator) -> dict[str, int]:
    feed = _feed(experiment, trial, traffic)
    panel = Panel(experiment, feed, rng, Eye())
    counts = {"events": 0, "turns_labelled": 0, "hours": 0}
    last: datetime | None = None
    read = BEGIN
    for number, (hour, batch) in enumerate(_batches(feed.events(rng)), 1):
        if last is not None and last < hour:
            # As it was known then: with the labels that had come by the end of that hour.
            counts["turns_labelled"] += panel.label(until=last + _HOUR)
            counts["hours"] += close_hours(experiment, until=last + _HOUR).hours
            if last - read >= _READ_EVERY:
                read_out(experiment, simulated_at=last + _HOUR)
                read = last
        taken = take(project=experiment.project, lines=[one.line() for one in batch], simulated_in=hour)
        assert not taken.rejected, taken.rejected[:3]
        counts["events"] += taken.accepted
        panel.hear(batch, hour)
        last = hour
        # Nobody else sees these rows before the end, the server's own counting of tables included.
        if number & (number - 1) == 0:
            look_again(*_FILLED)
    assert last is not None
    _stop(experiment, trial)
    counts["turns_labelled"] += panel.label(until=None)
    counts["hours"] += close_hours(experiment, until=last + _HOUR).hours
    read_out(experiment)
    look_again(*_FILLED)
    return counts


def _stop(experiment: Experiment, trial: Trial) -> None:
    """Its planned days are over, and a decision is due."""
    experimenting.stop(
        experiment=experiment,
        by=None,
        reason="Simulated: the planned days are over.",
        at=BEGIN + timedelta(days=trial.days),
    )


def _feed(experiment: Experiment, trial: Trial, traffic: Traffic) -> Feed:
    drawn = [
        assignment.number(experiment.salt, "ramp", user_name(experiment.key, number))
        for number in range(len(traffic.arm))
    ]
    percent = ramp_at(RAMP, traffic.day)
    per = np.array(drawn, dtype=np.float64)[traffic.user] / 2**32 * 100
    label_share = round(experiment.plan["label_rate"] * assignment.WHOLE)
    return Feed(
        experiment=experiment.key,
        bundles=trial.bundles,
        begin=BEGIN,
        traffic=traffic,
        takes_part=per < percent,
        chosen=lambda conversation, turn: assignment.chosen(experiment.salt, conversation, turn, label_share),
    )


def _batches(events: list[Sent]) -> Iterator[tuple[datetime, list[Sent]]]:
    """The events in batches, each with the hour in which it comes in: that of its last event."""
    for start in range(0, len(events), _BATCH):
        batch = events[start : start + _BATCH]
        at = BEGIN + timedelta(days=batch[-1].day)
        yield at.replace(minute=0, second=0, microsecond=0), batch


def both(
    *writes: Callable[[Project, int, int, Callable[[str], None]], Mapping[str, int]],
) -> Callable[[Project, int, int, Callable[[str], None]], dict[str, int]]:
    """What writes one after the other, with the counts of all."""

    def write(project: Project, seed: int, size: int, say: Callable[[str], None]) -> dict[str, int]:
        return {name: count for each in writes for name, count in each(project, seed, size, say).items()}

    return write
