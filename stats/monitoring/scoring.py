"""Efficient scores: what each thumb says of one coefficient, everything else being held as it was in the reference.

The reference is fitted once, with z the cause in question (whether a response is sycophantic, say), x everything else:
correctness, warmth, a level for each factor, and z times the levels of segment, memory and arm, since flattery may
please some people more than others without anything having changed. With p(x, z) the fitted chance of the outcome y
and g(x) the projection of z on the rest of x, weighted by p (1 - p), an event's score is

    u = (z - g(x)) (y - p(x, z)).

It has mean 0 as long as the reference's coefficients hold, whatever the mix of events; a rise of the coefficient of z
by d moves its mean by d times the information (z - g) z p (1 - p). The projection leaves the interactions out, or it
would ask about the base level only; and z times the level in question in, where the question is about one level
(Cox and Hinkley, *Theoretical Statistics*, 1974, section 9.3).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from scipy.special import expit

from stats.logistic import CONSTANT, Collinear, Design, NoVariance, OneClass, Unfittable, fit
from stats.monitoring.declared import LEAST_OF_EACH, LEAST_REFERENCE, Unusable
from stats.pools import Array, Mask
from stats.thumbed import FACTORS, Codes, Small, Thumbed

MODIFIERS = ("segment", "memory", "arm")
"""Factors whose levels may change what the cause does."""

LABELLED = "warmth"
"""A factor of its own: whether the response's warmth was labelled."""

CAUSE = "cause"
UNKNOWN = ""
LEAST_AT_LEVEL = 30
"""A level with fewer events in the reference counts as never seen."""
MOST_LEVELS = 40
"""Levels of a factor that are told apart, the most frequent ones: a state and a fit stay small."""
LEAST_VARIATION = 25.0
"""An interaction needs this much of the cause's sum of squares at its level."""
FARTHEST = 1.3
"""What nothing else tells of the cause is cut here, so that no score is below what detectors bet on."""
_WORDS = {"sycophantic": "sycophancy", "warm": "warmth"}
_SAME = 1e-7


@dataclass(frozen=True, slots=True)
class Question:
    """Which coefficient: of `cause` on `outcome`, columns of Thumbed, at one level of a factor if `at` is given.

    `beside` are further columns that are held; `wrong` asks about responses that are not correct only.
    """

    outcome: str
    cause: str
    beside: tuple[str, ...]
    at: tuple[str, str] | None = None
    wrong: bool = False


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear predictor: constant, coefficients of columns, a table by level for each factor, the same times z."""

    constant: float = 0.0
    columns: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, Array] = field(default_factory=dict)
    cause: float = 0.0
    modified: Mapping[str, Array] = field(default_factory=dict)

    def at(self, rows: "Rows") -> Array:
        """Its value (m,) for each row, added up in one order whatever the rows."""
        total = np.full(len(rows.cause), self.constant)
        for name, coefficient in self.columns.items():
            total += coefficient * rows.columns[name]
        for name, table in self.tables.items():
            total += table[rows.codes[name]]
        if self.cause or self.modified:
            total += rows.cause * self.effect(rows)
        return total

    def effect(self, rows: "Rows") -> Array:
        """What one unit of z adds (m,)."""
        total = np.full(len(rows.cause), self.cause)
        for name, table in self.modified.items():
            total += table[rows.codes[name]]
        return total

    def as_json(self) -> dict[str, Any]:
        return {
            "constant": self.constant,
            "columns": dict(self.columns),
            "tables": {name: table.tolist() for name, table in self.tables.items()},
            "cause": self.cause,
            "modified": {name: table.tolist() for name, table in self.modified.items()},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        tables = {name: np.array(table, dtype=float) for name, table in stored["tables"].items()}
        modified = {name: np.array(table, dtype=float) for name, table in stored["modified"].items()}
        return cls(stored["constant"], stored["columns"], tables, stored["cause"], modified)


@dataclass(frozen=True, eq=False)
class Rows:
    """The m events that can be used: z, y, other columns, and places among the reference's levels. `kept` is (n,)."""

    cause: Array
    outcome: Array
    columns: Mapping[str, Array]
    codes: Mapping[str, Small]
    kept: Mask
    left_out: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Scores:
    """Of m events: score, information, and rows."""

    score: Array
    information: Array
    rows: Rows


