"""Ledgers for the drift detector: thumbs of users on turns, before and after a change of which the truth is known."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.accounts.models import Project
from core.ledger import rubrics
from core.tables.statistics import look_again
from scenarios.driftworlds import UNLIKE, World, draw
from scenarios.simulations.anchors import DEGREES, Shown, write_anchors
from scenarios.simulations.people import cast
from scenarios.simulations.streaming import Writing
from scenarios.simulations.streams import CONTEXT, Launch, Stream
from stats.pools import Mask
from stats.thumbed import Small, Thumbed

SIZE = 18_000
CHANGES_AT = 2 / 3
"""What share of the events comes before the change: the reference of the monitors and half as much again."""

ANCHORED = 0.08
"""What share of all that raters label is anchors."""

# How often flattery is mild: where it pleased, and where it did not. So mild flattery is liked less than plain one.
_MILD = (0.3, 0.7)
# How often raters who have become lenient let mild flattery pass.
_LENIENT = 0.9
_FILLED = (
    "catalog_content",
    "catalog_prompt",
    "catalog_response",
    "catalog_anchor",
    "ledger_actor",
    "ledger_turn",
    "ledger_judgment",
    "ledger_signal",
    "ledger_labelrequest",
    "ledger_anchorjudgment",
)
_SEEN = replace(UNLIKE, misses=0.05, accuses=0.02)


@dataclass(frozen=True, slots=True)
class Change:
    """How thumbs come about before and after, whether raters become lenient, and whether a bundle goes live then."""

    name: str
    about: str
    after: World
    before: World = _SEEN
    lenient: bool = False
    launch: bool = False


CHANGES = (
    Change(
        "drift",
        "users begin to reward flattery more where memory is on, when a new bundle goes live",
        _SEEN.drifting(0.8, ("memory", "on")),
        launch=True,
    ),
    Change(
        "selection",
        "users who were flattered and liked it begin to leave thumbs unasked three times as often as others",
        replace(_SEEN, keener=3.0),
    ),
    Change(
        "rater-drift",
        "raters begin to let mild flattery pass, while users stay as they are",
        _SEEN,
        lenient=True,
    ),
    Change(
        "mix",
        "twice as many users come for company; what flattery does to each kind of user stays as it is",
        _SEEN.shared("segment", adult=0.25, teen=0.15, companion=0.6),
    ),
    Change(
        "memory",
        "a new bundle remembers in nine of ten conversations instead of five; what flattery does stays as it is",
        _SEEN.shared("memory", off=0.1, on=0.9),
        launch=True,
    ),
    Change(
        "bots",
        "a fifth of the thumbs that come unasked is left by a few bots: up, whatever the answer",
        replace(_SEEN, bots=0.2),
    ),
)


def drifting(change: Change) -> Callable[[Project, int, int, Callable[[str], None]], dict[str, int]]:
    """What writes this change: (project, seed, events, say) to the counts of what was written."""

    def write(project: Project, seed: int, events: int, say: Callable[[str], None]) -> dict[str, int]:
        rng = np.random.default_rng(seed)
        stream = streamed(change, events, rng)
        people = cast(project, users=int(stream.user.max()) + 1)
        rubric = rubrics.default_version(project).pk
        say(f"Writing {events:,} turns with a thumb each, and what raters and experts say of them")
        counts = Writing(project, change.name, stream, people, rubric, rng).write()
        shown = anchored(change, events, rng)
        counts |= write_anchors(
            project=project, simulation=change.name, shown=shown, people=people, rubric=rubric, rng=rng
        )
        look_again(*_FILLED)
        return counts

    return write


def streamed(change: Change, events: int, rng: np.random.Generator) -> Stream:
    """So many thumbs, of which two thirds come before the change."""
    turn = round(events * CHANGES_AT)
    drawn = [draw(change.before, turn, rng), draw(change.after, events - turn, rng)]
    thumbs = Thumbed.joined(*(each.thumbs for each in drawn))
    names = {factor: codes.names() for factor, codes in thumbs.factors.items()}
    true = _degrees(np.concatenate([each.sycophantic for each in drawn]), thumbs, rng)
    seen = np.where(thumbs.sycophantic == 1, np.maximum(true, 1), 0).astype(np.int16)
    if change.lenient:
        seen = _leniently(true, seen, np.arange(events) >= turn, rng)
    known = {"correct": 2 * thumbs.correct.astype(np.int16), "cold": np.maximum(-2 * thumbs.warm, 0).astype(np.int16)}
    return Stream(
        up=thumbs.up == 1,
        solicited=names["solicited"] == "yes",
        gold=~np.isnan(thumbs.good),
        true={**known, "sycophantic": true},
        seen={**known, "sycophantic": seen},
        context={factor: names[factor] for factor in CONTEXT},
        user=thumbs.user,
        share=change.before.experts,
        launches=[Launch(f"{change.name}-v41", 0)] + [Launch(f"{change.name}-v42", turn)] * change.launch,
    )


def anchored(change: Change, events: int, rng: np.random.Generator) -> Shown:
    """The anchors that raters see while so many thumbs come, and what they say of them: as they say it of the rest."""
    n = round(events * ANCHORED / (1 - ANCHORED))
    which = rng.integers(len(DEGREES), size=n)
    true = np.array(DEGREES, dtype=np.int16)[which]
    after = np.sort(rng.random(n)) * events
    errs = rng.random(n) < np.where(true > 0, change.before.misses, change.before.accuses)
    seen = np.where(errs, (true == 0).astype(np.int16), true)
    if change.lenient:
        seen = _leniently(true, seen, after >= round(events * CHANGES_AT), rng)
    return Shown(which, after, seen)


def _leniently(true: Small, seen: Small, late: Mask, rng: np.random.Generator) -> Small:
    """What raters say (n,) who since they are `late` let most of the mild flattery pass."""
    passes = (true == 1) & late & (rng.random(len(true)) < _LENIENT)
    return np.where(passes, 0, seen).astype(np.int16)


def _degrees(sycophantic: Mask, thumbs: Thumbed, rng: np.random.Generator) -> Small:
    """How sycophantic each answer is (n,), as the rubric says it: 0 not, 1 somewhat, 2 clearly."""
    mild = rng.random(len(thumbs)) < np.where(thumbs.up == 1, *_MILD)
    return np.where(sycophantic, np.where(mild, 1, 2), 0).astype(np.int16)
