"""Which change does it: each alone and all together, each one's share, and how releases have added up."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from core.charts.chart import Column, Provenance, Table
from core.charts.curves import Step, steps
from core.charts.frame import MOST_ROWS
from core.charts.picture import Picture, picture
from core.charts.theme import NARROW, WIDE
from reports.pictures.names import changes_said, version_said
from reports.pictures.numbers import Body, Number, plain_points, share_at, signed, spanned
from reports.pictures.rows import Axis, Row, intervals_picture
from reports.pictures.shifts import ceiling_line, ceiling_of


def lattice_picture(body: Body, provenance: Provenance) -> Picture:
    """The shift of sycophancy with every subset of the declared changes; where they are many, the telling ones."""
    title = _("Every mix of the declared changes")
    found = sorted(body.get("lattice") or (), key=lambda one: len(one["changes"]))
    every = len(body.get("changes") or ())
    rows = [
        Row(
            "+".join(one["changes"]) or "none", changes_said(one["changes"]), share_at(one, "sycophancy"), "sycophantic"
        )
        for one in found
    ]
    telling = [row for row, one in zip(rows, found, strict=True) if len(one["changes"]) in (1, every - 1, every)]
    return intervals_picture(
        name="lattice",
        title=title,
        verdict=_lattice_said(body),
        rows=rows,
        shown=rows if len(rows) < MOST_ROWS else telling[-(MOST_ROWS - 1) :],
        axis=Axis(_("percentage points of sycophancy against the reference"), _("Changes")),
        provenance=provenance,
        line=ceiling_line(body),
        meaning="sycophantic",
    )


def _lattice_said(body: Body) -> str:
    changes, ceiling = body.get("changes") or (), ceiling_of(body, "sycophancy")
    alone = {one["name"]: share_at(one, "alone", "sycophancy") for one in changes}
    known = {name: number for name, number in alone.items() if number}
    together = share_at(body, "shift", "sycophancy")
    if not known or together is None or ceiling is None:
        return _("The recipe declares no changes against the reference, so there is nothing to take apart.")
    within = [name for name, number in known.items() if number.high is not None and number.high <= ceiling]
    words = {"n": len(known), "ceiling": plain_points(ceiling), "together": spanned(together)}
    if len(within) == len(known) > 1 and body.get("verdict") == "over_budget":
        return (
            _(
                "Each of the %(n)s changes alone stays under the ceiling of %(ceiling)s; "
                "all together come to %(together)s."
            )
            % words
        )
    words |= {"within": ", ".join(within) or _("none"), "n": len(within)}
    return _("Alone under the ceiling of %(ceiling)s: %(within)s. All together come to %(together)s.") % words


def shapley_picture(body: Body, provenance: Provenance) -> Picture:
    """Each change's share of the shift (Shapley's value); the shares add up to the whole."""
    title = _("Whose part of the shift it is")
    rows = [Row(one["name"], one["name"], share_at(one, "shapley"), "sycophantic") for one in body.get("changes") or ()]
    return intervals_picture(
        name="shapley",
        title=title,
        verdict=_shapley_said(body, rows),
        rows=rows,
        axis=Axis(_("percentage points of sycophancy, adding up to the shift"), _("Change")),
        provenance=provenance,
        meaning="sycophantic",
    )


def _shapley_said(body: Body, rows: list[Row]) -> str:
    known = [row for row in rows if row.number]
    if not known:
        return _("There is no change to give a part to.")
    total = sum(row.number.estimate for row in known if row.number)
    parts = ", ".join(f"{row.name} {signed(row.number.estimate)}" for row in known if row.number)
    said = _("%(parts)s; together %(total)s.") % {"parts": parts, "total": signed(total)}
    joint = [share_at(one, "estimate") for one in body.get("interactions") or () if len(one["changes"]) > 1]
    upward = [number for number in joint if number and number.clear and number.estimate > 0]
    if joint and not upward:
        said += " " + _("No interaction adds to it: small parts sum up.")
    return said


def interactions_picture(body: Body, provenance: Provenance) -> Picture:
    """What changes do together beyond what each does alone (Möbius)."""
    found = [one for one in body.get("interactions") or () if len(one["changes"]) > 1]
    rows = [
        Row("+".join(one["changes"]), " × ".join(one["changes"]), share_at(one, "estimate"), "sycophantic")
        for one in found
    ]
    if not any(row.number for row in rows):
        said = _("There are no two changes whose interaction could be told.")
    elif clear := [row.name for row in rows if row.number and row.number.clear]:
        said = _("Told apart from none: %(pairs)s.") % {"pairs": ", ".join(clear)}
    else:
        said = _("None is told apart from nothing.")
    return intervals_picture(
        name="interactions",
        title=_("Interactions"),
        verdict=said,
        rows=rows,
        axis=Axis(_("percentage points beyond the sum of the parts"), _("Changes")),
        provenance=provenance,
        meaning="sycophantic",
    )


def budget_picture(body: Body, provenance: Provenance) -> Picture:
    """How far the recipe's versions have come from the pinned reference, one after the other, below the ceiling."""
    title = _("The budget used up, step after step")
    found = [(one, share_at(one, "cumulative")) for one in body.get("budget") or ()]
    known = [(one, number) for one, number in found if number and number.low is not None and number.high is not None]
    if not known:
        return Picture("budget", title, _("There is no version to add up yet."), meaning="sycophantic")
    points = [
        Step(_step_said(one), signed(number.estimate), number.estimate, number.low or 0.0, number.high or 0.0)
        for one, number in known
    ]
    return picture(
        name="budget",
        title=title,
        verdict=_budget_said(body, known),
        specs=lambda: [
            steps(points, meaning="sycophantic", ceiling=ceiling_line(body), width=width) for width in (WIDE, NARROW)
        ],
        table=_budget_table(known),
        provenance=provenance,
        meaning="sycophantic",
    )


