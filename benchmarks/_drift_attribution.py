"""How often the explanation of an alarm is right: where the change is said to be, and when.

In worlds of known truth a stream goes on unchanged for a while, then sycophancy gains some log-odds everywhere or at
one level; as soon as the monitor of the bias raises its alarm, and again when 4,000 thumbs have come since the change,
the alarm is explained. Used by the drift bench, and in a small form by the suite.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scenarios.driftworlds import UNLIKE, World, series, stream
from stats.explaining.changing import Sums, course
from stats.explaining.explain import SETTLED
from stats.explaining.naming import EVERYWHERE, Named, Place, named
from stats.explaining.scored import Scored, scored
from stats.monitoring.coefficients import BIAS
from stats.monitoring.declared import Declared
from stats.monitoring.scoring import Scorer
from stats.pools import Mask

PLANTED = (("memory", "on"), ("arm", "candidate"), ("segment", "companion"), ("segment", "teen"))
WANTED = 0.85
FIRST = 50_000
"""The first seed of the whole form: none of those with which anything was chosen."""
CONTRAST = 2.4
"""Where the textbook's way takes rises everywhere for one level's about as often as ours does."""
_BLOCK = 1000


@dataclass(frozen=True)
class Told:
    """What one explanation said: where, whether that is right, and when (events from the true change on)."""

    factor: str
    level: str
    right: bool
    error: int
    low: int
    high: int
    contrast: bool
    """Whether the greatest one-vs-rest score after the whole stream's change point would be right."""

    @property
    def held(self) -> bool:
        """Whether the interval holds the true change."""
        return self.low <= 0 <= self.high


@dataclass(frozen=True)
class Explained:
    """A stream in which the alarm came `delay` events after the change, explained then and when it is settled."""

    where: tuple[str, str] | None
    delay: int
    at_alarm: Told
    settled: Told


@dataclass(frozen=True)
class Share:
    """What came of the streams with one planted change."""

    name: str
    streams: int
    at_alarm: float
    settled: float
    contrast: float
    """When settled, by the greatest one-vs-rest score instead."""
    named: float
    """The share in which a level is named, and not everywhere."""
    held: float
    error: float
    """The median distance of the change point from the truth."""
    width: float
    """The median width of its interval."""


def explained(
    seed: int,
    where: tuple[str, str] | None,
    *,
    size: float = 0.8,
    reference: int = 20_000,
    quiet: int = 4000,
    longest: int = 16_000,
    world: World = UNLIKE,
) -> Explained | None:
    """One stream with a change of `size` after `quiet` events; None if no alarm came, or one before the change."""
    rng = np.random.default_rng([seed, 5])
    first = stream(world, reference, rng)
    declared = Declared("M1", "effect of sycophancy", reference=reference)
    state = BIAS.start(declared, first)
    since = series([(world, quiet), (world.drifting(size, where), longest)], rng)
    alarm = None
    for begin in range(0, len(since), _BLOCK):
        state = BIAS.step(declared, state, since.part(begin, min(begin + _BLOCK, len(since))), begin + 1)
        if (alarm := state["alarm"]) is not None:
            break
    if alarm is None or alarm["event"] <= quiet:
        return None
    scorer = Scorer.from_json(BIAS.question, state["scorer"])
    before, after = scored(scorer, first), scored(scorer, since)
    until = alarm["event"]

    def told(events: int) -> Told:
        seen = after.where(after.places < events)
        found = named(before, seen, scorer.levels, latest=until)
        best = by_contrast(before, seen, scorer.levels, latest=until)
        return _told(found, seen, where, quiet, best)

    return Explained(where, until - quiet, told(until), told(max(until, quiet + SETTLED)))


def shares(found: Iterable[Explained]) -> list[Share]:
    """One row for each planted change, in the order in which they come."""
    groups: dict[tuple[str, str] | None, list[Explained]] = {}
    for one in found:
        groups.setdefault(one.where, []).append(one)
    return [share_of(_named(where), group) for where, group in groups.items()]


