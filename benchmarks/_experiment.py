"""Experiments with very many events, planted as rows, and what it takes to add them up and to read them."""

import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from abtest import adding
from abtest.models import Arm, Experiment
from core.accounts.projects import create_project
from core.catalog.models import Bundle

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROUNDS = 5

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
       CASE WHEN (u / 2 + CASE WHEN u %% 10 = 0 THEN n ELSE 0 END) %% 2 = 0 THEN 'memory=on' ELSE 'memory=off' END
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
    """Seconds for adding up, and for a plain GROUP BY of the same events: medians of ROUNDS."""

    ours: float
    plain: float

    @property
    def ratio(self) -> float:
        return self.ours / self.plain

    def __str__(self) -> str:
        return f"{self.ours:.2f} s against {self.plain:.2f} s: {self.ratio:.2f} x"


@dataclass(frozen=True, slots=True)
class Page:
    milliseconds: float
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
    plain = statistics.median(_plain(experiment, hour) for _ in range(ROUNDS))
    ours = statistics.median(_undone(experiment, hour) for _ in range(ROUNDS))
    return Added(ours, plain)


def _plain(experiment: Experiment, hour: datetime) -> float:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(adding.WORK_MEM)
        began = time.perf_counter()
        cursor.execute(f"CREATE TEMPORARY TABLE plain ON COMMIT DROP AS {_PLAIN}", [experiment.pk, hour])
        return time.perf_counter() - began


def _undone(experiment: Experiment, hour: datetime) -> float:
    """Seconds for adding up; what was added is taken back, so that it can be done again."""
    with transaction.atomic():
        began = time.perf_counter()
        _add(experiment, hour)
        took = time.perf_counter() - began
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM abtest_unittotal, abtest_exposure, abtest_armmoments")
    return took


def _add(experiment: Experiment, hour: datetime) -> None:
    adding.add_up(adding.Hour(project=experiment.project_id, experiment=experiment.pk, hour=hour), corrected=False)


def _experiment(key: str) -> Experiment:
    project = create_project(slug=key, name=key, owner=None)
    experiment = Experiment.objects.create(
        project=project, key=key, name=key, salt="s", state="running", started_at=BEGIN, ramp=100
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
