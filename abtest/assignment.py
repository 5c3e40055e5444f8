"""Who is in an experiment, in which arm, and which turns are labelled: a salted hash that anybody can compute again.

`number(salt, purpose, unit)` is the first 32 bits of SHA-256 over "salt:purpose:unit" in UTF-8. The purposes make
independent draws of one salt, and experiments have salts of their own, so that what a unit gets in one says nothing of
what it gets in another. A share is a whole number of millionths, and a number lies under it if
number x 1,000,000 < share x 2^32: whole numbers below 2^53, exact in every language (see docs/clients/). Splitting by
a hash: Kohavi, Tang and Xu, "Trustworthy Online Controlled Experiments" (2020), chapter 5; that each experiment needs
a salt of its own is shown there too. Nothing here asks the database or the clock.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WHOLE = 1_000_000
METHOD = "sha256-32"
_RANGE = 1 << 32
_PER_PERCENT = WHOLE // 100


@dataclass(frozen=True, slots=True)
class Share:
    """An arm's key, its bundle's name, and its share of the units in millionths."""

    arm: str
    bundle: str
    share: int


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a client needs to assign by itself. `ramp` is in percent, and 0 unless the experiment is running.

    `label_share` is in millionths of the turns. `eligibility` holds the values that a factor of the segment may have:
    the client leaves out whoever has another one.
    """

    key: str
    state: str
    unit: str
    salt: str
    ramp: int
    arms: tuple[Share, ...]
    label_share: int
    eligibility: dict[str, list[str]]

    def as_json(self) -> dict[str, Any]:
        """As the API publishes them."""
        return {
            "key": self.key,
            "method": METHOD,
            "state": self.state,
            "unit": self.unit,
            "salt": self.salt,
            "ramp": self.ramp,
            "arms": [{"key": one.arm, "bundle": one.bundle, "share": one.share} for one in self.arms],
            "label_share": self.label_share,
            "eligibility": self.eligibility,
        }


def number(salt: str, purpose: str, unit: str) -> int:
    """A whole number below 2^32 that looks drawn at random and is always the same for the same three.

    Raises UnicodeEncodeError for a unit that is no text (a lone surrogate).
    """
    return int(hashlib.sha256(f"{salt}:{purpose}:{unit}".encode()).hexdigest()[:8], 16)


def under(drawn: int, share: int) -> bool:
    """Whether a number lies in the first `share` millionths of them."""
    return drawn * WHOLE < share * _RANGE


def takes_part(salt: str, unit: str, ramp: int) -> bool:
    """Whether the unit is among the `ramp` percent that take part. Whoever is in stays in while the ramp grows."""
    return under(number(salt, "ramp", unit), ramp * _PER_PERCENT)


def arm_of(salt: str, unit: str, shares: Sequence[int]) -> int:
    """The place of the unit's arm among `shares` (millionths that add up to WHOLE), whether it takes part or not."""
    drawn = number(salt, "arm", unit)
    upto = 0
    for place, share in enumerate(shares):
        upto += share
        if under(drawn, upto):
            return place
    raise ValueError(f"The shares add up to {upto} and not to {WHOLE}.")


def assigned(parameters: Parameters, unit: str) -> Share | None:
    """The arm of this unit now; None: it takes no part, and gets what everybody outside of the experiment gets."""
    if not takes_part(parameters.salt, unit, parameters.ramp):
        return None
    return parameters.arms[arm_of(parameters.salt, unit, [one.share for one in parameters.arms])]


def chosen(salt: str, conversation: str, turn: int, label_share: int) -> bool:
    """Whether this turn of a unit that takes part is one of the `label_share` millionths that are labelled."""
    return under(number(salt, "label", f"{conversation}:{turn}"), label_share)