def share_of(name: str, group: Sequence[Explained]) -> Share:
    """What came of these streams."""
    last = [one.settled for one in group]
    return Share(
        name,
        len(group),
        float(np.mean([one.at_alarm.right for one in group])),
        float(np.mean([told.right for told in last])),
        float(np.mean([told.contrast for told in last])),
        float(np.mean([told.factor != EVERYWHERE.factor for told in last])),
        float(np.mean([told.held for told in last])),
        float(np.median([abs(told.error) for told in last])),
        float(np.median([told.high - told.low for told in last])),
    )


def alarmed(wanted: int, where: tuple[str, str] | None, *, size: float = 0.8, start: int = 0) -> list[Explained]:
    """`wanted` alarmed streams with this change; streams without an alarm do not count, but say themselves."""
    found: list[Explained] = []
    for seed in range(start, start + 4 * wanted):
        one = explained(seed, where, size=size)
        if one is not None:
            found.append(one)
        if len(found) == wanted:
            break
    return found


def by_contrast(before: Scored, after: Scored, levels: Mapping[str, tuple[str, ...]], *, latest: int) -> Place:
    """The textbook's way: the level with the greatest one-vs-rest score after the whole stream's change point.

    Everywhere if none is CONTRAST standard errors above the rest.
    """
    change = course(after.score, after.information, Sums.of(before.score, before.information), latest=latest).change()
    assert change is not None
    changed = after.where(np.arange(len(after)) >= change.place)
    found = {}
    for factor in before.codes:
        for code, level in enumerate(levels[factor]):
            parts = [_against(one, one.codes[factor] == code) for one in (changed, before)]
            (now, its), (then, error) = parts
            found[Place(factor, level)] = (now - then) / (its + error) ** 0.5
    best = max(found, key=lambda place: found[place])
    return best if found[best] >= CONTRAST else EVERYWHERE


def _against(scores: Scored, here: Mask) -> tuple[float, float]:
    """The rise here less that elsewhere, to first order, and its variance."""
    sides = [
        (scores.score[side].sum() / total, (scores.score[side] ** 2).sum() / total**2)
        for side in (here, ~here)
        if (total := scores.information[side].sum()) > 0
    ]
    if len(sides) < 2:
        return 0.0, np.inf
    return float(sides[0][0] - sides[1][0]), float(sides[0][1] + sides[1][1])


def _told(found: Named, after: Scored, where: tuple[str, str] | None, quiet: int, best: Place) -> Told:
    change = found.course.change()
    assert change is not None
    places = [int(after.places[place]) - quiet for place in (change.place, change.low, change.high)]
    truth = Place(*where) if where else EVERYWHERE
    return Told(found.where.factor, found.where.level, found.where == truth, *places, best == truth)


def _named(where: tuple[str, str] | None) -> str:
    return "everywhere" if where is None else ":".join(where)


def table(rows: Iterable[Share]) -> str:
    """As a table of Markdown."""
    head = (
        "| where | streams | right at the alarm | right when settled | by the greatest contrast | a level named "
        "| interval held | median error | median width |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    lines = [
        f"| {row.name} | {row.streams} | {row.at_alarm:.3f} | {row.settled:.3f} | {row.contrast:.3f} | {row.named:.3f} "
        f"| {row.held:.3f} | {row.error:,.0f} | {row.width:,.0f} |"
        for row in rows
    ]
    return "\n".join([head, *lines])


def main(streams: int = 200) -> None:
    """The whole form: fails if the right level is named less often than WANTED."""
    each = streams // len(PLANTED)
    found = [one for number, where in enumerate(PLANTED) for one in alarmed(each, where, start=FIRST + 1000 * number)]
    whole = share_of("all of these", found)
    alike = [
        share_of(f"everywhere, +{size:g}", alarmed(each, None, size=size, start=FIRST + 9000)) for size in (0.8, 0.4)
    ]
    print(f"\nAttribution of +0.8 log-odds, reference 20,000, {streams} alarmed streams")
    print(table([*shares(found), whole, *alike]))
    sys.exit(0 if whole.settled >= WANTED else f"the right level was named in {whole.settled:.3f} of the streams")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
