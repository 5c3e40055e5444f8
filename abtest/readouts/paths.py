"""Moments of arms as arrays over the closed hours, for `stats.sequential`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection

from abtest.models import Arm, ClosedHour, Experiment
from stats.pools import Array
from stats.sequential.moments import Moments

_SUMS = ("units", "exposed", "sx", "sm", "sxx", "sxm", "smm")
# Numbers as the statistics take them; the stored sums are exact.
_AS_FLOATS = ", ".join(f"{name}::float8" for name in _SUMS)
# Seconds, since ten thousand moments take longer to read than all that is done with them.
_EPOCH = "extract(epoch FROM hour)::bigint"
_WHOLE = f"""
SELECT metric, part, arm_id, {_EPOCH}, {_AS_FLOATS} FROM abtest_armmoments
WHERE experiment_id = %s AND part = %s AND metric = ANY(%s) AND hour <= %s ORDER BY hour
"""  # noqa: S608  (names of columns only)
_LAST = f"""
SELECT metric, part, arm_id, {_EPOCH}, {_AS_FLOATS} FROM abtest_armmoments
WHERE experiment_id = %s AND hour = %s
"""  # noqa: S608

Key = tuple[str, str]
"""A metric and a part; metric "" is the exposed units themselves."""


@dataclass(frozen=True, eq=False)
class Paths:
    """Moments (H,) of each arm, in the order of the arms, over `hours`; an arm without a row has nothing there yet."""

    hours: tuple[datetime, ...]
    arms: tuple[Arm, ...]
    found: dict[Key, tuple[Moments, ...]]

    def of(self, metric: str, part: str = "") -> tuple[Moments, ...]:
        """The arms' moments of a metric in a part."""
        nothing = tuple(_moments(np.zeros((len(self.hours), len(_SUMS)))) for _ in self.arms)
        return self.found.get((metric, part), nothing)

    def parts(self) -> list[str]:
        """The slices that occur."""
        return sorted({part for _, part in self.found if part})

    def exposed(self) -> Array:
        """Exposed units by hour and arm (H, K)."""
        return np.stack([moments.exposed for moments in self.of("")], axis=1)


def whole_path(experiment: Experiment, *, metrics: Sequence[str], until: datetime, part: str = "") -> Paths:
    """These metrics over all closed hours until `until`, of all units or in a part."""
    hours = tuple(
        ClosedHour.objects.filter(experiment=experiment, hour__lte=until)
        .order_by("hour")
        .values_list("hour", flat=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(_WHOLE, [experiment.pk, part, list(metrics), until])
        return _paths(experiment, hours, cursor.fetchall())


def last_hour(experiment: Experiment, *, hour: datetime) -> Paths:
    """Everything at one closed hour: paths of length 1."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [experiment.pk, hour])
        return _paths(experiment, (hour,), cursor.fetchall())


def _paths(experiment: Experiment, hours: tuple[datetime, ...], rows: list[tuple[Any, ...]]) -> Paths:
    arms = tuple(Arm.objects.filter(experiment=experiment).select_related("bundle").order_by("ordinal"))
    row_of = {int(hour.timestamp()): n for n, hour in enumerate(hours)}
    place_of = {arm.pk: n for n, arm in enumerate(arms)}
    tables: dict[Key, Array] = {}
    for metric, part, arm, hour, *sums in rows:
        table = tables.get((metric, part))
        if table is None:
            table = tables[metric, part] = np.zeros((len(arms), len(hours), len(_SUMS)))
        table[place_of[arm], row_of[hour]] = sums
    return Paths(hours, arms, {key: tuple(_each(table)) for key, table in tables.items()})


def _each(table: Array) -> Iterator[Moments]:
    return (_moments(sums) for sums in table)


def _moments(sums: Array) -> Moments:
    return Moments(**{name: sums[:, n] for n, name in enumerate(_SUMS)})
