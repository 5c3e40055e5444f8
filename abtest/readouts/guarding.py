"""How the guardrails of an experiment stand: from labels of the slice, or from all units."""

from typing import Any

from django.utils.translation import gettext as _

from abtest.metrics import METRICS
from abtest.models import Arm
from abtest.plans import Guardrail
from abtest.readouts.figures import contrast_of
from abtest.readouts.ground import Ground
from abtest.readouts.saying import amount, ceiling_of
from stats.adjusting.guarding import GUARDS, Guarded, guardrail, labelled_guardrail
from stats.sequential.anytime import BURN_IN
from stats.sufficiency import InsufficientData

Json = dict[str, Any]


def guardrails(ground: Ground) -> list[Json]:
    """One entry per guardrail of the plan and candidate. Each alone must hold, whatever their number."""
    return [_entry(ground, guard, arm) for guard in ground.plan.guardrails for arm in ground.candidates]


def _entry(ground: Ground, guard: Guardrail, arm: Arm) -> Json:
    behavioural = GUARDS[guard.kind].question is not None
    entry: Json = {
        "kind": guard.kind,
        "candidate": arm.key,
        "limit": guard.limit,
        "behavioural": behavioural,
        "needed_unit": "turns" if behavioural else "units",
    }
    try:
        found = _labelled(ground, guard, arm) if behavioural else _of_all_units(ground, guard, arm)
    except InsufficientData as lacking:
        entry |= {"estimate": None, "bound": None, "state": "not_shown", "needed": lacking.needed, "shares": None}
    else:
        entry |= found.as_json()
        if behavioural and found.needed is not None:
            entry["needed_unit"] = "units"
    return {**entry, "why": _why(guard.kind, entry)}


def _labelled(ground: Ground, guard: Guardrail, arm: Arm) -> Guarded:
    return labelled_guardrail(ground.slice.labelled, guard.kind, guard.limit, arm=arm.ordinal)


def _of_all_units(ground: Ground, guard: Guardrail, arm: Arm) -> Guarded:
    contrast = contrast_of(ground, METRICS[guard.kind], arm)
    if contrast is None:
        raise InsufficientData(needed=BURN_IN, unit="units")
    planned = ground.design(guard.kind, arm).planned
    return guardrail(contrast, guard.limit, worse=GUARDS[guard.kind].worse, planned=planned)


def _why(kind: str, entry: Json) -> str:
    """The state in a sentence."""
    found = entry["estimate"]
    told = {
        "what": ceiling_of(kind),
        "limit": amount(kind, entry["limit"]),
        "bound": amount(kind, entry["bound"]),
        "low": amount(kind, found["low"]) if found else "",
        "estimate": amount(kind, found["estimate"]) if found else "",
        "needed": f"{entry['needed'] or 0:,}",
    }
    if entry["state"] == "within":
        return _("It is at most %(bound)s worse, which is within the limit of %(limit)s.") % told
    if entry["state"] == "breached":
        return _("It is worse by %(estimate)s, and by %(low)s at the least; the limit is %(limit)s.") % told
    if found is None and entry["needed_unit"] == "turns":
        return _("Not enough data: about %(needed)s more labelled turns needed.") % told
    if found is None:
        return _("Not enough data: about %(needed)s more units needed.") % told
    return _("Not shown yet: it may be worse by up to %(bound)s; the limit is %(limit)s.") % told
