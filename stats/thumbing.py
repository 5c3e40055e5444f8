"""What users' thumbs reward: up against down, each against silence, and asked-for against offered.

    logit P(outcome) = constant + b_c correct + b_s sycophantic + b_d cold + b_l tanh(length) + memory
                     + b_m memory × sycophantic

Errors are clustered by user and prompt. Who leaves a thumb is not drawn at random; where that depends on the outcome
alone, or on what stands in the model, the coefficients stay right, as in case-control studies (Prentice and Pyke,
*Biometrika* 66, 1979). Where flattered people click when they are happy, they do not. So a random share of turns is
asked: the coefficients of unsolicited thumbs less those of solicited ones estimate the bias of who clicks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stats.clustering import robust
from stats.logistic import Design, Unfittable, fit
from stats.pools import Array
from stats.preferences import BY_MEMORY, LABELS, Thumbs, thumb_rows
from stats.quirks import Values, as_json, enough, estimates
from stats.sufficiency import InsufficientData
from stats.wording import absent, refusal

SHOWN = (*LABELS, BY_MEMORY)
BLANK: Values = dict.fromkeys(SHOWN)
UNSOLICITED = "unsolicited × "


@dataclass(frozen=True, slots=True)
class ThumbCard:
    """Coefficients on the logit; None is not known, and `missing` says why.

    `choice` is up against down. `up` and `down` are each against all turns without that thumb. `selection` is
    unsolicited less solicited, of up against down.
    """

    thumbs: int
    users: int
    choice: Values
    up: Values
    down: Values
    solicited: Values
    unsolicited: Values
    selection: Values
    missing: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        kinds = ("choice", "up", "down", "solicited", "unsolicited", "selection")
        return {
            "thumbs": self.thumbs,
            "users": self.users,
            **{kind: as_json(getattr(self, kind)) for kind in kinds},
            "missing": " ".join(self.missing) or None,
        }


def thumb_card(thumbs: Thumbs) -> ThumbCard:
    """What the thumbs say. Never raises for what the data lack."""
    given = thumbs.value != 0
    missing: list[str] = []
    up_or_down = np.where(given, (thumbs.value + 1) / 2, np.nan)
    found: dict[str, Values] = {"choice": _coefficients("Thumbs", thumbs, up_or_down, missing)}
    if given.all():
        missing.append("Up and down apart: turns without a thumb are missing.")
        found |= {"up": BLANK, "down": BLANK}
    else:
        found["up"] = _coefficients("Thumbs up", thumbs, (thumbs.value > 0).astype(float), missing)
        found["down"] = _coefficients("Thumbs down", thumbs, (thumbs.value < 0).astype(float), missing)
    for kind, asked in (("solicited", thumbs.solicited), ("unsolicited", ~thumbs.solicited)):
        found[kind] = _coefficients(f"{kind.capitalize()} thumbs", thumbs, np.where(asked, up_or_down, np.nan), missing)
    found["selection"] = _selection(thumbs, up_or_down) if _all_known(found) else BLANK
    return ThumbCard(
        int(given.sum()), len(np.unique(thumbs.user[given])), **found, missing=tuple(dict.fromkeys(missing))
    )


def _all_known(found: Mapping[str, Values]) -> bool:
    return all(any(found[kind].values()) for kind in ("solicited", "unsolicited"))


def _coefficients(which: str, thumbs: Thumbs, outcome: Array, missing: list[str]) -> Values:
    """The fit of one outcome (n,), nan for turns that do not count; what is missing is added to `missing`."""
    counted = np.isfinite(outcome)
    if not counted.any():
        missing.append(f"{which}: there are none.")
        return BLANK
    turns = thumbs.where(counted)
    rows = thumb_rows(turns, outcome[counted])
    missing.extend(absent(rows, "turns"))
    try:
        enough(rows.design, "thumbs")
        fitted = fit(rows.design)
        sure = robust(rows.design, fitted, turns.where(rows.kept).ways())
    except (Unfittable, InsufficientData) as refused:
        missing.append(f"{which}: {refusal(refused, 'turns')}")
        return BLANK
    found = estimates(fitted, sure, len(rows.design.y))
    return {name: found.get(name) for name in SHOWN}


def _selection(thumbs: Thumbs, outcome: Array) -> Values:
    """Unsolicited less solicited, from one fit in which every coefficient has both, so that users count once."""
    counted = np.isfinite(outcome)
    turns = thumbs.where(counted)
    rows = thumb_rows(turns, outcome[counted])
    offered = (~turns.solicited)[rows.kept].astype(float)
    design = rows.design
    both = Design(
        (*design.names, *(UNSOLICITED + name for name in design.names)),
        np.hstack([design.x, design.x * offered[:, None]]),
        design.y,
        design.weight,
    )
    try:
        fitted = fit(both)
        sure = robust(both, fitted, turns.where(rows.kept).ways())
    except (Unfittable, InsufficientData):
        return BLANK
    found = estimates(fitted, sure, len(both.y))
    return {name: found.get(UNSOLICITED + name) for name in SHOWN}
