"""Side by side: how often one bundle won over the other, ties as half, with the two sides as they stood."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from alpha.models import Programme
from alpha.reading.rates import lacking
from core.ledger.rubrics import BOTH_BAD
from core.tables.bulk import fetch
from stats.sufficiency import InsufficientData
from stats.wins import win_rate

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One counted choice: from `first` (negative) to `second`; `flipped`: they stood exchanged."""

    first: str
    second: str
    person: UUID
    value: int
    flipped: bool

    @property
    def left(self) -> bool | None:
        """Whether what stood on the left was preferred; None for a tie and for both bad."""
        if self.value in (0, BOTH_BAD):
            return None
        return (self.value < 0) != self.flipped


def chosen_in(programme: Programme) -> list[Chosen]:
    """Every counted choice of the programme."""
    return [Chosen(*row) for row in fetch(_CHOSEN, [programme.pk])]


_CHOSEN = """
SELECT fb.name, sb.name, c.actor_id, g.value, h.flipped
FROM alpha_conversation c
JOIN alpha_said s ON s.conversation_id = c.id AND s.kind = 'choice'
JOIN counted_judgment j ON j.id = s.judgment_id
JOIN ledger_signal g ON g.judgment_id = j.id AND g.question = 'overall'
JOIN alpha_choice h ON h.judgment_id = j.id
JOIN alpha_answer fa ON fa.id = h.first_id JOIN alpha_voice fv ON fv.id = fa.voice_id
JOIN catalog_bundle fb ON fb.id = fv.bundle_id
JOIN alpha_answer sa ON sa.id = h.second_id JOIN alpha_voice sv ON sv.id = sa.voice_id
JOIN catalog_bundle sb ON sb.id = sv.bundle_id
WHERE c.programme_id = %s
ORDER BY j.id
"""


def read(chosen: list[Chosen]) -> list[Body]:
    """By pair of bundles: the second one's win rate with its interval, and what it is made of.

    Both bad is no choice between the two, so it is counted and not in the rate.
    """
    pairs: dict[tuple[str, str], list[Chosen]] = defaultdict(list)
    for one in chosen:
        pairs[one.first, one.second].append(one)
    return [_pair(first, second, pairs[first, second]) for first, second in sorted(pairs)]


def _pair(first: str, second: str, chosen: list[Chosen]) -> Body:
    between = [one for one in chosen if one.value != BOTH_BAD]
    sides = [one.left for one in between if one.left is not None]
    values = np.array([one.value for one in between], dtype=np.int64)
    codes = {person: n for n, person in enumerate(dict.fromkeys(one.person for one in between))}
    body: Body = {
        "first": first,
        "second": second,
        "won": int((values > 0).sum()),
        "tied": int((values == 0).sum()),
        "lost": int((values < 0).sum()),
        "both_bad": len(chosen) - len(between),
        "left": sum(sides),
        "right": len(sides) - sum(sides),
        "n": len(between),
        "people": len(codes),
    }
    try:
        rate = win_rate(np.sign(values) / 2 + 0.5, np.array([codes[one.person] for one in between], dtype=np.int64))
    except InsufficientData as error:
        return {**body, **lacking(error)}
    return {**body, "estimate": rate.estimate, "low": rate.low, "high": rate.high}
