"""The verdict of a readout: one line and a state, the gravest first.

`srm` stands over everything: when the units of the arms are not alike, no arm is named. Then come guardrails, since
behaviour blocks; then the primary metric. What is not shown never counts as held: `unproven` is a candidate that wins
while a guardrail may still be broken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from abtest.metrics import METRICS
from abtest.models import Arm
from abtest.readouts.saying import ceiling_of, difference, most, rise

State = Literal["too_early", "srm", "breached", "better", "unproven", "worse", "no_difference", "open"]
Json = Mapping[str, Any]
CROSSED_LEAST, CROSSED_MOST = 20, 0.02
"""From so many units in more than one arm on, and this share of all, nobody knows which arm they speak for."""
CROSSED = gettext_lazy("Too many units were in more than one arm: no arm is named until you know why.")
SRM = gettext_lazy("The arms did not get the units that they should have: no arm is named until you know why.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an experiment says in one line, and how it stands."""

    state: State
    line: str

    def as_json(self) -> dict[str, str]:
        return {"state": self.state, "line": self.line}


def verdict(
    *,
    control: Arm,
    candidate: Arm,
    primary: Json,
    guardrails: Sequence[Json],
    srm: Json,
    planned_reached: bool,
    mixed: bool = False,
) -> Verdict:
    """What is to be said of one candidate beside the control, from its entries in the readout.

    `mixed`: too many units were in more than one arm (see `too_many_crossed`).
    """
    names = {"control": control.bundle.name, "candidate": candidate.bundle.name}
    if names["control"] == names["candidate"]:
        names = {"control": control.key, "candidate": candidate.key}
    if srm["found"]:
        return Verdict("srm", str(SRM))
    if mixed:
        return Verdict("srm", str(CROSSED))
    breached = [one for one in guardrails if one["state"] == "breached"]
    liked = _liked(primary, names)
    if breached:
        over = _joined([_over(one) for one in breached])
        return Verdict("breached", _("%(liked)s and %(over)s.") % {"liked": liked, "over": over})
    if primary["answer"] == "not_enough_data":
        return Verdict("too_early", _too_early(primary["needed"]))
    if primary["answer"] == "open":
        return _open(primary, names, planned_reached)
    if _is_worse(primary):
        return Verdict("worse", f"{liked}.")
    pending = [one for one in guardrails if one["state"] != "within"]
    if pending:
        held = _joined([ceiling_of(one["kind"]) for one in pending])
        words = _("%(liked)s, but it is not shown that it keeps its %(held)s.")
        return Verdict("unproven", words % {"liked": liked, "held": held})
    if guardrails:
        return Verdict("better", _("%(liked)s, and it keeps within every guardrail.") % {"liked": liked})
    return Verdict("better", f"{liked}.")


def too_many_crossed(crossed: int, exposed: float) -> bool:
    """Whether so many units were in more than one arm that no difference between the arms means anything."""
    return crossed >= CROSSED_LEAST and crossed > CROSSED_MOST * exposed


def _is_worse(primary: Json) -> bool:
    # What is bad of itself stays so; of the others the plan says which way they should go.
    bad = METRICS[primary["key"]].worse or ("up" if primary["direction"] == "down" else "down")
    return bool(primary["answer"] == ("less" if bad == "down" else "more"))


def _liked(primary: Json, names: dict[str, str]) -> str:
    """How the candidate does in the primary metric, as the beginning of a sentence."""
    metric = METRICS[primary["key"]]
    span = primary["difference"]
    told = {
        **names,
        "metric": str(metric.label),
        "by": difference(metric.key, span) if span else "",
        "needed": f"{primary['needed'] or 0:,}",
    }
    if span is None:
        return _("There is not enough data on %(metric)s (about %(needed)s more units needed)") % told
    if metric.shown == "share" and metric.liked:
        return {
            "more": _("%(candidate)s is liked more than %(control)s (%(by)s)"),
            "less": _("%(candidate)s is liked less than %(control)s (%(by)s)"),
            "open": _("%(candidate)s is not shown to be liked more or less than %(control)s (%(by)s)"),
        }[primary["answer"]] % told
    return {
        "more": _("%(candidate)s has more %(metric)s than %(control)s (%(by)s)"),
        "less": _("%(candidate)s has less %(metric)s than %(control)s (%(by)s)"),
        "open": _("%(candidate)s is not shown to differ from %(control)s in %(metric)s (%(by)s)"),
    }[primary["answer"]] % told


def _over(guard: Json) -> str:
    """`over its sycophancy ceiling (+6.3 points; at most 2)`."""
    kind = guard["kind"]
    told = {
        "what": ceiling_of(kind),
        "rise": rise(kind, guard["estimate"]["estimate"]),
        "most": most(kind, guard["limit"]),
    }
    if kind == "correctness":
        return _("under its %(what)s (%(rise)s; a fall of %(most)s)") % told
    return _("over its %(what)s (%(rise)s; %(most)s)") % told


def _open(primary: Json, names: dict[str, str], planned_reached: bool) -> Verdict:
    liked = _liked(primary, names)
    if planned_reached:
        return Verdict("no_difference", _("%(liked)s with all units that were planned.") % {"liked": liked})
    needed = primary["needed"]
    if not needed:
        return Verdict("open", f"{liked}.")
    words = ngettext(
        "%(liked)s: about %(n)s more unit would show what was expected.",
        "%(liked)s: about %(n)s more units would show what was expected.",
        needed,
    )
    return Verdict("open", words % {"liked": liked, "n": f"{needed:,}"})


def _too_early(needed: int | None) -> str:
    if not needed:
        return _("Not enough data.")
    words = ngettext(
        "Not enough data: about %(n)s more unit needed.", "Not enough data: about %(n)s more units needed.", needed
    )
    return words % {"n": f"{needed:,}"}


def _joined(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s and %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}
