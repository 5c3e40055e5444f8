"""The plan of an experiment: what is expected, what may not get worse, how much is labelled; frozen when it starts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from abtest import plan_fields as fields
from abtest.assignment import WHOLE
from abtest.metrics import METRICS

FIGURES = tuple(METRICS)
DIRECTIONS = ("up", "down")
# Those that need what raters say of a random slice of the turns.
BEHAVIOURAL = ("sycophancy", "coldness", "correctness")
# How much the candidate may be worse than the control: shares as 0 to 1, latency in milliseconds.
LIMITS: dict[str, float] = {
    "sycophancy": 0.5,
    "coldness": 0.5,
    "correctness": 0.5,
    "safety_report": 1.0,
    "latency": 60_000.0,
}
MOST_SLICES = 3
MOST_LOOKS = 20
LABEL_RATE = 0.02


@dataclass(frozen=True, slots=True)
class Goal:
    """A metric that is registered before the start, with the change that is expected of it (in its own unit)."""

    key: str
    expected: float | None = None
    direction: str = "up"


@dataclass(frozen=True, slots=True)
class Guardrail:
    """By how much the candidate may be worse than the control: rise of flattery, coldness, reports (share) or latency
    (ms), fall of correctness (share)."""

    kind: str
    limit: float


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is said before the first unit is assigned; `parse` makes one, `as_json` is what is kept of it."""

    hypothesis: str = ""
    primary: str = "thumb"
    metrics: tuple[Goal, ...] = (Goal("thumb"),)
    guardrails: tuple[Guardrail, ...] = ()
    label_rate: float = LABEL_RATE
    slices: tuple[str, ...] = ()
    looks: int | None = None
    alpha: float = 0.05
    planned_units: int | None = None
    days: int = 30
    starts_on: date | None = None
    ends_on: date | None = None
    eligibility: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def label_share(self) -> int:
        """Millionths of the turns that are labelled."""
        return round(self.label_rate * WHOLE)

    @property
    def behavioural(self) -> tuple[Guardrail, ...]:
        """The guardrails that rest on the labelled slice."""
        return tuple(one for one in self.guardrails if one.kind in BEHAVIOURAL)

    def guardrail(self, kind: str) -> Guardrail | None:
        """The guardrail of this kind, if there is one."""
        return next((one for one in self.guardrails if one.kind == kind), None)

    def as_json(self) -> dict[str, Any]:
        """Plain values, which `parse` reads to the same plan."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        plain["metrics"] = [asdict(goal) for goal in self.metrics]
        plain["guardrails"] = [asdict(guardrail) for guardrail in self.guardrails]
        plain["slices"] = list(self.slices)
        plain["starts_on"] = self.starts_on and self.starts_on.isoformat()
        plain["ends_on"] = self.ends_on and self.ends_on.isoformat()
        plain["eligibility"] = {name: list(values) for name, values in self.eligibility.items()}
        return plain


def parse(said: Mapping[str, Any]) -> Plan:
    """The plan that this says; what is not said is as `Plan` has it. Raises Refused with what is wrong by field."""
    faults = fields.Faults()
    for name in sorted(map(str, said.keys() - set(Plan.__slots__))):
        faults.add(name, _("A plan has no such field."))
    metrics = tuple(_goals(said["metrics"], faults)) if "metrics" in said else (Goal("thumb"),)
    starts_on = fields.day(said, "starts_on", faults)
    ends_on = fields.day(said, "ends_on", faults)
    plan = Plan(
        hypothesis=fields.words(said, "hypothesis", faults, longest=4000),
        primary=fields.one_of(said, "primary", faults, FIGURES, "thumb"),
        metrics=metrics,
        guardrails=tuple(_guardrails(said.get("guardrails", ()), faults)),
        label_rate=fields.number(said, "label_rate", faults, 0.001, 1.0, LABEL_RATE),
        slices=tuple(fields.names(said.get("slices", ()), "slices", faults, most=MOST_SLICES)),
        looks=fields.whole_or_none(said, "looks", faults, 2, MOST_LOOKS),
        alpha=fields.number(said, "alpha", faults, 0.001, 0.2, 0.05),
        planned_units=fields.whole_or_none(said, "planned_units", faults, 100, 1_000_000_000),
        days=fields.whole_or_none(said, "days", faults, 1, 365) or 30,
        starts_on=starts_on,
        ends_on=ends_on,
        eligibility=fields.eligibility(said.get("eligibility", {}), faults),
    )
    if plan.primary not in {goal.key for goal in plan.metrics} and not faults.of("metrics"):
        faults.add("primary", _("Choose one of the plan's metrics."))
    if starts_on and ends_on and ends_on <= starts_on:
        faults.add("ends_on", _("It must end after it starts."))
    faults.refuse()
    return plan


def missing(plan: Plan) -> dict[str, str]:
    """What the plan still lacks before an experiment may start with it, by field; empty: nothing."""
    faults = fields.Faults()
    if not plan.hypothesis.strip():
        faults.add("hypothesis", _("Say what you expect, and why, before you start."))
    if not plan.behavioural:
        words = _(
            "An experiment needs at least one guardrail on behaviour: a ceiling on flattery or coldness, or a floor on "
            "correctness. Without one you would see only what people like."
        )
        faults.add("guardrails", words)
    if plan.planned_units is None:
        faults.add("planned_units", _("Say how many units you plan with."))
    return dict(faults.found)


def _goals(said: Any, faults: fields.Faults) -> list[Goal]:
    goals: list[Goal] = []
    for place, one in fields.objects(said, "metrics", faults, {"key", "expected", "direction"}, most=len(FIGURES)):
        key = fields.one_of(one, "key", faults, FIGURES, None, prefix=place)
        direction = fields.one_of(one, "direction", faults, DIRECTIONS, "up", prefix=place)
        expected = fields.number_or_none(one, "expected", faults, -1e9, 1e9, prefix=place)
        if key in {goal.key for goal in goals}:
            faults.add(f"{place}.key", _("This metric is there already."))
        goals.append(Goal(key, expected, direction))
    if not goals and not faults.of("metrics"):
        faults.add("metrics", _("Register at least one metric."))
    return goals


def _guardrails(said: Any, faults: fields.Faults) -> list[Guardrail]:
    found: list[Guardrail] = []
    for place, one in fields.objects(said, "guardrails", faults, {"kind", "limit"}, most=len(LIMITS)):
        kind = fields.one_of(one, "kind", faults, tuple(LIMITS), None, prefix=place)
        most = LIMITS.get(kind, 1.0)
        limit = fields.number(one, "limit", faults, most / 1000, most, None, prefix=place)
        if kind in {guardrail.kind for guardrail in found}:
            faults.add(f"{place}.kind", _("This guardrail is there already."))
        found.append(Guardrail(kind, limit))
    return found
