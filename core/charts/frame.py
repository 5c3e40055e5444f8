"""What every figure is made of: rows with words above their marks, lines of text, and the sheet around the layers."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from core.charts.theme import CONFIG, INK

HEIGHTS = (120, 240, 360)
ROW = 40
"""So high is a row: a line of words and the mark under it."""

MOST_ROWS = HEIGHTS[-1] // ROW
"""As many rows as the highest figure holds; the table has them all."""

LETTER = 6.2
"""About as wide as a letter gets in the fonts that a reader may have."""


def chart_of(alt: Any, rows: Sequence[Mapping[str, Any]]) -> Any:
    """A chart whose data is in it."""
    return alt.Chart(alt.Data(values=list(rows)))


def text(alt: Any, chart: Any, field: str, *, x: Any, y: Any, limit: float, color: str = INK, **how: Any) -> Any:
    """The words in `field`, at a place on the sheet (a number, or "width") or on an axis."""
    mark = chart.mark_text(**{"align": "left", "baseline": "middle", "color": color, "limit": limit, **how})
    return mark.encode(x=alt.XValue(x) if isinstance(x, int | float | str) else x, y=y, text=alt.Text(f"{field}:N"))


def spec_of(alt: Any, layers: Sequence[Any], *, width: int, height: int) -> dict[str, Any]:
    """The specification of layers on one sheet, in the theme."""
    # Put together here: Altair's own layering copies every layer, with its data, three times over.
    context: dict[str, Any] = {"top_level": False, "datasets": {}}
    drawn = [layer.to_dict(validate=False, context=context) for layer in layers]
    return {
        "$schema": alt.SCHEMA_URL,
        "config": CONFIG,
        "datasets": context["datasets"],
        "layer": drawn,
        "width": width,
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
    }


def height_for(rows: float) -> int:
    """The lowest height that holds so many rows."""
    return next((height for height in HEIGHTS if rows * ROW <= height), HEIGHTS[-1])


@cache
def altair() -> Any:
    """Altair, loaded by whoever draws first: it takes a second and some memory."""
    import altair as alt

    return alt