@dataclass(frozen=True, eq=False)
class Scorer:
    """The reference's fit: `levels` by factor, the chance on the logit, and the projection of the cause."""

    question: Question
    levels: Mapping[str, tuple[str, ...]]
    chance: Linear
    projection: Linear

    def rows(self, thumbs: Thumbed) -> Rows:
        """The events of `thumbs` that can be used, and how many cannot for which reason."""
        return rows_of(self.question, self.levels, thumbs)

    def asked(self, rows: Rows) -> Array:
        """The column in question (m,): the cause, at one level only where the question is about one."""
        if self.question.at is None:
            return rows.cause
        name, level = self.question.at
        there: Array = rows.cause * (rows.codes[name] == self.levels[name].index(level))
        return there

    def part(self, rows: Rows) -> Array:
        """What of that nothing else tells (m,): z - g(x), at most FARTHEST from 0."""
        found: Array = np.clip(self.asked(rows) - self.projection.at(rows), -FARTHEST, FARTHEST)
        return found

    def scores(self, thumbs: Thumbed) -> Scores:
        """Scores and information of the events that can be used."""
        rows = self.rows(thumbs)
        p = expit(self.chance.at(rows))
        part = self.part(rows)
        return Scores(part * (rows.outcome - p), part * self.asked(rows) * (p * (1 - p)), rows)

    def as_json(self) -> dict[str, Any]:
        return {
            "levels": {name: list(levels) for name, levels in self.levels.items()},
            "chance": self.chance.as_json(),
            "projection": self.projection.as_json(),
        }

    @classmethod
    def from_json(cls, question: Question, stored: Mapping[str, Any]) -> Self:
        levels = {name: tuple(levels) for name, levels in stored["levels"].items()}
        return cls(question, levels, Linear.from_json(stored["chance"]), Linear.from_json(stored["projection"]))


def rows_of(question: Question, levels: Mapping[str, tuple[str, ...]], thumbs: Thumbed) -> Rows:
    """The events of `thumbs` that `question` is about, whose labels are there, and whose levels are among `levels`."""
    kept = np.ones(len(thumbs), dtype=bool)
    left_out: dict[str, int] = {}

    def leave(bad: Mask, reason: str) -> None:
        count = int((bad & kept).sum())
        if count:
            left_out[reason] = count
            np.logical_and(kept, ~bad, out=kept)

    needed = [getattr(thumbs, name) for name in {question.outcome, question.cause, "correct"} - {"warm"}]
    leave(~np.all([np.isfinite(column) for column in needed], axis=0), "unlabelled")
    if question.wrong:
        leave(thumbs.correct >= 0.5, "correct")
    if question.cause == "warm":
        leave(~np.isfinite(thumbs.warm), "unseen_warmth")
    codes = {name: _places(factor, levels[name]) for name, factor in _factors(question, thumbs).items()}
    for name, code in codes.items():
        leave(code < 0, f"unseen_{name}")
    if not left_out:
        taken: Callable[[Any], Any] = lambda column: column  # noqa: E731
    else:
        taken = lambda column: column[kept]  # noqa: E731
    columns = {name: np.nan_to_num(taken(getattr(thumbs, name)), copy=True, nan=0.0) for name in question.beside}
    return Rows(
        taken(getattr(thumbs, question.cause)),
        taken(getattr(thumbs, question.outcome)),
        columns,
        {name: taken(code) for name, code in codes.items()},
        kept,
        left_out,
    )


