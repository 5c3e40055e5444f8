"""Experiments with very many events, planted as rows, and what it takes to add them up and to read them."""

import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from abtest import adding
from abtest.metrics import METRICS, TURN
from abtest.models import Arm, ArmMoments, Experiment, Readout
from abtest.readouts.courses import courses
from abtest.readouts.making import read_out
from core.accounts.projects import create_project
from core.catalog.models import Bundle

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROUNDS = 3
_PLAN: dict[str, Any] = {
    "primary": "thumb",
    "metrics": [{"key": key, "expected": None, "direction": "up"} for key in METRICS],
    "guardrails": [{"kind": "sycophancy", "limit": 0.02}, {"kind": "latency", "limit": 100.0}],
    "slices": ["locale", "plan"],
    "planned_units": 1_000_000,
}

# Of a hundred events of an hour: what they are. A unit has about ten, in one of four cells, and one in ten in two.
_EVENTS = """
INSERT INTO abtest_event (id, project_id, event_id, digest, kind, experiment_id, arm_id, unit, metric, value, cell,
                          said_at, received_at, hour)
SELECT gen_random_uuid(), %(project)s, %(name)s || n, '\\x0102030405060708',
       CASE WHEN what < 10 THEN 'exposure' WHEN what < 60 THEN 'usage' WHEN what < 62 THEN 'turn' ELSE 'thumb' END,
       %(experiment)s, CASE WHEN u %% 2 = 0 THEN %(control)s::uuid ELSE %(candidate)s::uuid END,
       md5(%(salt)s || u)::uuid,
       CASE WHEN what < 10 THEN '' WHEN what < 45 THEN 'message' WHEN what < 55 THEN 'latency'
            WHEN what < 60 THEN 'regenerate' WHEN what < 62 THEN 'turn' WHEN what < 92 THEN 'thumb'
            ELSE 'thumb_asked' END,
       CASE WHEN what < 10 THEN NULL WHEN what BETWEEN 45 AND 54 THEN 500 + n %% 1000
            WHEN what >= 62 THEN (hashint8(n) %% 10 < 7)::int ELSE 1 END,
       CASE WHEN (u / 2 + CASE WHEN u / 2 %% 10 = 0 THEN round ELSE 0 END) %% 2 = 0 THEN 'memory=on'
            ELSE 'memory=off' END
           || CASE WHEN u %% 3 = 0 THEN ';locale=de' ELSE ';locale=en' END,
       %(hour)s, %(hour)s + n * interval '1 ms', %(hour)s
FROM (
    SELECT n, n / %(units)s %% 10 AS round, %(first)s + n %% %(units)s AS u,
           CASE WHEN n < %(units)s THEN 0 ELSE 10 + abs(hashint8(n)) %% 90 END AS what
    FROM generate_series(0, %(events)s - 1) n
) e
"""
_PLAIN = """
SELECT arm_id, unit, metric, count(*), sum(value) FROM abtest_event
WHERE experiment_id = %s AND hour = %s GROUP BY arm_id, unit, metric
"""


