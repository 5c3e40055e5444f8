"""Whether units fall evenly into the arms of an experiment, and into those of two experiments as if they did not know.

`python -m tests.statistics.assignment` prints the table of docs/statistics.md, and fails if that is not as it must be.
Salts and names are as unlike random ones as a product makes them: counted up.
"""

import sys
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, kstest

from abtest.assignment import number

LEAST_P = 1e-5
PAIRS = 100
CELLS = 10
_RANGE = 1 << 32
Numbers = NDArray[np.uint32]


@dataclass(frozen=True)
class Split:
    """p-values: of even numbers (in 1,000 cells, and by Kolmogorov and Smirnov), and of each pair of draws."""

    cells: float
    distance: float
    pairs: tuple[float, ...]


def salt(n: int) -> str:
    return f"{n:032x}"


def drawn(units: int, salt: str, purpose: str = "arm", name: str = "user-{}") -> Numbers:
    """The numbers of so many units."""
    return np.fromiter((number(salt, purpose, name.format(n)) for n in range(units)), np.uint32, count=units)


def evenness(numbers: Numbers, cells: int = 1000) -> float:
    """The p-value of equal cells of all numbers, by chi-squared."""
    seen = np.bincount(numbers.astype(np.uint64) * np.uint64(cells) // np.uint64(_RANGE), minlength=cells)
    mean = len(numbers) / cells
    return float(chi2.sf(np.sum((seen - mean) ** 2) / mean, cells - 1))


def independence(one: Numbers, other: Numbers, cells: int = CELLS) -> float:
    """The p-value of two draws of the same units being independent, by chi-squared of `cells` x `cells` equal parts."""
    place = [numbers.astype(np.uint64) * np.uint64(cells) // np.uint64(_RANGE) for numbers in (one, other)]
    seen = np.bincount((place[0] * np.uint64(cells) + place[1]).astype(np.intp), minlength=cells * cells)
    table = seen.reshape(cells, cells)
    mean = np.outer(table.sum(1), table.sum(0)) / len(one)
    return float(chi2.sf(np.sum((table - mean) ** 2 / mean), (cells - 1) ** 2))


def split(units: int, experiments: int, pairs: int = PAIRS) -> Split:
    """Of the first experiment how even, of the first `pairs` pairs of all of them how independent."""
    numbers = [drawn(units, salt(n)) for n in range(experiments)]
    found = [independence(numbers[a], numbers[b]) for a, b in list(combinations(range(experiments), 2))[:pairs]]
    first = numbers[0]
    return Split(evenness(first), float(kstest((first + 0.5) / _RANGE, "uniform").pvalue), tuple(found))


def main() -> None:
    units, experiments = 1_000_000, 15
    found = split(units, experiments)
    arm = drawn(units, salt(0))
    purposes = {
        "ramp x arm": independence(drawn(units, salt(0), "ramp"), arm),
        "label x arm": independence(drawn(units, salt(0), "label", "user-{}:1"), arm),
        "label of turn 1 x turn 2": independence(
            drawn(units, salt(0), "label", "user-{}:1"), drawn(units, salt(0), "label", "user-{}:2")
        ),
    }
    one_salt = independence(arm, drawn(units, salt(0)))
    print(f"{units:,} units user-0, user-1, …; salts 0, 1, … in hexadecimal")
    print("| what | p |")
    print("|---|--:|")
    print(f"| even over 1,000 cells | {found.cells:.3g} |")
    print(f"| even, largest distance | {found.distance:.3g} |")
    print(f"| independent, smallest of {len(found.pairs)} pairs of experiments | {min(found.pairs):.3g} |")
    for name, p in purposes.items():
        print(f"| independent, {name} | {p:.3g} |")
    print(f"| two experiments with one salt | {one_salt:.3g} |")
    smallest = min(found.cells, found.distance, *found.pairs, *purposes.values())
    good = len(found.pairs) == PAIRS and smallest >= LEAST_P and one_salt < LEAST_P
    sys.exit(0 if good else "Not as it must be.")


if __name__ == "__main__":
    main()