def fitted(question: Question, reference: Thumbed) -> Scorer:
    """The reference's fit. Raises Unusable, which says what is missing."""
    rows = rows_of(question, _levels(question, reference), reference)
    _enough(question, rows)
    levels = {name: _used(code, _levels(question, reference)[name]) for name, code in rows.codes.items()}
    rows = rows_of(question, levels, reference)
    bases = {name: _base(question, name, code, levels[name]) for name, code in rows.codes.items()}
    columns = _independent(_columns(rows, levels, bases))
    asked = CAUSE if question.at is None else f"{CAUSE}×{':'.join(question.at)}"
    if CAUSE not in columns or asked not in columns:
        raise Unusable(
            "no_variation",
            f"In the reference {_named(question)} goes so closely with other factors that what it does cannot be told "
            "from what they do. Begin the reference where they come apart.",
        )
    try:
        found = fit(Design.of(columns, rows.outcome))
    except Unfittable as refused:
        raise _unusable(question, refused) from refused
    coefficients = dict(zip(found.names, found.coefficients.tolist(), strict=True))
    weight = found.chance * (1 - found.chance)
    left = {name: column for name, column in columns.items() if name != asked and (question.at or not _of_cause(name))}
    projected = _projection(left, columns[asked], weight)
    return Scorer(question, levels, _linear(coefficients, levels), _linear(projected, levels))


def _factors(question: Question, thumbs: Thumbed) -> dict[str, Codes]:
    factors = {name: thumbs.factors[name] for name in FACTORS}
    if "warm" in question.beside:
        factors[LABELLED] = Codes(("no", "yes"), np.isfinite(thumbs.warm).astype(np.int16))
    return factors


def _places(codes: Codes, levels: tuple[str, ...]) -> Small:
    """Places among `levels`, in which UNKNOWN stands for what is not known; negative where there is none."""
    unknown = levels.index(UNKNOWN) if UNKNOWN in levels else -1
    place = {level: row for row, level in enumerate(levels) if level != UNKNOWN}
    table = np.array([*(place.get(level, -1) for level in codes.levels), unknown], dtype=np.int16)
    found: Small = table[codes.code]
    return found


def _levels(question: Question, reference: Thumbed) -> dict[str, tuple[str, ...]]:
    """The levels of each factor that come often enough, MOST_LEVELS of them and the unknown one at most."""
    found = {}
    for name, codes in _factors(question, reference).items():
        counts = np.bincount(codes.code + 1, minlength=len(codes.levels) + 1)
        named = zip(codes.levels, counts[1:].tolist(), strict=True)
        often = sorted((-count, level) for level, count in named if count >= LEAST_AT_LEVEL)[:MOST_LEVELS]
        unknown = [UNKNOWN] if counts[0] >= LEAST_AT_LEVEL else []
        found[name] = (*sorted(level for _, level in often), *unknown)
    return found


