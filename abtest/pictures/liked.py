"""Liked next to right: what people's likes moved by, raw and at matched behaviour, beside what raters' labels say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from abtest.metrics import METRICS
from abtest.pictures.numbers import (
    MEANINGS,
    Body,
    behaviour_number,
    difference_said,
    direction_of,
    guardrail_name,
    label_of,
    lacks_said,
    needed_said,
    number_in,
    sentence,
    shown_of,
)
from core.charts.chart import Provenance
from core.charts.picture import Picture
from core.charts.words import label
from reports.pictures.rows import Axis, Row, intervals_picture

_SHORT = {
    "thumb": gettext_lazy("thumbs up, unasked"),
    "thumb_asked": gettext_lazy("thumbs up, asked for"),
    "preference": gettext_lazy("win rate"),
}
"""What fits beside its numbers on a phone."""

MOST_LIKED = 3
"""So many liked metrics stand in the figure; all are in the table of metrics."""


def liked_picture(body: Body, provenance: Provenance) -> Picture:
    """The figure of the page: liked metrics and behaviour as differences in points, with the ceilings."""
    rows = [*_liked_rows(body), *_behaviour_rows(body)]
    axis = Axis(title=_("points, %(contrast)s") % {"contrast": contrast_said(body)}, of=_("What"))
    return intervals_picture(
        name="liked-next-to-right",
        title=_("Liked next to right"),
        verdict=liked_said(body),
        rows=rows,
        axis=axis,
        provenance=provenance,
        wide=True,
    )


def contrast_said(body: Body) -> str:
    """`v42 minus v41`: the two bundles that are held against each other."""
    words = _("%(candidate)s minus %(control)s")
    return words % {name: label(str(body.get(name) or name), 24) for name in ("candidate", "control")}


def liked_said(body: Body) -> str:
    """What matching the behaviour of the answers does to the primary metric, in a sentence."""
    metric = primary_of(body)
    if metric is None:
        return _("No metric was read yet.")
    shown = shown_of(metric["key"])
    raw = number_in(shown, metric, "difference")
    if raw is None:
        return lacks_said(metric)
    words = {"metric": sentence(label_of(metric["key"])), "raw": difference_said(shown, raw)}
    matched = number_in(shown, metric, "adjusted", "adjusted")
    if matched is None:
        needed = needed_said(metric.get("adjusted_needed"), labelled=True)
        return _("%(metric)s: %(raw)s. At matched behaviour:") % words + " " + needed
    words |= {"matched": difference_said(shown, matched), "flag": flag_said(metric.get("flag"))}
    words["labelled"] = difference_said(shown, number_in(shown, metric, "adjusted", "raw"))
    told = _("%(metric)s: %(raw)s. On labelled turns: %(labelled)s; at matched behaviour: %(matched)s, %(flag)s.")
    return told % words


def flag_said(flag: Any) -> str:
    """What becomes of an effect at matched behaviour."""
    if flag == "sign":
        return _("its sign changes")
    return _("its size changes") if flag == "size" else _("no change of it is shown")


def primary_of(body: Body) -> Mapping[str, Any] | None:
    """The primary metric as it was read; the first one where none is named."""
    metrics: Sequence[Mapping[str, Any]] = body.get("metrics") or ()
    return next((one for one in metrics if one.get("primary")), metrics[0] if metrics else None)


def _liked_rows(body: Body) -> Iterator[Row]:
    """The liked shares, of all units; below the primary one, what is left of it on the labelled turns."""
    primary = primary_of(body)
    metrics: list[Mapping[str, Any]] = [one for one in body.get("metrics") or () if _is_liked_share(one)]
    metrics.sort(key=lambda one: one is not primary)
    for metric in metrics[:MOST_LIKED]:
        key = metric["key"]
        name = str(_SHORT.get(key) or label_of(key))
        yield Row(
            key,
            name,
            number_in("share", metric, "difference"),
            note="" if metric.get("difference") else lacks_said(metric),
        )
        if primary is not None and metric is primary:
            yield from _matched_rows(metric)


def _matched_rows(metric: Mapping[str, Any]) -> Iterator[Row]:
    """The primary metric on the labelled turns, raw and at matched behaviour."""
    key, adjusted = metric["key"], metric.get("adjusted")
    if adjusted:
        yield Row(f"{key} labelled", _("same, labelled turns"), number_in("share", adjusted, "raw"))
    yield Row(
        f"{key} matched",
        _("same, matched"),
        number_in("share", metric, "adjusted", "adjusted"),
        note="" if adjusted else _matched_lacks(metric),
    )


def _matched_lacks(metric: Mapping[str, Any]) -> str:
    """Why there is no effect at matched behaviour."""
    if metric.get("withheld"):
        return lacks_said(metric)
    return needed_said(metric.get("adjusted_needed"), labelled=True)


def _behaviour_rows(body: Body) -> Iterator[Row]:
    """The behaviour that raters' labels show, each against its ceiling or floor."""
    for one in body.get("guardrails") or ():
        kind = one["kind"]
        if kind not in MEANINGS:
            continue
        limit = one.get("limit")
        yield Row(
            kind,
            guardrail_name(kind),
            behaviour_number(one),
            meaning=MEANINGS[kind],
            ceiling=None if limit is None else 100 * float(limit) * direction_of(kind),
            note="" if one.get("estimate") else lacks_said(one),
        )


def _is_liked_share(metric: Mapping[str, Any]) -> bool:
    known = METRICS.get(metric["key"])
    return known is not None and known.liked and known.shown == "share"
