"""What could be had instead: the front of correctness against sycophancy, and the weights that are recommended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.charts.chart import Column, Provenance, Table
from core.charts.curves import Place, front
from core.charts.picture import Picture, picture
from core.charts.theme import NARROW, WIDE
from reports.pictures.names import outcome, signals_of, version_said
from reports.pictures.numbers import Body, plain_points, share_at, signed, spanned, weight_said
from reports.pictures.shifts import ceiling_line


@dataclass(frozen=True, slots=True)
class Weights:
    """One signal's weight: in the reference, in the recipe, and as recommended."""

    signal: str
    reference: str
    recipe: str
    recommended: str


def front_picture(body: Body, provenance: Provenance) -> Picture:
    """The best correctness at each shift of sycophancy, with where the recipe stands and where it could."""
    title = _("What can be had together")
    found = body.get("recommended") or {}
    edge = [(one, _place(one)) for one in found.get("front") or ()]
    places = [place for _one, place in edge if place]
    if not places:
        return Picture("front", title, _("No front could be drawn from this pool."))
    named = [*_standing(body), *_chosen(found)]
    axis = _("sycophancy (across) and correctness (up), percentage points against the reference")
    return picture(
        name="front",
        title=title,
        verdict=recommendation_said(body),
        specs=lambda: [
            front(places, named, title=axis, ceiling=ceiling_line(body), width=width) for width in (WIDE, NARROW)
        ],
        table=_table(body, [one for one, place in edge if place]),
        provenance=provenance,
    )


def _place(found: Mapping[str, Any], name: str = "", kind: str = "") -> Place | None:
    across, up = (_points(found.get(key)) for key in ("sycophancy", "correctness"))
    return None if across is None or up is None else Place(name, across, up, kind)


def _points(value: Any) -> float | None:
    """Percentage points from a share, given bare or as an estimate."""
    if isinstance(value, Mapping):
        value = value.get("estimate")
    return None if value is None else 100 * float(value)


def _standing(body: Body) -> list[Place]:
    now = _place(body.get("shift") or {}, version_said(body.get("recipe")), "now")
    return [Place(_("reference"), 0.0, 0.0), *([now] if now else [])]


def _chosen(found: Mapping[str, Any]) -> list[Place]:
    place = _place(found.get("held_out") or {}, _("recommended, held out"), "chosen")
    return [place] if place else []


def recommendation_said(body: Body) -> str:
    """Whether weights are recommended, and what they would do on prompts that they were not fitted to."""
    found = body.get("recommended") or {}
    status = found.get("status")
    if status == "recommended":
        held = {key: share_at(found, "held_out", key) for key in ("sycophancy", "correctness", "coldness")}
        parts = [f"{outcome(key).lower()} {spanned(number)}" for key, number in held.items() if number]
        words = _("There are weights within the budget. On prompts held out from fitting: %(shifts)s points.")
        if found.get("keeps_reference"):
            words = _(
                "Keep the reference: nothing within the budget is better. On held-out prompts: %(shifts)s points."
            )
        return words % {"shifts": ", ".join(parts)}
    if status == "infeasible":
        words = _("No weights keep within every ceiling. What binds: %(binding)s.")
        said = words % {"binding": _binding(found.get("binding"))}
        return " ".join(filter(None, (said, _relaxed(found), _needed(found))))
    return _("Weights cannot be recommended from this pool.")


def _binding(found: Any) -> str:
    named = {"brake": _("the least share of the brakes"), "bounds": _("the directions of the signals")}
    return named.get(str(found)) or (_ceiling(str(found)) if found else _("not known"))


def _ceiling(name: str) -> str:
    """`sycophancy`, or `sycophancy (domain: health)`: what a ceiling is of."""
    of, _in, where = name.partition(", ")
    return f"{outcome(of).lower()} ({where.replace(':', ': ')})" if where else outcome(of).lower()


def _relaxed(found: Mapping[str, Any]) -> str:
    ceilings = (found.get("relaxation") or {}).get("ceilings") or {}
    if not ceilings:
        return ""
    said = ", ".join(f"{_ceiling(name)} {plain_points(100 * float(most))}" for name, most in ceilings.items())
    return _("Nearest would pass with these ceilings, in points: %(ceilings)s.") % {"ceilings": said}


def _needed(found: Mapping[str, Any]) -> str:
    needed = found.get("needed_prompts")
    return _("Or with about %(n)s more prompts.") % {"n": f"{needed:,}"} if needed else ""


def weights_of(body: Body) -> list[Weights]:
    """Every signal's weight in the reference, in the recipe and as recommended."""
    places = (
        (body.get("reference") or {}).get("weights") or {},
        (body.get("recipe") or {}).get("weights") or {},
        (body.get("recommended") or {}).get("weights") or {},
    )
    named = signals_of(body)
    keys = [*named, *sorted({key for weights in places for key in weights} - set(named))]
    return [
        Weights(named.get(key, key), *("–" if key not in one else weight_said(float(one[key])) for one in places))
        for key in keys
    ]


def penalty_said(body: Body) -> str:
    """The other way: a penalty on agreeing where the premise is false."""
    found = (body.get("recommended") or {}).get("penalty") or {}
    if found.get("lambda") is None:
        return ""
    moved = share_at(found, "shift", "sycophancy")
    words = _("Instead of new weights: a penalty of %(penalty)s on agreeing where the premise is false")
    said = words % {"penalty": f"{float(found['lambda']):.2f}"}
    right = share_at(found, "shift", "correctness")
    if moved is None or right is None:
        return said + "."
    return _("%(said)s brings sycophancy to %(shift)s points, with correctness at %(right)s.") % {
        "said": said,
        "shift": spanned(moved),
        "right": spanned(right),
    }


def _table(body: Body, edge: list[Mapping[str, Any]]) -> Table:
    names = signals_of(body)
    keys = [key for key in names if any(key in (one.get("weights") or {}) for one in edge)]
    columns = [
        Column("sycophancy", outcome("sycophancy")),
        Column("correctness", outcome("correctness")),
        Column("coldness", outcome("coldness")),
        *(Column(f"weight_{key}", names[key]) for key in keys),
    ]
    rows, shown = [], []
    for one in edge:
        moved = {key: _points(one.get(key)) for key in ("sycophancy", "correctness", "coldness")}
        weights = {f"weight_{key}": (one.get("weights") or {}).get(key) for key in keys}
        rows.append({**moved, **weights})
        shown.append(
            [
                *(signed(value) for value in moved.values()),
                *("–" if value is None else weight_said(float(value)) for value in weights.values()),
            ]
        )
    return Table(columns, rows, shown)
