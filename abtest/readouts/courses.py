"""How a metric came to what it says: the difference and its intervals at the end of every closed hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from abtest import plans
from abtest.closing import last_closed
from abtest.metrics import METRICS
from abtest.models import Arm, Experiment
from abtest.readouts.figures import read_arms
from abtest.readouts.ground import design_of
from abtest.readouts.paths import Paths, whole_path
from stats.pools import Array
from stats.sequential.reading import Design


@dataclass(frozen=True, eq=False)
class Course:
    """Arrays (H,) over `hours`, NaN where there is not enough data; `n` are the units of both arms."""

    hours: tuple[datetime, ...]
    n: Array
    estimate: Array
    low: Array
    high: Array
    fixed_low: Array
    fixed_high: Array
    p: Array


def course(experiment: Experiment, metric: str, candidate: Arm, *, part: str = "") -> Course | None:
    """A candidate's difference from the control in a metric, from the totals alone; None before any hour is closed.

    Raises KeyError for a metric that there is not.
    """
    return courses(experiment, [metric], candidate, part=part).get(metric)


def courses(experiment: Experiment, metrics: Sequence[str], candidate: Arm, *, part: str = "") -> dict[str, Course]:
    """The same of several metrics, read at once; empty before any hour is closed."""
    last = last_closed(experiment)
    if last is None:
        return {}
    paths = whole_path(experiment, metrics=metrics, until=last, part=part)
    plan = plans.parse(experiment.plan)
    return {
        metric: _course(paths, metric, candidate, part, design_of(plan, metric, paths.arms, candidate))
        for metric in metrics
    }


def _course(paths: Paths, metric: str, candidate: Arm, part: str, design: Design) -> Course:
    path = read_arms(METRICS[metric], paths.of(metric, part), candidate.ordinal, design).path
    return Course(paths.hours, path.n, path.estimate, path.low, path.high, path.fixed_low, path.fixed_high, path.p)
