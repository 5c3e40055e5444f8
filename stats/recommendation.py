"""What weights may be recommended, and what a recommendation says. Nothing here applies one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stats.intervals import Estimate
from stats.simplex import Bounds
from stats.trials import Asked


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The shift of `outcome`, in a slice or in all prompts, is to stay at or under `most`."""

    outcome: str
    most: float
    within: str | None = None

    @property
    def asked(self) -> Asked:
        return Asked(self.outcome, self.within)


@dataclass(frozen=True, slots=True)
class Terms:
    """What weights may be recommended.

    `bounds` are those of single signals. The influence of `brake` on the reward, its covariance with it as a share of
    the reward's variance, is at least `floor`.
    """

    ceilings: tuple[Ceiling, ...]
    bounds: Bounds = field(default_factory=dict)
    brake: str | None = None
    floor: float = 0.0
    objective: str = "correctness"
    shown: tuple[str, ...] = ("sycophancy", "coldness")
    """Outcomes that are read beside, whether or not they have a ceiling."""

    def asked(self, outcomes: Sequence[str]) -> list[Asked]:
        """What is asked of weights in a pool with these outcomes: the objective, the ceilings in order, the rest."""
        beside = [Asked(outcome) for outcome in self.shown if outcome in outcomes]
        return list(dict.fromkeys([Asked(self.objective), *(each.asked for each in self.ceilings), *beside]))


@dataclass(frozen=True)
class Option:
    """Weights, and the held-out shifts that they come to."""

    weights: Mapping[str, float]
    shifts: Mapping[str, Estimate]

    def as_json(self) -> dict[str, object]:
        return {"weights": dict(self.weights), **{name: each.as_json() for name, each in self.shifts.items()}}


@dataclass(frozen=True)
class Relaxation:
    """The ceilings that would have to be raised, and to what, for these weights to pass on the held-out half."""

    ceilings: Mapping[str, float]
    weights: Mapping[str, float]


@dataclass(frozen=True)
class Recommendation:
    """What the search came to. `chosen` is None where nothing passed: then `relaxation` says what would.

    `binding` names what holds correctness back, or, where nothing passed, what is in the way: a ceiling, "bounds" or
    the floor of the "brake"; None where the most correct weights of all passed. `needed` is about how many more
    prompts would do, where more would. `reference` says that the weights are those compared with: keep what you have.
    """

    chosen: Option | None
    binding: str | None
    relaxation: Relaxation | None = None
    needed: int | None = None
    front: tuple[Option, ...] = ()
    reference: bool = False
    tried: int = 0
    step: float = 0.0
    fitted: int = 0
    held_out: int = 0

    @property
    def status(self) -> str:
        return "infeasible" if self.chosen is None else "recommended"

    def as_json(self) -> dict[str, object]:
        relaxed = self.relaxation
        return {
            "status": self.status,
            "weights": None if self.chosen is None else dict(self.chosen.weights),
            "held_out": None
            if self.chosen is None
            else {name: each.as_json() for name, each in self.chosen.shifts.items()},
            "binding": self.binding,
            "relaxation": None
            if relaxed is None
            else {"ceilings": dict(relaxed.ceilings), "weights": dict(relaxed.weights)},
            "needed_prompts": self.needed,
            "front": [each.as_json() for each in self.front],
            "keeps_reference": self.reference,
            "tried": self.tried,
            "step": self.step,
            "prompts": {"fitted": self.fitted, "held_out": self.held_out},
        }
