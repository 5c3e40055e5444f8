"""What has come in since the last closed hour, counted and not yet added up."""

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from abtest.models import ClosedHour, Event, Experiment

KINDS = (Event.Kind.EXPOSURE, Event.Kind.THUMB, Event.Kind.SIDE_BY_SIDE, Event.Kind.TURN, Event.Kind.USAGE)

# Counting walks over the events of the open hours. However many pages are open, this process spends at most a tenth of
# its time with it: what took t seconds to count is shown for 10 t.
REST = 10

_COUNT = """
SELECT a.key, e.kind, count(*) FROM abtest_event e JOIN abtest_arm a ON a.id = e.arm_id
WHERE e.experiment_id = %s AND e.hour > %s GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """Events by arm and kind since the end of `closed` (None: no hour is closed yet); `before` are those added up."""

    closed: datetime | None
    before: int
    found: dict[str, dict[str, int]]

    @property
    def fresh(self) -> int:
        return sum(sum(kinds.values()) for kinds in self.found.values())

    def of(self, arm: str, kind: str) -> int:
        """Events of this kind in this arm."""
        return self.found.get(arm, {}).get(kind, 0)


def counts_of(experiment: Experiment) -> Counts:
    """What has come in, as the database has it."""
    closed = ClosedHour.objects.filter(experiment=experiment).aggregate(last=Max("hour"), events=Sum("events"))
    found: dict[str, dict[str, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [experiment.pk, closed["last"] or "-infinity"])
        for arm, kind, n in cursor.fetchall():
            found[arm][kind] = n
    return Counts(closed["last"], closed["events"] or 0, dict(found))


_kept: dict[UUID, tuple[Counts, float]] = {}


def forget() -> None:
    """Count anew on the next message (for tests)."""
    _kept.clear()


def kept_counts(experiment: Experiment) -> Counts:
    """The counts as they were a moment ago, counted anew when they are older than REST times what that took."""
    began = time.monotonic()
    kept = _kept.get(experiment.pk)
    if kept is not None and began < kept[1]:
        return kept[0]
    now = counts_of(experiment)
    done = time.monotonic()
    if len(_kept) >= 1000:
        _kept.clear()
    _kept[experiment.pk] = now, done + REST * (done - began)
    return now


def figures(counts: Counts, arms: list[str]) -> dict[str, str]:
    """The counts as the page shows them, by the name of their place."""
    shown = {"fresh": f"{counts.fresh:,}", "before": f"{counts.before:,}", "since": since_said(counts)}
    for n, arm in enumerate(arms):
        shown |= {f"{n}-{kind}": f"{counts.of(arm, kind):,}" for kind in KINDS}
    return shown


def since_said(counts: Counts) -> str:
    """From when on these are, and that nothing was read of them."""
    if counts.closed is None:
        return _("No hour is closed yet.")
    closed = timezone.localtime(counts.closed)
    return _("Added up to the end of the hour of %(at)s.") % {"at": f"{closed:%-d %b, %H:%M}"}


@dataclass(frozen=True, slots=True)
class CountLine:
    """An arm's counts in the table, each with the name of its place."""

    arm: str
    cells: list[tuple[str, str]]


def count_lines(counts: Counts, arms: list[str]) -> list[CountLine]:
    """One line per arm."""
    shown = figures(counts, arms)
    return [CountLine(arm, [(f"{n}-{kind}", shown[f"{n}-{kind}"]) for kind in KINDS]) for n, arm in enumerate(arms)]
