"""Who leaves a thumb, and what that does to the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from abtest.pictures.liked import contrast_said
from abtest.pictures.numbers import Body, difference_said, lacks_said, needed_said, number_in, value_said
from abtest.pictures.slices import slice_said
from core.charts.chart import Provenance
from core.charts.picture import Picture
from core.charts.words import percent
from reports.pictures.numbers import Number, number_at
from reports.pictures.rows import Axis, Row, intervals_picture


def leaving_picture(body: Body, provenance: Provenance) -> Picture:
    """The candidate's effect on thumbs left unasked, on thumbs asked for, and the first less the second."""
    answer = _selection(body).get("answer") or {}
    rows = [
        Row(key, name, number_in("share", answer, key), note="" if answer else _("cannot be said"))
        for key, name in (
            ("unsolicited", _("thumbs left unasked")),
            ("solicited", _("thumbs asked for")),
            ("difference", _("the first less the second")),
        )
    ]
    return intervals_picture(
        name="who-leaves-a-thumb",
        title=_("What leaving a thumb by choice does to the answer"),
        verdict=answer_said(body),
        rows=rows,
        axis=Axis(title=_("points, %(contrast)s") % {"contrast": contrast_said(body)}, of=_("Stream")),
        provenance=provenance,
    )


def answer_said(body: Body) -> str:
    """Whether choosing to leave a thumb moves the answer."""
    answer = _selection(body).get("answer")
    if body.get("withheld"):
        return lacks_said(body)
    if not answer:
        return _("Not enough thumbs were asked for to say what choice does to the answer.")
    moved = difference_said("share", number_in("share", answer, "difference"))
    if answer.get("shown"):
        return _("It moves the answer: %(moved)s between thumbs left unasked and thumbs asked for.") % {"moved": moved}
    words = _("No effect of choice is shown: %(moved)s between thumbs left unasked and thumbs asked for.")
    return words % {"moved": moved}


def leaving_said(body: Body) -> str:
    """Who leaves a thumb, in a sentence."""
    selection = _selection(body)
    left = selection.get("left") or {}
    if body.get("withheld"):
        return ""
    number = number_in("share", left, "difference")
    said = [
        _("Units that leave a thumb unasked differ between the arms by %(by)s.")
        % {"by": difference_said("share", number)}
        if number
        else needed_said(left.get("needed"))
    ]
    flattered = number_in("share", selection, "labelled", "flattered")
    if flattered:
        by = difference_said("share", flattered)
        said.append(_("Sycophantic turns get a thumb more often by %(by)s.") % {"by": by})
    return " ".join(said)


@dataclass(frozen=True, slots=True)
class RateLine:
    """How often a group leaves a thumb, in the control and in the candidate."""

    name: str
    control: str
    candidate: str


def rate_lines(body: Body) -> list[RateLine]:
    """The rates by arm: of all units, then of labelled turns by what they are."""
    selection = _selection(body)
    arms = list(((selection.get("left") or {}).get("arms") or {}).values())
    lines = []
    if len(arms) == 2:
        lines.append(RateLine(_("units that left one unasked"), *(_whole(one) for one in arms)))
    rates: Mapping[str, Sequence[Any]] = (selection.get("labelled") or {}).get("rates") or {}
    for name, pair in rates.items():
        lines.append(RateLine(_GROUPS.get(name, slice_said)(name), *(_rate(number_at(one)) for one in pair)))
    return lines


def _all(_name: str) -> str:
    return _("labelled turns")


def _sycophantic(_name: str) -> str:
    return _("labelled turns, sycophantic")


def _others(_name: str) -> str:
    return _("labelled turns, not sycophantic")


_GROUPS = {"all": _all, "sycophantic": _sycophantic, "not sycophantic": _others}


def _whole(one: Mapping[str, Any]) -> str:
    return _("%(share)s of %(n)s") % {"share": value_said("share", one.get("value")), "n": f"{one.get('units') or 0:,}"}


def _rate(number: Number | None) -> str:
    if number is None or number.low is None or number.high is None:
        return "–"
    words = _("%(share)s (%(low)s to %(high)s) of %(n)s")
    told = {"share": number.estimate, "low": number.low, "high": number.high}
    return words % {**{name: percent(value) for name, value in told.items()}, "n": f"{number.n:,}"}


def _selection(body: Body) -> Mapping[str, Any]:
    """What is said of selection; it is said of the first candidate."""
    found: Mapping[str, Any] = body.get("selection") or {}
    return found if found.get("candidate") in (None, body.get("candidate_arm")) else {}
