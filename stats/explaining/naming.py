"""Whose change it is: everywhere, or at one level of one factor.

Each of these is a story with one rise at one place: "everywhere from here on", "with memory on from there on". Stories
are compared by their evidence (`stats.explaining.changing`), each with the scores of its own events only, so that a
change at one level is looked for where it is not thinned by all others. A level that is not told from "everywhere" by
LEAN is not named: half of the prior belief is in "everywhere", where the likelihoods of two levels that say nearly the
same as all do not count twice.

That differs from the greatest one-vs-rest score after a change point of the whole stream, whose error it inherits: in
worlds of known truth that names the right level clearly less often (docs/statistics.md has the figures).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from stats.explaining.changing import Course, Sums, course
from stats.explaining.scored import Scored
from stats.pools import Mask
from stats.thumbed import FACTORS

LEAN = 1.0
"""On the log of the Bayes factor: a level is named when its evidence is 2.7 times that of everywhere, or more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change is: at a level of a factor, or everywhere."""

    factor: str
    level: str


EVERYWHERE = Place("everywhere", "all")


@dataclass(frozen=True, eq=False)
class Named:
    """The likeliest story: where, and its course over the stream's usable events; `evidence` for all stories."""

    where: Place
    course: Course
    evidence: Mapping[Place, float]


def named(reference: Scored, after: Scored, levels: Mapping[str, tuple[str, ...]], *, latest: int) -> Named:
    """Where the coefficient rose after the reference, `after` being all usable events since; not after `latest`."""
    courses = {EVERYWHERE: _course(reference, after, None, latest)}
    for where, masks in _levels(reference, after, levels):
        courses[where] = _course(reference, after, masks, latest)
    evidence = {where: each.evidence() for where, each in courses.items()}
    best = max(evidence, key=lambda where: evidence[where] - LEAN * (where != EVERYWHERE))
    return Named(best, courses[best], evidence)


def _levels(
    reference: Scored, after: Scored, levels: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[Place, tuple[Mask, Mask]]]:
    """Every level that some events of the reference and some after it have, but not all of them."""
    for factor in FACTORS:
        for code, level in enumerate(levels[factor]):
            masks = reference.codes[factor] == code, after.codes[factor] == code
            if all(mask.any() for mask in masks) and not all(mask.all() for mask in masks):
                yield Place(factor, level), masks


def _course(reference: Scored, after: Scored, masks: tuple[Mask, Mask] | None, latest: int) -> Course:
    if masks is None:
        before = Sums.of(reference.score, reference.information)
        return course(after.score, after.information, before, latest=latest)
    before = Sums.of(reference.score[masks[0]], reference.information[masks[0]])
    score, information = (np.where(masks[1], each, 0.0) for each in (after.score, after.information))
    return course(score, information, before, latest=latest)