@dataclass(frozen=True, slots=True)
class Added:
    """Seconds for adding up, and for a plain GROUP BY of the same events, by the clock and of the server process's
    processor time: medians of ROUNDS."""

    ours: float
    plain: float
    ours_busy: float
    plain_busy: float

    @property
    def ratio(self) -> float:
        return self.ours / self.plain

    def __str__(self) -> str:
        return (
            f"{self.ours:.2f} s against {self.plain:.2f} s: {self.ratio:.2f} x "
            f"(processor {self.ours_busy:.2f} s against {self.plain_busy:.2f} s: "
            f"{self.ours_busy / self.plain_busy:.2f} x)"
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Milliseconds to read what the result page shows (median), and to make the readout that it shows."""

    milliseconds: float
    making: float
    said: str


def adding_up(events: int, *, before: int = 0) -> Added:
    """Add up so many new events of one hour; `before` so many lie in an hour that is added up already.

    Half of the units of the new ones are then old.
    """
    experiment = _experiment(f"adding-{before}")
    if before:
        _plant(experiment, BEGIN, before, first=0)
        with transaction.atomic():
            _add(experiment, BEGIN)
    hour = BEGIN + HOUR
    _plant(experiment, hour, events, first=before // 20)
    # In turn, so that what else the machine does meets both alike.
    rounds = [(*_undone(experiment, hour), *_plain(experiment, hour)) for _ in range(ROUNDS)]
    ours, ours_busy, plain, plain_busy = (statistics.median(each) for each in zip(*rounds, strict=True))
    return Added(ours, plain, ours_busy, plain_busy)


def _clocks() -> tuple[float, float]:
    """Seconds by the clock, and those that the server process of this connection has computed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    busy = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    return time.perf_counter(), busy / 1e9


def _since(began: tuple[float, float]) -> tuple[float, float]:
    now = _clocks()
    return now[0] - began[0], now[1] - began[1]


def _plain(experiment: Experiment, hour: datetime) -> tuple[float, float]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(adding.WORK_MEM)
        began = _clocks()
        cursor.execute(f"CREATE TEMPORARY TABLE plain ON COMMIT DROP AS {_PLAIN}", [experiment.pk, hour])
        return _since(began)


def _undone(experiment: Experiment, hour: datetime) -> tuple[float, float]:
    """Seconds for adding up; what was added is taken back, so that it can be done again."""
    with transaction.atomic():
        began = _clocks()
        _add(experiment, hour)
        took = _since(began)
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM abtest_unittotal, abtest_exposure, abtest_armmoments")
    return took


def _add(experiment: Experiment, hour: datetime) -> None:
    adding.add_up(adding.Hour(project=experiment.project_id, experiment=experiment.pk, hour=hour))


def _experiment(key: str, plan: dict[str, Any] | None = None) -> Experiment:
    project = create_project(slug=key, name=key, owner=None)
    experiment = Experiment.objects.create(
        project=project, key=key, name=key, salt="s", state="running", started_at=BEGIN, ramp=100, plan=plan or {}
    )
    for n, name in enumerate(("control", "candidate")):
        bundle = Bundle.objects.create(project=project, name=name)
        Arm.objects.create(project=project, experiment=experiment, key=name, bundle=bundle, ordinal=n, share=500_000)
    return experiment


def _plant(experiment: Experiment, hour: datetime, events: int, *, first: int) -> None:
    """Events of events / 10 units, the first of which has this number."""
    control, candidate = Arm.objects.filter(experiment=experiment).order_by("ordinal").values_list("pk", flat=True)
    with connection.cursor() as cursor:
        cursor.execute(
            _EVENTS,
            {
                "project": experiment.project_id,
                "experiment": experiment.pk,
                "control": control,
                "candidate": candidate,
                "name": f"{hour:%d%H}-",
                "salt": experiment.key,
                "units": max(events // 10, 1),
                "first": first,
                "events": events,
                "hour": hour,
            },
        )
        cursor.execute("VACUUM ANALYZE abtest_event")


# What ten events of each unit come to, over 30 days in which units come evenly: a tenth of all events are of a metric,
# and each unit that has any has one or two.
_MOMENTS = """
INSERT INTO abtest_armmoments (experiment_id, project_id, arm_id, metric, part, hour, exposed, units, sx, sm, sxx, sxm,
                               smm)
SELECT %(experiment)s, %(project)s, a.id, metric, part, %(begin)s + h * interval '1 hour', u, CASE metric WHEN '' THEN u
       ELSE u / 2 END, CASE metric WHEN '' THEN 0 ELSE u * (70 + a.ordinal) / 100 END,
       CASE metric WHEN '' THEN 0 ELSE u END, CASE metric WHEN '' THEN 0 ELSE u * 12 / 10 END,
       CASE metric WHEN '' THEN 0 ELSE u * 15 / 10 END, CASE metric WHEN '' THEN 0 ELSE u * 22 / 10 END
FROM generate_series(0, %(hours)s - 1) h
CROSS JOIN unnest(%(metrics)s::text[]) metric
CROSS JOIN unnest(%(parts)s::text[], %(weights)s::int[]) AS p (part, weight)
JOIN abtest_arm a ON a.experiment_id = %(experiment)s
CROSS JOIN LATERAL (SELECT (h + 1) * %(events)s::bigint / 20 / %(hours)s / weight AS u) each
"""
_PARTS = {"": 1, "memory=on": 2, "memory=off": 2, "locale=de": 3, "locale=en": 2, "plan=free": 2, "plan=paid": 3}
_HOURS = 720


def page(events: int) -> Page:
    """Read what the result page shows of an experiment of so many events over 30 days: its newest readout, and the
    course of each of its metrics. Only totals are filled, since nothing else is read."""
    experiment = _experiment("page", plan=_PLAN)
    keys = [*METRICS, TURN]
    with connection.cursor() as cursor:
        values = {
            "experiment": experiment.pk,
            "project": experiment.project_id,
            "begin": BEGIN,
            "hours": _HOURS,
            "events": events,
            "metrics": ["", *keys],
            "parts": list(_PARTS),
            "weights": list(_PARTS.values()),
        }
        cursor.execute(_MOMENTS, values)
        cursor.execute(
            "INSERT INTO abtest_closedhour (experiment_id, project_id, hour, events) "
            "SELECT %(experiment)s, %(project)s, %(begin)s + h * interval '1 hour', %(events)s / %(hours)s "
            "FROM generate_series(0, %(hours)s - 1) h",
            values,
        )
        cursor.execute("VACUUM ANALYZE abtest_armmoments, abtest_closedhour")
    began = time.perf_counter()
    made = read_out(experiment)
    making = 1000 * (time.perf_counter() - began)
    assert made is not None
    took = [_looked_at(experiment) for _ in range(2 * ROUNDS)]
    rows = ArmMoments.objects.filter(experiment=experiment).count()
    middle = statistics.median(took)
    said = f"{middle:.0f} ms (greatest {max(took):.0f}), {rows:,} rows of totals; readout made in {making:.0f} ms"
    return Page(middle, making, said)


def _looked_at(experiment: Experiment) -> float:
    began = time.perf_counter()
    newest = Readout.objects.filter(experiment=experiment).order_by("-hour").first()
    assert newest is not None
    candidate = Arm.objects.get(experiment=experiment, ordinal=1)
    keys = [goal["key"] for goal in experiment.plan["metrics"]]
    assert len(courses(experiment, keys, candidate)) == len(keys)
    return 1000 * (time.perf_counter() - began)