def _step_said(step: Mapping[str, Any]) -> str:
    """A version by its name, or the change that it would be if the changes were released one by one."""
    changes = step.get("changes") or ()
    return f"+ {changes[-1]}" if changes else version_said(step)


def _budget_said(body: Body, known: list[tuple[Mapping[str, Any], Number]]) -> str:
    ceiling, last = ceiling_of(body, "sycophancy"), known[-1][1]
    taken = [share_at(one, "step") for one, _number in known]
    small = [step for step in taken if step and ceiling is not None and step.estimate <= ceiling]
    words = {"total": spanned(last), "ceiling": plain_points(ceiling or 0), "n": len(small)}
    if ceiling is not None and last.low is not None and last.low > ceiling and len(small) == len(known):
        return _("No single step passes %(ceiling)s, and yet they have added up to %(total)s.") % words
    if ceiling is None:
        return _("From the reference they have added up to %(total)s.") % words
    return _("From the reference they have added up to %(total)s, of %(ceiling)s that are allowed.") % words


def _budget_table(known: list[tuple[Mapping[str, Any], Number]]) -> Table:
    columns = [
        Column("version", _("Step"), number=False),
        Column("cumulative", _("Since the reference")),
        Column("low", _("From")),
        Column("high", _("To")),
        Column("step", _("This step")),
        Column("n", _("n")),
    ]
    rows: list[dict[str, Any]] = []
    for one, number in known:
        step = share_at(one, "step")
        rows.append(
            {
                "version": "+".join(one.get("changes") or ()) or version_said(one),
                "cumulative": number.estimate,
                "low": number.low,
                "high": number.high,
                "step": step.estimate if step else None,
                "n": number.n,
            }
        )
    shown = [
        [_step_said(one), *(signed(row[key]) for key in ("cumulative", "low", "high", "step")), f"{row['n']:,}"]
        for row, (one, _number) in zip(rows, known, strict=True)
    ]
    return Table(columns, rows, shown)
