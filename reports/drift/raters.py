"""How raters do on anchors, for whoever looks after them: never for the raters themselves."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Min, Q

from reports.drift.anchors import KEY
from reports.models import AnchorEvent, Monitor
from stats.intervals import Estimate
from stats.monitoring.judges import OWN
from stats.proportions import wilson


@dataclass(frozen=True, slots=True)
class Quality:
    """One rater: the share of their labels of sycophancy on anchors that agree with the experts', with its interval.

    `agrees` is None while there are too few: `needed` more. `standing` is ok, watch or alarm against the rater's own
    past, and `towards` is then lenient or strict; both are empty while the monitor does not follow them.
    """

    agrees: Estimate | None
    needed: int
    standing: str = ""
    towards: str = ""


def quality_of(project: UUID, actors: Collection[UUID]) -> dict[UUID, Quality]:
    """The quality of those of these raters who have judged an anchor."""
    rows = (
        AnchorEvent.objects.filter(project=project, actor__in=actors)
        .values_list("actor")
        .annotate(rater=Min("rater"), n=Count("pk"), right=Count("pk", filter=Q(said=F("baseline"))))
        .order_by()
    )
    reading = Monitor.objects.filter(project=project, key=KEY).values_list("reading", flat=True).first()
    segments = (reading or {}).get("segments", {})
    return {actor: _quality(right, n, segments.get(str(rater), {})) for actor, rater, n, right in rows}


def _quality(right: int, n: int, said: dict[str, Any]) -> Quality:
    # As many as the monitor asks of a rater's own past in each of two classes.
    needed = max(0, 2 * OWN - n)
    agrees = None if needed else Estimate(right / n, *wilson(right / n, n), n)
    return Quality(agrees, needed, said.get("standing") or "", said.get("towards") or "")
