"""How a campaign goes on: its judgments over time, below the line of its places."""

from datetime import datetime, timedelta
from itertools import accumulate

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate.selectors.tally import Tally
from core.charts.chart import Column, Provenance, Table
from core.charts.figures import total
from core.charts.picture import Picture, picture
from core.charts.theme import NARROW, WIDE


def progress(tally: Tally, provenance: Provenance) -> Picture:
    """The sum of judgments by day, or by hour while they are few days' worth."""
    title = _("Places filled over time")
    if not tally.days:
        return Picture("progress", title, _("No place is filled yet: the line begins with the first judgment."))
    sums = list(accumulate(count for _at, count in tally.days))
    said = ngettext("%(count)s place", "%(count)s places", tally.places) % {"count": f"{tally.places:,}"}
    return picture(
        name="progress",
        title=title,
        verdict=_verdict(tally, sums[-1]),
        specs=[total(_points(tally, sums), ceiling=tally.places, said=said, width=width) for width in (WIDE, NARROW)],
        table=_table(tally, sums),
        provenance=provenance,
    )


def _points(tally: Tally, sums: list[int]) -> list[tuple[datetime, int]]:
    """The sum as it was at the end of each span, and nothing at the beginning of the first."""
    span = timedelta(hours=1) if tally.hourly else timedelta(days=1)
    ends = [(min(at + span, tally.as_of), so_far) for (at, _count), so_far in zip(tally.days, sums, strict=True)]
    return [(tally.days[0][0], 0), *ends]


def _verdict(tally: Tally, so_far: int) -> str:
    last, count = tally.days[-1]
    if tally.hourly:
        words = _("%(filled)s of %(places)s places are filled; the last hour with work, %(when)s, brought %(count)s.")
    else:
        words = _("%(filled)s of %(places)s places are filled; the last day with work, %(when)s, brought %(count)s.")
    return words % {
        "filled": f"{so_far:,}",
        "places": f"{tally.places:,}",
        "when": _when(last, tally),
        "count": f"{count:,}",
    }


def _when(at: datetime, tally: Tally) -> str:
    return f"{at.day} {at:%b, %H:00} UTC" if tally.hourly else f"{at.day} {at:%b}"


def _table(tally: Tally, sums: list[int]) -> Table:
    return Table(
        columns=(
            Column("from", _("From"), number=False),
            Column("judgments", _("Judgments")),
            Column("so_far", _("So far")),
        ),
        rows=[
            {"from": at.isoformat(), "judgments": count, "so_far": so_far}
            for (at, count), so_far in zip(tally.days, sums, strict=True)
        ],
        shown=[
            (_when(at, tally), f"{count:,}", f"{so_far:,}")
            for (at, count), so_far in zip(tally.days, sums, strict=True)
        ],
    )