def _used(code: Small, levels: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `levels` that still come often enough once other events are left out."""
    counts = np.bincount(code, minlength=len(levels))
    return tuple(level for level, count in zip(levels, counts, strict=True) if count >= LEAST_AT_LEVEL)


def _enough(question: Question, rows: Rows) -> None:
    """Raise Unusable unless there are enough events, flattering and not."""
    labels = rows.cause if question.cause == "sycophantic" else rows.outcome
    flattering = int((labels >= 0.5).sum())
    least = min(flattering, len(labels) - flattering)
    if len(labels) and not least:
        which = "sycophantic" if flattering else "not sycophantic"
        raise Unusable(
            "no_variation",
            f"Every answer of the reference is labelled {which}, so nothing can be compared. Have answers of both "
            "kinds labelled, or begin the reference where there are both.",
        )
    needed = LEAST_REFERENCE // 2 if question.wrong else LEAST_REFERENCE
    if len(labels) < needed or least < LEAST_OF_EACH:
        which = " on answers that are not correct" if question.wrong else ""
        raise Unusable(
            "too_few",
            f"The reference has {len(labels):,} thumbs{which} that can be used, {flattering:,} of them on sycophantic "
            f"answers. It takes {needed:,}, and {LEAST_OF_EACH} each on sycophantic and on other answers: have more "
            "answers labelled.",
        )
    if float(rows.cause.var()) * len(labels) < LEAST_VARIATION:
        raise Unusable(
            "no_variation",
            f"Labels of {_WORDS[question.cause]} hardly differ in the reference, so nothing can be compared. Begin the "
            "reference where they do.",
        )


def _base(question: Question, name: str, code: Small, levels: tuple[str, ...]) -> str:
    """The level that others are compared with: the commonest, but not the one in question. Raises Unusable."""
    asked = question.at[1] if question.at and question.at[0] == name else None
    if asked is not None and (asked not in levels or len(levels) < 2):
        raise Unusable(
            "no_level",
            f"The reference has fewer than {LEAST_AT_LEVEL} thumbs with {name} {asked}, or no other {name} to compare "
            "them with. Begin the reference where both come often.",
        )
    counts = np.bincount(code, minlength=len(levels))
    order = sorted(range(len(levels)), key=lambda row: (levels[row] == asked, -counts[row], row))
    return levels[order[0]]


def _columns(rows: Rows, levels: Mapping[str, tuple[str, ...]], bases: Mapping[str, str]) -> dict[str, Array]:
    columns = {CONSTANT: np.ones(len(rows.cause)), **rows.columns}
    is_at = {
        f"{name}:{level}": (rows.codes[name] == row).astype(float)
        for name in levels
        for row, level in enumerate(levels[name])
        if level != bases[name]
    }
    columns |= is_at
    columns[CAUSE] = rows.cause
    for name, column in is_at.items():
        if name.split(":")[0] in MODIFIERS:
            of_level = rows.cause[column == 1]
            if len(of_level) * float(of_level.var()) >= LEAST_VARIATION:
                columns[f"{CAUSE}×{name}"] = rows.cause * column
    return columns


def _independent(columns: dict[str, Array]) -> dict[str, Array]:
    """Those columns that are not sums of the ones before them."""
    x = np.column_stack(list(columns.values()))
    triangle = np.linalg.qr(x / np.maximum(np.sqrt((x**2).sum(axis=0)), 1e-300), mode="r")
    return {
        name: column for (name, column), own in zip(columns.items(), np.diag(triangle), strict=True) if abs(own) > _SAME
    }


def _of_cause(name: str) -> bool:
    return name == CAUSE or name.startswith(f"{CAUSE}×")


def _projection(columns: Mapping[str, Array], asked: Array, weight: Array) -> dict[str, float]:
    root = np.sqrt(weight)
    x = np.column_stack(list(columns.values())) * root[:, None]
    coefficients, *_ = np.linalg.lstsq(x, asked * root, rcond=None)
    return dict(zip(columns, coefficients.tolist(), strict=True))


def _linear(coefficients: Mapping[str, float], levels: Mapping[str, tuple[str, ...]]) -> Linear:
    def table(name: str, before: str) -> Array:
        return np.array([coefficients.get(f"{before}{name}:{level}", 0.0) for level in levels[name]])

    plain = {name: b for name, b in coefficients.items() if ":" not in name and name not in (CONSTANT, CAUSE)}
    tables = {name: table(name, "") for name in levels}
    modified = {name: table(name, f"{CAUSE}×") for name in MODIFIERS}
    return Linear(
        coefficients.get(CONSTANT, 0.0),
        plain,
        {name: one for name, one in tables.items() if one.any()},
        coefficients.get(CAUSE, 0.0),
        {name: one for name, one in modified.items() if one.any()},
    )


def _named(question: Question) -> str:
    where = "" if question.at is None else f" with {question.at[0]} {question.at[1]}"
    return f"{_WORDS[question.cause]}{where}"


def _unusable(question: Question, refused: Unfittable) -> Unusable:
    if isinstance(refused, OneClass):
        return Unusable(
            "one_outcome",
            "Every thumb of the reference is the same, up or down, so nothing can be compared. Begin the reference "
            "where there are both.",
        )
    which = "no_variation" if isinstance(refused, NoVariance | Collinear) else "separation"
    why = str(refused).replace(CAUSE, _WORDS[question.cause])
    return Unusable(
        which,
        f"The reference cannot be fitted ({why}). Begin it where thumbs on like answers go both ways, or make it "
        "longer.",
    )
