"""Labelled thumbs as arrays, in the order of their numbers: what the drift monitors read."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stats.pools import Array, Mask, Whole

Small = npt.NDArray[np.int16]

FACTORS = ("segment", "arm", "memory", "domain", "language", "solicited")


@dataclass(frozen=True, eq=False)
class Codes:
    """One factor of n events: `code` (n,) is a place in `levels`, or -1 where the level is not known."""

    levels: tuple[str, ...]
    code: Small

    @classmethod
    def of(cls, names: npt.ArrayLike) -> "Codes":
        """From a name for each event, the empty name being the level that is not known. Levels are sorted.

        Raises ValueError for more levels than a code can tell apart.
        """
        each = np.asarray(names, dtype=str)
        levels, code = np.unique(each, return_inverse=True)
        unknown = bool(levels.size) and levels[0] == ""
        known = levels[1:] if unknown else levels
        if len(known) > np.iinfo(np.int16).max:
            raise ValueError(f"{len(known)} levels of one factor are too many")
        return cls(tuple(str(level) for level in known), (code - unknown).astype(np.int16))

    def on(self, levels: tuple[str, ...]) -> Small:
        """The same as places among other `levels`; -2 for a level that is not among them."""
        place = {level: row for row, level in enumerate(levels)}
        table = np.array([*(place.get(level, -2) for level in self.levels), -1], dtype=np.int16)
        found: Small = table[self.code]
        return found

    def names(self) -> npt.NDArray[np.str_]:
        """The name of each event's level, empty where it is not known."""
        return np.array([*self.levels, ""], dtype=str)[self.code]


@dataclass(frozen=True, eq=False)
class Thumbed:
    """n labelled thumbs in the order of their numbers, which is the order in which their labels were ready.

    `up` (n,) is 0 or 1. `sycophantic` and `correct` (n,) lie in 0..1, `warm` (n,) in -1..1 (less how cold), nan where
    it was not labelled. `good` (n,) is 1 where an expert's label says correct and neither sycophantic nor cold, 0 where
    it says otherwise, nan without an expert's label. `factors` has one Codes for each of FACTORS, `user` (n,) a number
    per user, `at` (n,) the seconds at which the labels were ready. `said` (n,) are the seconds at which the thumbs were
    given, None where that is not known.

    Raises ValueError for arrays of different lengths or missing factors.
    """

    up: Array
    sycophantic: Array
    correct: Array
    warm: Array
    good: Array
    factors: Mapping[str, Codes]
    user: Whole
    at: Array
    said: Array | None = None

    def __post_init__(self) -> None:
        if set(self.factors) != set(FACTORS):
            raise ValueError(f"the factors are {', '.join(FACTORS)}")
        lengths = {len(column) for column in self._columns()} | {len(codes.code) for codes in self.factors.values()}
        lengths |= set() if self.said is None else {len(self.said)}
        if len(lengths) != 1:
            raise ValueError("arrays of one stream have one length")

    def __len__(self) -> int:
        return len(self.up)

    def part(self, start: int, stop: int) -> "Thumbed":
        """Events `start` to `stop`, without `stop`: views on the same arrays."""
        return self._taken(slice(start, stop))

    def where(self, kept: Mask) -> "Thumbed":
        """Those events only, `kept` being (n,)."""
        return self._taken(kept)

    @classmethod
    def joined(cls, *parts: "Thumbed") -> "Thumbed":
        """One after the other. Raises ValueError for no part."""
        if not parts:
            raise ValueError("nothing to join")
        columns = [np.concatenate(each) for each in zip(*(part._columns() for part in parts), strict=True)]
        up, sycophantic, correct, warm, good, user, at = columns
        factors = {name: _joined([part.factors[name] for part in parts]) for name in FACTORS}
        given = [part.said for part in parts if part.said is not None]
        said = np.concatenate(given) if len(given) == len(parts) else None
        return cls(up, sycophantic, correct, warm, good, factors, user, at, said)

    def _columns(self) -> tuple[npt.NDArray[np.generic], ...]:
        return self.up, self.sycophantic, self.correct, self.warm, self.good, self.user, self.at

    def _taken(self, which: slice | Mask) -> "Thumbed":
        return Thumbed(
            up=self.up[which],
            sycophantic=self.sycophantic[which],
            correct=self.correct[which],
            warm=self.warm[which],
            good=self.good[which],
            factors={name: Codes(codes.levels, codes.code[which]) for name, codes in self.factors.items()},
            user=self.user[which],
            at=self.at[which],
            said=None if self.said is None else self.said[which],
        )


def _joined(each: list[Codes]) -> Codes:
    levels = tuple(dict.fromkeys(level for codes in each for level in codes.levels))
    return Codes(levels, np.concatenate([codes.on(levels) for codes in each]))
