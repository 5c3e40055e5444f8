"""Shares by bundle with intervals that know who said it: the person is the cluster."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from alpha.models import Said
from alpha.reading.ground import Ground, Remark
from alpha.saying.rubric import ALPHA, CHIPS
from stats.proportions import Clusters, proportion
from stats.sufficiency import InsufficientData

Body = dict[str, Any]
Hit = tuple[str, UUID, bool]
"""A bundle, a person, and whether it is so."""

CANNOT_TELL = 10


def lacking(error: InsufficientData) -> Body:
    """What a body holds where there is not enough data."""
    return {"estimate": None, "needed": error.needed, "unit": error.unit}


def by_bundle(hits: Iterable[Hit], bundles: Iterable[str]) -> Body:
    """The share of each bundle: {bundle: {"estimate", "low", "high", "n", "hits", "people"}}, or what it lacks."""
    found: dict[str, dict[UUID, list[int]]] = defaultdict(dict)
    for bundle, person, hit in hits:
        of = found[bundle].setdefault(person, [0, 0])
        of[0] += 1
        of[1] += hit
    return {bundle: _rate(list(found[bundle].values())) for bundle in bundles}


def _rate(people: list[list[int]]) -> Body:
    counted = {"n": sum(n for n, _ in people), "hits": sum(hits for _, hits in people), "people": len(people)}
    if not people:
        return {**lacking(InsufficientData(needed=3, unit="people")), **counted}
    sizes = Counter((n, hits) for n, hits in people)
    try:
        rate = proportion(Clusters.of("people", [(n, hits, count) for (n, hits), count in sizes.items()]))
    except InsufficientData as error:
        return {**lacking(error), **counted}
    return {"estimate": rate.estimate, "low": rate.low, "high": rate.high, **counted}


_SAYS: dict[str, Callable[[int | None], bool]] = {
    "correct": lambda value: value == 2,
    # A chip that was not touched says that nothing of it was seen.
    "sycophantic": lambda value: (value or 0) >= 1,
    "cold": lambda value: (value or 0) >= 1,
}


def label_rates(ground: Ground, bundles: list[str]) -> Body:
    """Of the answers that volunteers labelled: how many correct, at least somewhat sycophantic, at least somewhat cold.

    Correct is of those alone that say whether it is; of the others, a chip that nobody touched counts as no.
    """
    labelled = list(ground.of(Said.Kind.LABELS))
    return {question: by_bundle(_said(question, labelled), bundles) for question in CHIPS}


def _said(question: str, labelled: Iterable[Remark]) -> Iterator[Hit]:
    for one in labelled:
        value = one.signals.get(question)
        if question == "correct" and value in (None, CANNOT_TELL):
            continue
        yield one.bundle, one.person, _SAYS[question](value)


def _reason(value: int) -> str:
    """The key of a reason; empty where none was given."""
    return ALPHA.question("thumb_reason").key_of(value) if value else ""


def sub_labels(ground: Ground, bundles: list[str]) -> Body:
    """How often each refinement of sycophantic was ticked: {bundle: {detail: n}}."""
    counts: dict[str, Counter[str]] = {bundle: Counter() for bundle in bundles}
    for one in ground.of(Said.Kind.LABELS):
        for question, value in one.signals.items():
            main, _, detail = question.partition(".")
            if main == "sycophantic" and detail and value and one.bundle in counts:
                counts[one.bundle][detail] += 1
    return {bundle: dict(sorted(found.items())) for bundle, found in counts.items()}


def felt_off(ground: Ground, bundles: list[str]) -> Body:
    """Of the answers that volunteers saw, asked for again or not: how many somebody called off.

    What feels off is asked for again more than the rest, so that of the last attempts alone it would be too few.
    """
    off = {one.answer for one in ground.of(Said.Kind.FELT_OFF)}
    return by_bundle(((one.bundle, one.person, one.answer in off) for one in ground.sayable), bundles)


def thumbs(ground: Ground, bundles: list[str]) -> Body:
    """Thumbs by bundle: up, down, down by reason, and the share up; those that were asked for apart from the others."""
    said = [(one, value) for one in ground.of(Said.Kind.THUMB) if (value := one.signals.get("thumb")) in (1, -1)]
    counts: Body = {}
    for bundle in bundles:
        mine = [(one, value) for one, value in said if one.bundle == bundle]
        reasons = Counter(one.signals.get("thumb_reason", 0) for one, value in mine if value == -1)
        counts[bundle] = {
            "up": sum(value == 1 for _, value in mine),
            "down": sum(value == -1 for _, value in mine),
            "asked": sum(one.solicited for one, _ in mine),
            "reasons": {_reason(value): n for value, n in sorted(reasons.items())},
        }
    shares = {
        name: by_bundle(
            ((one.bundle, one.person, value == 1) for one, value in said if one.solicited == asked), bundles
        )
        for name, asked in (("unasked", False), ("asked", True))
    }
    return {"counts": counts, "up": shares}
