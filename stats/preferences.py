"""Choices between two responses and thumbs on one, as arrays, and the designs that are fitted to them.

The model of a pair (spec: the quirk card):

    logit P(first preferred) = b_c Δcorrect + b_s Δsycophantic + b_d Δcold + b_l tanh(Δlength / sd)
                             + b_m memory × Δsycophantic + b_p position

Δ is first minus second. There is no constant: every column changes its sign when first and second are exchanged, so
that which one is called the first changes nothing. `sd` is the root mean square of Δlength, for the same reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from stats.clustering import Way
from stats.logistic import CONSTANT, Design
from stats.pools import Array, Mask, Whole

LABELS = ("correct", "sycophantic", "cold", "length")
"""What is known of a response: three rubric labels as shares, and its length in any unit."""

BY_MEMORY = "memory_sycophantic"
POSITION = "position"


@dataclass(frozen=True, slots=True)
class Pairs:
    """n choices. Arrays are (n,).

    `deltas` has, by the names of LABELS, first minus second: rubric labels as shares (-1 to 1), length in any unit; nan
    where it is not labelled, and no entry where nothing is. `outcome` is 1 where the first is preferred, 0 where the
    second, 0.5 for a tie. `chooser` and `prompt` are numbers that are equal where the person and the prompt (or its
    family) are; a reward model is a single chooser: None. `position` is 1 where the first was shown first, -1 where the
    second was, 0 or None where it does not matter; `memory` 1 where it was on; `weight` 1 unless given.
    """

    deltas: Mapping[str, Array]
    outcome: Array
    prompt: Whole
    chooser: Whole | None = None
    position: Array | None = None
    memory: Array | None = None
    weight: Array | None = None

    def where(self, kept: Mask) -> "Pairs":
        """Those pairs only."""
        return Pairs(
            {name: column[kept] for name, column in self.deltas.items()},
            self.outcome[kept],
            self.prompt[kept],
            None if self.chooser is None else self.chooser[kept],
            None if self.position is None else self.position[kept],
            None if self.memory is None else self.memory[kept],
            None if self.weight is None else self.weight[kept],
        )

    def exchanged(self, which: Mask) -> "Pairs":
        """The same choices, with first and second exchanged in `which` (n,) of them."""
        sign = np.where(which, -1.0, 1.0)
        return replace(
            self,
            deltas={name: column * sign for name, column in self.deltas.items()},
            outcome=np.where(which, 1 - self.outcome, self.outcome),
            position=None if self.position is None else self.position * sign,
        )

    def ways(self) -> list[Way]:
        """How these pairs are clustered: by prompt, and by chooser where there are several."""
        ways = [Way("prompts", self.prompt)]
        if self.chooser is None or (self.chooser == self.chooser[:1]).all():
            return ways
        return [Way("choosers", self.chooser), *ways]


@dataclass(frozen=True, slots=True)
class Thumbs:
    """n turns that people saw. Arrays are (n,).

    `labels` has, by the names of LABELS, the response's rubric labels as shares (0 to 1) and its length in any unit.
    `value` is 1 for a thumb up, -1 for one down, 0 for a turn left without. `user` and `prompt` are numbers that
    are equal where the person and the prompt are, `prompt` None where all differ; `solicited` is true where the thumb
    was asked for on a turn drawn at random; `memory` 1 where it was on; `weight` 1 unless given (one over the
    probability, where silent turns are a sample).
    """

    labels: Mapping[str, Array]
    value: Array
    user: Whole
    solicited: Mask
    memory: Array | None = None
    weight: Array | None = None
    prompt: Whole | None = None

    def where(self, kept: Mask) -> "Thumbs":
        """Those turns only."""
        return Thumbs(
            {name: column[kept] for name, column in self.labels.items()},
            self.value[kept],
            self.user[kept],
            self.solicited[kept],
            None if self.memory is None else self.memory[kept],
            None if self.weight is None else self.weight[kept],
            None if self.prompt is None else self.prompt[kept],
        )

    def ways(self) -> list[Way]:
        """How these turns are clustered: by user, and by prompt where some are shared."""
        ways = [Way("users", self.user)]
        return ways if self.prompt is None else [*ways, Way("prompts", self.prompt)]


@dataclass(frozen=True, slots=True)
class Rows:
    """A design, and which of the rows it was made of had all that it needs: `kept`, of the length of all rows.

    It does without the columns of which nothing is recorded (`unlabelled`) and those that never differ (`constant`).
    """

    design: Design
    kept: Mask
    unlabelled: tuple[str, ...]
    constant: tuple[str, ...]


def squashed(length: Array) -> Array:
    """tanh of a length difference over its root mean square, so that a few very long answers do not decide."""
    spread = float(np.sqrt(np.nanmean(length**2))) if np.isfinite(length).any() else 0.0
    return np.tanh(length / spread) if spread else np.zeros_like(length)


def pair_rows(pairs: Pairs) -> Rows:
    """The design of `pairs`, without columns that are not labelled or never differ; those are named."""
    columns, unlabelled, constant = _known(pairs.deltas)
    if "length" in columns:
        columns["length"] = squashed(columns["length"])
    if "sycophantic" in columns and pairs.memory is not None:
        if _one_memory(pairs.memory, columns["sycophantic"]):
            constant += (BY_MEMORY,)
        else:
            columns[BY_MEMORY] = pairs.memory * columns["sycophantic"]
    elif pairs.memory is None:
        unlabelled += (BY_MEMORY,)
    if pairs.position is not None and pairs.position.any():
        columns[POSITION] = pairs.position
    return _rows(columns, pairs.outcome, pairs.weight, unlabelled, constant)


def thumb_rows(thumbs: Thumbs, outcome: Array) -> Rows:
    """The design of turns for `outcome` (n,): a constant, the labels, length in standard deviations, memory."""
    columns, unlabelled, constant = _known(thumbs.labels)
    for name, column in list(columns.items()):
        if np.nanmin(column) == np.nanmax(column):
            del columns[name]
            constant += (name,)
    if "length" in columns:
        columns["length"] = squashed(columns["length"] - np.nanmean(columns["length"]))
    if thumbs.memory is None:
        unlabelled += (BY_MEMORY,)
    elif np.ptp(thumbs.memory.astype(float)) == 0 or "sycophantic" not in columns:
        constant += (BY_MEMORY,)
    else:
        columns["memory"] = thumbs.memory.astype(float)
        columns[BY_MEMORY] = thumbs.memory * columns["sycophantic"]
    columns = {CONSTANT: np.ones(len(outcome)), **columns}
    return _rows(columns, outcome, thumbs.weight, unlabelled, constant)


def _known(given: Mapping[str, Array]) -> tuple[dict[str, Array], tuple[str, ...], tuple[str, ...]]:
    """Columns that say something, names of those not labelled at all, names of those that are 0 throughout."""
    columns, unlabelled, constant = {}, [], []
    for name in LABELS:
        column = given.get(name)
        if column is None or not np.isfinite(column).any():
            unlabelled.append(name)
        elif not np.nan_to_num(column).any():
            constant.append(name)
        else:
            columns[name] = np.asarray(column, dtype=float)
    return columns, tuple(unlabelled), tuple(constant)


def _one_memory(memory: Array, sycophantic: Array) -> bool:
    """Whether sycophancy differs with memory on only, or with memory off only."""
    differing = memory[np.nan_to_num(sycophantic) != 0]
    return bool(len(differing) == 0 or (differing == differing[0]).all())


def _rows(
    columns: dict[str, Array],
    outcome: Array,
    weight: Array | None,
    unlabelled: tuple[str, ...],
    constant: tuple[str, ...],
) -> Rows:
    kept = np.isfinite(outcome)
    for column in columns.values():
        kept = kept & np.isfinite(column)
    design = Design.of(
        {name: column[kept] for name, column in columns.items()},
        outcome[kept],
        None if weight is None else weight[kept],
    )
    return Rows(design, kept, unlabelled, constant)
