"""The numbers of a programme's page that follow what comes in."""

import time
from uuid import UUID

from django.db.models import Count

from alpha.models import Programme, Said
from alpha.reading import activity
from alpha.reading.inbox import OPEN
from core.ledger.models import CountedJudgment

# However many pages are open, this process spends at most a tenth of its time with counting: what took t seconds to
# count is shown for 10 t.
REST = 10

_kept: dict[UUID, tuple[dict[str, int], float]] = {}


def forget() -> None:
    """Count anew on the next message (for tests)."""
    _kept.clear()


def counts_of(programme: Programme) -> dict[str, int]:
    """What there is, as the database has it."""
    totals, people, flags = activity.totals(programme), activity.volunteers(programme), activity.flags(programme)
    said = Said.objects.filter(conversation__programme=programme)
    counted = said.filter(judgment__in=CountedJudgment.objects.filter(project=programme.project).values("pk"))
    by_kind = dict(counted.order_by("kind").values_list("kind").annotate(n=Count("pk")))
    return {
        "joined": people["joined"],
        "conversations": totals["conversations"],
        "turns": totals["turns"],
        "thumbs": by_kind.get(Said.Kind.THUMB, 0),
        "labels": by_kind.get(Said.Kind.LABELS, 0),
        "choices": by_kind.get(Said.Kind.CHOICE, 0),
        "open": sum(flags[state] for state in OPEN),
    }


def kept_counts(programme: Programme) -> dict[str, int]:
    """The counts as they were a moment ago, counted anew when they are older than REST times what that took."""
    began = time.monotonic()
    kept = _kept.get(programme.pk)
    if kept is not None and began < kept[1]:
        return kept[0]
    now = counts_of(programme)
    done = time.monotonic()
    if len(_kept) >= 1000:
        _kept.clear()
    _kept[programme.pk] = now, done + REST * (done - began)
    return now


def figures(counts: dict[str, int]) -> dict[str, str]:
    """The counts as the page shows them."""
    return {name: f"{n:,}" for name, n in counts.items()}
