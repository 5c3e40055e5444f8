"""What the page of a programme shows: the answer first, behaviour next to what is liked, then the evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alpha.models import AxisAnswer, Programme, Trial
from alpha.pictures.gallery import Gallery, provenance_of
from alpha.pictures.liking import sides_said
from alpha.pictures.shares import rate_said
from alpha.reading import counting
from alpha.reading.inbox import OPEN
from alpha.reading.remarks import axis_said
from core.accounts.access import Member
from core.charts.words import label, moment, percent
from reports.pictures.numbers import number_at

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """One axis of one bundle: how many experts say yes, no and unsure, and the sign of it."""

    kind: str
    word: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """One axis in the grid of spot checks."""

    axis: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens used of what may be: in words, and in percent for the meter."""

    name: str
    said: str
    percent: int


def page(member: Member, programme: Programme, body: Body) -> dict[str, Any]:
    """Everything that the page of a programme shows."""
    below = [member.project.slug, programme.key]
    provenance = provenance_of(body)
    return {
        "trials": [(one["name"], str(Trial.Part(one["part"]).label)) for one in body["bundles"]],
        "verdict": verdict(body),
        "gallery": Gallery(body),
        "files": reverse("programme_detail", args=below) + "data/",
        "figures": figure_lines(counting.kept_counts(programme)),
        "grid_bundles": list(body["checks"]["cells"]),
        "grid": grid_lines(body),
        "checks_said": checks_said(body),
        "sub_labels": sub_label_lines(body),
        "asked_said": asked_said(body),
        "sides_said": sides_said(body),
        "proxies": body["steadiness"]["proxies"],
        "texts": f"{body['steadiness']['texts']:,}",
        "budget": spent_lines(body),
        "people": people_said(body),
        "simulated": simulated_said(body),
        "as_of": moment(provenance.as_of),
        "code": provenance.code,
        "open_flags": open_flags(body),
    }


def open_flags(body: Body) -> int:
    """How many flags wait for somebody."""
    return sum(body["flags"][state] for state in OPEN)


def verdict(body: Body) -> str:
    """The page's first line: how the bundles behave, as far as can be said, and what waits."""
    if not body["totals"]["conversations"]:
        return _("Nobody has chatted yet.")
    return f"{behaviour_said(body)} {waiting_said(open_flags(body))}"


def behaviour_said(body: Body) -> str:
    """How often each bundle was called sycophantic; what it takes until that can be said."""
    rates: Mapping[str, Mapping[str, Any]] = body["labels"]["sycophantic"]
    known = [(name, found) for name, found in rates.items() if number_at(found)]
    if known:
        said = ", ".join(f"{label(name, 40)} {rate_said(found)}" for name, found in known)
        return _("Called sycophantic: %(rates)s of the labelled answers.") % {"rates": said}
    said = "; ".join(f"{label(name, 40)}: {rate_said(found)}" for name, found in rates.items())
    return _("How sycophantic they are cannot be said yet. %(lacks)s.") % {"lacks": said}


def waiting_said(n: int) -> str:
    """How much waits for a look."""
    if not n:
        return _("Nothing waits for a look.")
    return ngettext("%(n)s thing waits for a look.", "%(n)s things wait for a look.", n) % {"n": f"{n:,}"}


def figure_lines(counts: Mapping[str, int]) -> list[tuple[str, str, str]]:
    """The live numbers: the name of the place, what it is, the number."""
    names = {
        "joined": _("taking part"),
        "conversations": _("conversations"),
        "turns": _("turns"),
        "thumbs": _("thumbs"),
        "labels": _("labelled answers"),
        "choices": _("choices side by side"),
        "open": _("waiting for a look"),
    }
    said = counting.figures(dict(counts))
    return [(name, word, said[name]) for name, word in names.items()]


def grid_lines(body: Body) -> list[GridRow]:
    """The grid of spot checks, an axis a row, a bundle a column."""
    cells: Mapping[str, Mapping[str, Mapping[str, int]]] = body["checks"]["cells"]
    return [
        GridRow(axis_said(axis), [_cell(cells[bundle][axis]) for bundle in cells]) for axis in body["checks"]["axes"]
    ]


def _cell(found: Mapping[str, int]) -> Cell:
    said = [
        f"{found[seen]} {AxisAnswer.Seen(seen).label}"
        for seen in (AxisAnswer.Seen.YES, AxisAnswer.Seen.UNSURE, AxisAnswer.Seen.NO)
        if found[seen]
    ]
    if not said:
        return Cell("off", _("not checked"))
    kind = "fail" if found[AxisAnswer.Seen.YES] else "warn" if found[AxisAnswer.Seen.UNSURE] else "done"
    return Cell(kind, ", ".join(said))


def checks_said(body: Body) -> str:
    """How many spot checks are written and due."""
    done, due = (sum(body["checks"][name].values()) for name in ("done", "due"))
    if not body["checks"]["axes"]:
        return _("The programme names no axis to check.")
    return _("%(done)s written, %(due)s due.") % {"done": done, "due": due}


def sub_label_lines(body: Body) -> list[tuple[str, list[tuple[str, int]]]]:
    """What was ticked below sycophantic, by bundle, the most frequent first."""
    lines = []
    for bundle, found in body["sub_labels"].items():
        ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
        lines.append((label(bundle, 40), [(axis_said(detail), n) for detail, n in ordered]))
    return [line for line in lines if line[1]]


def asked_said(body: Body) -> str:
    """The thumbs that were asked for, which say how much asking matters."""
    rates = body["thumbs"]["up"]["asked"]
    said = [f"{label(name, 40)}: {rate_said(found)}" for name, found in rates.items() if found["n"]]
    return _("Thumbs up of those that were asked for. %(rates)s.") % {"rates": ". ".join(said)} if said else ""


def people_said(body: Body) -> str:
    """Who is in, in a sentence."""
    words = _(
        "Of %(most)s places %(joined)s are taken, %(invited)s offered; %(waiting)s on the waiting list, %(left)s left."
    )
    return words % {name: f"{body['volunteers'][name]:,}" for name in ("joined", "most", "invited", "waiting", "left")}


def simulated_said(body: Body) -> str:
    """That what is shown was simulated, as far as it was."""
    made, every = body["totals"]["simulated"], body["totals"]["conversations"]
    if not made:
        return ""
    if made == every:
        return _("All of these conversations are simulated.")
    words = _("%(simulated)s of these %(every)s conversations are simulated.")
    return words % {"simulated": f"{made:,}", "every": f"{every:,}"}


def spent_lines(body: Body) -> list[Spent]:
    """Tokens in all and today."""
    budget = body["budget"]
    return [
        _spent(_("in all"), budget["used"], budget["held"], budget["tokens"]),
        _spent(_("today"), budget["used_today"], budget["held_today"], budget["tokens_a_day"]),
    ]


def _spent(name: str, used: int, held: int, most: int) -> Spent:
    share = (used + held) / most if most else 1.0
    words = _("%(used)s of %(most)s tokens (%(share)s), %(held)s held for answers that are being written")
    said = words % {"used": f"{used:,}", "most": f"{most:,}", "share": percent(min(share, 1.0)), "held": f"{held:,}"}
    return Spent(name, said, min(100, round(100 * share)))
