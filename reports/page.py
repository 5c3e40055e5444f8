"""The page of a report: its parts in order, each with its answer in a sentence, and what they show besides pictures."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts.words import percent
from reports.pictures.gallery import Gallery
from reports.pictures.names import kind, scored_by, version_said
from reports.pictures.numbers import Body, plain_points
from reports.pictures.quirks import quirks_said
from reports.pictures.recommending import recommendation_said
from reports.pictures.shifts import worst_said

ALL = "all"
_SPEAK = frozenset({"changes", "what-if"})
"""The parts that are open from the beginning, where there is a shift to explain."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the page: its number and key, its title, its answer, and whether it is open."""

    number: int
    key: str
    title: str
    said: str
    open: bool

    @property
    def template(self) -> str:
        return f"reports/_part_{self.key.replace('-', '_')}.html"


def parts_of(body: Body, gallery: Gallery, opened: Collection[str]) -> list[Part]:
    """The parts after the verdict; `opened` are the keys of those to open besides, or "all"."""
    told = (
        ("data", _("What it rests on"), data_said(body)),
        ("quirks", _("What each signal rewards"), quirks_said(body)),
        ("gold", _("Weights toward gold"), " ".join(dict.fromkeys(one.verdict for one in gallery.gold))),
        ("influence", _("Who has the say"), f"{gallery.influence.verdict} {gallery.brake.verdict}"),
        ("changes", _("Which change does it"), gallery.lattice.verdict),
        ("what-if", _("What if"), gallery.share[0].verdict),
        ("weights", _("What could be trained instead"), recommendation_said(body)),
        ("slices", _("Where it is worst"), worst_said(body)),
        ("limits", _("What this cannot know"), _limits_said(body)),
        ("origin", _("Where the numbers come from"), _origin_said(body)),
    )
    speaking = _SPEAK if (body.get("shift") or {}).get("sycophancy") else frozenset()
    return [
        Part(number, key, title, said, open=ALL in opened or key in opened or key in speaking)
        for number, (key, title, said) in enumerate(told, start=1)
    ]


def data_said(body: Body) -> str:
    """What the report was computed from, in a sentence."""
    pool = body.get("pool")
    if not pool:
        return _("There is no pool.")
    words = _("Pool %(name)s: %(prompts)s prompts, %(responses)s responses.")
    said = [words % {"name": pool["name"], "prompts": f"{pool['prompts']:,}", "responses": f"{pool['responses']:,}"}]
    if pool.get("gold_share") is not None:
        said.append(_("%(share)s have a gold label.") % {"share": percent(pool["gold_share"])})
    if body.get("effective_share") is not None:
        said.append(_("Effective sample after tilting: %(share)s.") % {"share": percent(body["effective_share"])})
    return " ".join(said)


def _limits_said(body: Body) -> str:
    count = len(body.get("limitations") or ()) + len(body.get("missing") or ())
    return ngettext("%(n)s thing to keep in mind.", "%(n)s things to keep in mind.", count) % {"n": count}


def _origin_said(body: Body) -> str:
    found = body.get("provenance") or {}
    words = _("Snapshot %(snapshot)s, Plumbline %(version)s, seed %(seed)s.")
    return words % {
        "snapshot": str(found.get("snapshot") or "–")[:12],
        "version": found.get("version") or "–",
        "seed": found.get("seed"),
    }


@dataclass(frozen=True, slots=True)
class SignalLine:
    """A signal as the report used it."""

    name: str
    key: str
    kind: str
    direction: str
    scored: str
    coverage: str
    brake: bool
    vif: str


def signal_lines(body: Body) -> list[SignalLine]:
    """The signals of the report, each with how it came to its scores."""
    vif = (body.get("toward_gold") or {}).get("vif") or {}
    return [
        SignalLine(
            name=one.get("name") or one["key"],
            key=one["key"],
            kind=kind(one.get("kind") or ""),
            direction=_("less is better") if one.get("direction") == -1 else _("more is better"),
            scored=scored_by(one["scored_by"]) if one.get("scored_by") else _("not used"),
            coverage=percent(float(one.get("coverage") or 0)),
            brake=bool(one.get("brake")),
            vif=f"{float(vif[one['key']]):.1f}" if vif.get(one["key"]) is not None else "",
        )
        for one in body.get("signals") or ()
    ]


def facts_of(body: Body) -> list[tuple[str, str]]:
    """The head of the report as facts."""
    pool = body.get("pool") or {}
    labels = pool.get("labels") or {}
    ceilings = body.get("ceilings") or {}
    facts = [
        (_("Recipe"), version_said(body.get("recipe"))),
        (_("Reference"), version_said(body.get("reference"))),
        (_("Pool"), str(pool.get("name") or "")),
        (_("Prompts"), f"{pool['prompts']:,}" if pool.get("prompts") else ""),
        (_("Responses"), f"{pool['responses']:,}" if pool.get("responses") else ""),
        (_("Gold labels"), f"{labels['gold']:,}" if labels.get("gold") is not None else ""),
        (_("Raters' labels"), f"{labels['rater']:,}" if labels.get("rater") is not None else ""),
        (_("Judges' labels"), f"{labels['judge']:,}" if labels.get("judge") is not None else ""),
        (_("Pressure, KL in nats"), f"{body['kl']:g}" if body.get("kl") else ""),
        (_("Ceiling for sycophancy"), _points(ceilings.get("sycophancy"))),
        (_("Ceiling for coldness"), _points(ceilings.get("coldness"))),
        (_("Effective sample"), percent(body["effective_share"]) if body.get("effective_share") is not None else ""),
    ]
    domains = ceilings.get("domains") or {}
    facts += [(_("Ceiling in %(domain)s") % {"domain": name}, _points(value)) for name, value in domains.items()]
    return [(name, value) for name, value in facts if value]


def _points(value: Any) -> str:
    if value is None:
        return ""
    return _("%(points)s points") % {"points": plain_points(100 * float(value))}


def before_export_said(body: Body) -> str:
    """What an export made with this recipe would turn round, in a sentence."""
    found = body.get("before_export") or {}
    if found.get("flipped_pairs") is None:
        return ""
    words = _(
        "Before export: against the reference, %(pairs)s of the pool's pairs change their winner and %(ranks)s of the "
        "responses change their rank."
    )
    return words % {"pairs": percent(found["flipped_pairs"]), "ranks": percent(found.get("rank_changes") or 0)}
