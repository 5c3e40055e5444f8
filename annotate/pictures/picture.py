"""What a page shows of one question: the sentence that answers it, the chart, the numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts.chart import Chart, Drawn, Provenance, Table
from stats.proportions import Proportion
from stats.sufficiency import InsufficientData

Rate = Proportion | InsufficientData


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture. `chart` is missing where there is nothing to draw yet; `meaning` is the label whose hue it has."""

    name: str
    title: str
    verdict: str
    chart: Chart | None = None
    drawn: Sequence[Drawn] = ()
    meaning: str = ""


def picture(
    *,
    name: str,
    title: str,
    verdict: str,
    specs: Sequence[Mapping[str, Any]],
    table: Table,
    provenance: Provenance,
    meaning: str = "",
) -> Picture:
    """A picture of these specifications, the widest first, drawn."""
    chart = Chart(name, f"{title}: {verdict}", specs, table, provenance)
    return Picture(name, title, verdict, chart, chart.drawn(), meaning)


def missing(rate: InsufficientData) -> str:
    """`not enough data: about 7 more raters`."""
    if rate.unit == "raters":
        words = ngettext("about %(n)s more rater", "about %(n)s more raters", rate.needed)
    else:
        words = ngettext("about %(n)s more comparison", "about %(n)s more comparisons", rate.needed)
    return _("not enough data: %(more)s needed") % {"more": words % {"n": f"{rate.needed:,}"}}
