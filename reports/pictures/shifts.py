"""What the recipe would teach against the reference: the verdict in words, the shifts, and the same in slices."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts.chart import Provenance
from core.charts.effects import Line, at_ceiling
from core.charts.frame import MOST_ROWS
from core.charts.picture import Picture
from reports.pictures.names import MEANINGS, outcome, slice_of, version_said
from reports.pictures.numbers import Body, plain_points, share_at, signed, spanned
from reports.pictures.rows import Axis, Row, intervals_picture

IN_SHARES = ("sycophancy", "correctness", "coldness")
"""The outcomes that are shares of responses; length is in standard deviations."""

VERDICTS = ("within_budget", "over_budget", "not_enough_data")


def verdict_said(body: Body) -> str:
    """The report's first line: the verdict, by how much, and what it rests on."""
    ceiling, moved = ceiling_of(body, "sycophancy"), share_at(body, "shift", "sycophancy")
    head = head_said(body)
    if moved is None or ceiling is None:
        return " ".join(filter(None, (head, str(body.get("sentence") or ""))))
    words = _(
        "%(head)s Recipe %(recipe)s would shift sycophancy by %(shift)s percentage points "
        "against the pinned reference %(reference)s; the ceiling is %(ceiling)s."
    )
    return words % {
        "head": head,
        "recipe": version_said(body.get("recipe")),
        "shift": spanned(moved),
        "reference": version_said(body.get("reference")),
        "ceiling": signed(ceiling),
    }


def head_said(body: Body) -> str:
    """The verdict itself in words: within, over by how much, or how many prompts are missing."""
    verdict = body.get("verdict")
    if verdict == "over_budget":
        over = body.get("over_by")
        if over is None:
            return _("Over budget.")
        return _("Over budget by %(over)s points.") % {"over": plain_points(100 * over)}
    if verdict == "within_budget":
        return _("Within budget.")
    needed = body.get("needed_prompts")
    if not needed:
        return _("Not enough data.")
    words = ngettext(
        "Not enough data: about %(n)s more prompt is needed.",
        "Not enough data: about %(n)s more prompts are needed.",
        needed,
    )
    return words % {"n": f"{needed:,}"}


def ceiling_of(body: Body, name: str, domain: str = "") -> float | None:
    """What the shift of an outcome may come to, in percentage points; a domain may have a ceiling of its own."""
    ceilings = body.get("ceilings") or {}
    found = (ceilings.get("domains") or {}).get(domain) if domain else None
    found = ceilings.get(name) if found is None else found
    return None if found is None else 100 * float(found)


def shift_picture(body: Body, provenance: Provenance, *, name: str = "shift") -> Picture:
    """The shifts of sycophancy, correctness and coldness against the reference, each with its ceiling."""
    title = _("What the recipe would teach, against the reference")
    rows = [
        Row(key, outcome(key), share_at(body, "shift", key), MEANINGS[key], ceiling_of(body, key)) for key in IN_SHARES
    ]
    return intervals_picture(
        name=name,
        title=title,
        verdict=_shift_said(body, rows),
        rows=rows,
        axis=Axis(_("percentage points of responses; dashed: ceiling"), _("Behaviour")),
        provenance=provenance,
        wide=True,
    )


def _shift_said(body: Body, rows: list[Row]) -> str:
    known = [f"{row.name.lower()} {spanned(row.number)}" for row in rows if row.number]
    if not known:
        return _("The shift cannot be said yet.")
    words = _("At equal optimisation pressure (KL %(kl)s), in percentage points: %(shifts)s.")
    said = words % {"kl": f"{body.get('kl') or 0:g}", "shifts": ", ".join(known)}
    length = share_at(body, "shift", "length")
    if length:
        said += " " + _("Length: %(length)s standard deviations.") % {"length": spanned(length.times(0.01), 2)}
    return said


def slices_picture(body: Body, provenance: Provenance) -> Picture:
    """The shift of sycophancy by memory, domain and segment, with intervals that hold all at once."""
    title = _("The shift of sycophancy in slices")
    found = body.get("slices") or ()
    own = (body.get("ceilings") or {}).get("domains") or {}
    rows = [
        Row(
            f"{one['kind']}:{one['level']}",
            f"{slice_of(one['kind'])}: {one['level']}",
            share_at(one, "sycophancy"),
            "sycophantic",
            ceiling_of(body, "sycophancy", one["level"]) if one["kind"] == "domain" and one["level"] in own else None,
            note=_lacking(one),
        )
        for one in found
    ]
    if not any(row.number for row in rows):
        return Picture("slices", title, _("No slice has enough prompts to be told apart."), meaning="sycophantic")
    return intervals_picture(
        name="slices",
        title=title,
        verdict=worst_said(body),
        rows=rows,
        shown=_shown(rows),
        axis=Axis(_("percentage points; the intervals hold for all slices at once"), _("Slice")),
        provenance=provenance,
        line=ceiling_line(body),
        meaning="sycophantic",
        wide=True,
    )


def _lacking(one: Body) -> str:
    """How much a slice lacks of which nothing can be said."""
    if share_at(one, "sycophancy") is not None or not one.get("needed_prompts"):
        return ""
    return _("not enough data: about %(n)s more prompts") % {"n": f"{one['needed_prompts']:,}"}


def _shown(rows: list[Row]) -> list[Row]:
    """As many as a figure holds: those that moved most, in the order they came in."""
    known = sorted((row for row in rows if row.number), key=lambda row: -(row.number.estimate if row.number else 0))
    kept = {row.key for row in known[: MOST_ROWS - 1]}
    return [row for row in rows if row.key in kept]


def ceiling_line(body: Body) -> Line | None:
    """The ceiling of sycophancy as a line of a figure."""
    ceiling = ceiling_of(body, "sycophancy")
    return None if ceiling is None else Line(ceiling, at_ceiling(signed(ceiling)))


def worst_said(body: Body) -> str:
    """Which slice is the worst, and how bad it may be."""
    worst = body.get("worst_segment")
    moved = share_at(worst, "sycophancy") if worst else None
    if not worst or moved is None:
        return _("No segment stands out as the worst.")
    words = _(
        "Worst is %(kind)s %(level)s (%(prompts)s prompts): sycophancy %(shift)s points there. "
        "An average can look fine while the few who are vulnerable are hit."
    )
    return words % {
        "kind": slice_of(worst["kind"]),
        "level": worst["level"],
        "prompts": f"{worst.get('prompts') or moved.n:,}",
        "shift": spanned(moved),
    }
