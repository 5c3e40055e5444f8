"""What a page shows of one question: the sentence that answers it, the chart, the numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.charts.chart import Chart, Drawn, Provenance, Spec, Table


@dataclass(frozen=True)
class Picture:
    """One picture. `chart` is missing where there is nothing to draw yet; `meaning` is the label whose hue it has."""

    name: str
    title: str
    verdict: str
    chart: Chart | None = None
    meaning: str = ""

    @cached_property
    def drawn(self) -> Sequence[Drawn]:
        """The figure as SVG, drawn when it is first asked for."""
        return self.chart.drawn() if self.chart else ()


def picture(
    *,
    name: str,
    title: str,
    verdict: str,
    specs: Sequence[Spec] | Callable[[], Sequence[Spec]],
    table: Table,
    provenance: Provenance,
    meaning: str = "",
) -> Picture:
    """A picture of these specifications, the widest first; what makes them is asked only if the figure is."""
    return Picture(name, title, verdict, Chart(name, f"{title}: {verdict}", specs, table, provenance), meaning)
