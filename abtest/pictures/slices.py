"""The primary metric slice by slice: each with its interval, and whether it stands once all slices are counted."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from abtest.pictures.liked import contrast_said, primary_of
from abtest.pictures.numbers import UNITS, Body, label_of, lacks_said, needed_said, number_in, sentence, shown_of
from core.charts.chart import Provenance
from core.charts.frame import MOST_ROWS
from core.charts.picture import Picture
from core.charts.words import label
from reports.pictures.rows import Axis, Row, intervals_picture


def slices_picture(body: Body, provenance: Provenance) -> Picture:
    """The difference of the primary metric in every slice, those that stand first."""
    metric = primary_of(body) or {}
    key = str(metric.get("key") or "")
    rows = sorted(_rows(metric), key=lambda row: (row.number is None, row.note != _("stands")))
    unit = UNITS[shown_of(key)]
    return intervals_picture(
        name="slices",
        title=_("%(metric)s, by slice") % {"metric": sentence(label_of(key))} if key else _("By slice"),
        verdict=slices_said(body),
        rows=rows,
        shown=rows[:MOST_ROWS],
        axis=Axis(title=f"{unit.word}, {contrast_said(body)}", of=_("Slice"), digits=unit.digits),
        provenance=provenance,
    )


def slices_said(body: Body) -> str:
    """Where it differs, in a sentence."""
    slices = (primary_of(body) or {}).get("slices") or []
    if body.get("withheld"):
        return lacks_said(body)
    if not slices:
        return _("No slice has enough units yet.")
    stand = [slice_said(str(one["part"])) for one in slices if one.get("found")]
    if not stand:
        n = len(slices)
        words = ngettext(
            "In the one slice, no difference stands.", "In none of %(n)s slices does a difference stand.", n
        )
        return words % {"n": n}
    words = _("A difference stands in %(slices)s, with all %(n)s slices counted.")
    return words % {"slices": ", ".join(stand), "n": len(slices)}


def slice_said(part: str) -> str:
    """`locale: en`, `memory on`."""
    factor, _equals, level = part.partition("=")
    if factor == "memory":
        return _("memory on") if level == "on" else _("memory off")
    return label(f"{factor}: {level}", 40)


def _rows(metric: Mapping[str, Any]) -> Iterator[Row]:
    shown = shown_of(str(metric.get("key") or ""))
    for one in metric.get("slices") or ():
        number = number_in(shown, one, "difference")
        note = (
            needed_said(one.get("needed"))
            if number is None
            else _("stands")
            if one.get("found")
            else _("not told apart")
        )
        yield Row(str(one["part"]), slice_said(str(one["part"])), number, note=note)
