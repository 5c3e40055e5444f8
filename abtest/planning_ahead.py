"""How much data a plan takes: labelled turns until its guardrails are told, units until its primary metric is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from abtest.metrics import METRICS
from abtest.models import Arm
from abtest.pictures.numbers import MEANINGS, amount_said, guardrail_name, label_of
from abtest.plans import Plan
from stats.adjusting.power import labelled_turns_needed, share_deviation, units_needed

BASES = {"sycophancy": 0.1, "coldness": 0.05, "correctness": 0.85}
"""Shares of the control to reckon with where nobody knows better; the page says so."""

THUMBS_UP = 0.7
THUMBS_A_UNIT = 3.0


@dataclass(frozen=True, slots=True)
class Power:
    """One line of the power figure: what is told, how much it takes, and what was assumed."""

    what: str
    needed: str
    turns: str
    assumed: str
    meaning: str = ""


def power_of(plan: Plan, arms: Sequence[Arm]) -> list[Power]:
    """What each behavioural guardrail and the primary metric take, with a power of 0.8."""
    share = _share(arms)
    found = [_guardrail(plan, one.kind, one.limit, share) for one in plan.behavioural]
    return [*found, *_primary(plan, share)]


def _share(arms: Sequence[Arm]) -> float:
    """The first candidate's share of what it and the control have."""
    if len(arms) < 2:
        return 0.5
    return arms[1].share / (arms[0].share + arms[1].share)


def _guardrail(plan: Plan, kind: str, limit: float, share: float) -> Power:
    base = BASES[kind]
    needed = labelled_turns_needed(base=base, limit=limit, share=share, level=1 - plan.alpha)
    turns = round(needed.turns / plan.label_rate)
    words, told = _("about %(turns)s labelled turns"), {"rate": f"{100 * plan.label_rate:g}"}
    rate = _("of about %(turns)s turns at %(rate)s %%: %(daily)s a day for %(days)s days")
    return Power(
        what=_("%(guardrail)s within %(limit)s")
        % {"guardrail": guardrail_name(kind), "limit": amount_said("share", limit)},
        needed=words % {"turns": f"{needed.turns:,}"},
        turns=rate % {"turns": f"{turns:,}", "daily": f"{round(turns / plan.days):,}", "days": plan.days, **told},
        assumed=_("%(share)s %% in the control, no true rise") % {"share": f"{100 * base:g}"},
        meaning=MEANINGS[kind],
    )


def _primary(plan: Plan, share: float) -> list[Power]:
    """The primary metric, where its size was said and it is a share of thumbs."""
    goal = next((one for one in plan.metrics if one.key == plan.primary), None)
    if goal is None or not goal.expected or METRICS[goal.key].shown != "share":
        return []
    deviation = share_deviation(share=THUMBS_UP, per_unit=THUMBS_A_UNIT)
    n = units_needed(
        deviation=deviation,
        effect=goal.expected,
        share=share,
        level=1 - plan.alpha,
        planned=plan.planned_units,
        looks=plan.looks is None,
    )
    words = _("%(metric)s, an effect of %(effect)s")
    assumed = _("%(share)s %% up, %(n)s thumbs a unit, alike by 0.2")
    return [
        Power(
            what=words % {"metric": label_of(goal.key), "effect": amount_said("share", abs(goal.expected))},
            needed=_("about %(n)s units that leave one") % {"n": f"{n:,}"},
            turns="",
            assumed=assumed % {"share": f"{100 * THUMBS_UP:g}", "n": f"{THUMBS_A_UNIT:g}"},
        )
    ]
