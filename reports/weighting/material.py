"""Everything a report reads, read at once: the pool, what people chose, and how each signal came to its scores."""

import hashlib
from dataclasses import dataclass
from typing import Any

from reports.models import RewardSignal
from reports.reading.choices import Decided, Thumbs, decided_by, thumbs_in
from reports.reading.pools import Read, read_pool
from reports.weighting import header
from reports.weighting.found import Found
from reports.weighting.ground import Ground, ground_of
from reports.weighting.scoring import Scored, Sources, scored

_KINDS = RewardSignal.Kind
CHOOSERS: dict[str, tuple[str, ...]] = {
    _KINDS.RATERS: ("rater", "imported"),
    _KINDS.EXPERTS: ("expert",),
    _KINDS.THUMBS: ("user",),
    _KINDS.JUDGE: ("judge",),
}
"""The actors whose choices are a signal of this kind; other kinds have no choices but their scores."""


@dataclass(frozen=True, eq=False, slots=True)
class Material:
    """What was read of a project. `read` is None where there is no pool; `decided` goes by the signals' kinds."""

    found: Found
    read: Read | None
    decided: dict[str, Decided]
    thumbs: Thumbs | None
    snapshot: str
    scored: Scored | None

    def head(self) -> dict[str, Any]:
        """What the header says of the pool and the signals."""
        said = header.signals(self.found, self.read, self.scored.scored_by if self.scored else {})
        return said | (header.pool(self.found, self.read) if self.read else {})

    def ground(self) -> Ground:
        """The ground of the parts that stand on the pool. Raises what REFUSALS names."""
        self.found.complete()
        assert self.read is not None
        assert self.scored is not None
        return ground_of(self.found, self.read, self.scored)


def read_material(found: Found) -> Material:
    """Read it. Call it in `one_moment`."""
    signals = sorted({*found.signals, *_weighed(found)})
    read = read_pool(found.stored, tuple(signals)) if found.stored else None
    kinds = {signal.kind for signal in found.signals.values()}
    decided = {
        kind: choices
        for kind, actors in CHOOSERS.items()
        if kind in kinds and (choices := decided_by(found.report.project, actors)) is not None
    }
    thumbs = thumbs_in(found.report.project) if _KINDS.THUMBS in kinds else None
    made = scored(read, found.signals, Sources(decided, thumbs), found.report.seed) if read else None
    return Material(found, read, decided, thumbs, _hash(read, decided, thumbs), made)


def _weighed(found: Found) -> set[str]:
    recipes = [found.recipe, found.reference.version if found.reference else None]
    return {key for recipe in recipes if recipe for key in recipe.weights}


def _hash(read: Read | None, decided: dict[str, Decided], thumbs: Thumbs | None) -> str:
    digest = hashlib.sha256((read.snapshot if read else "").encode())
    for name, choices in [*sorted(decided.items()), ("", thumbs)]:
        if choices is not None:
            digest.update(name.encode())
            choices.feed(digest)
    return digest.hexdigest()
