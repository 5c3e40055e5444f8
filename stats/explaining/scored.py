"""Thumbs as an explanation reads them: what each says of the coefficient in question, and where it belongs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from stats.monitoring.scoring import Rows, Scorer
from stats.pools import Array, Mask, Whole
from stats.thumbed import FACTORS, Small, Thumbed


@dataclass(frozen=True, eq=False)
class Scored:
    """The n thumbs of a stream that can be used, scored by the reference's fit (`stats.monitoring.scoring`).

    The sum of scores over the sum of information is, to first order, by how much the coefficient has risen.
    """

    places: Whole
    """(n,): where each is in the stream."""
    cause: Array
    """(n,): the column whose coefficient is in question."""
    part: Array
    """(n,): what of the cause nothing else tells."""
    odds: Array
    """(n,): the log-odds of the outcome that the reference foretells."""
    score: Array
    information: Array
    codes: Mapping[str, Small]
    """For each factor (n,) places among the levels of the fit."""
    rows: Rows
    user: Whole

    def __len__(self) -> int:
        return len(self.places)

    def where(self, kept: Mask) -> "Scored":
        """Those thumbs only, `kept` being (n,)."""
        rows = replace(
            self.rows,
            cause=self.rows.cause[kept],
            outcome=self.rows.outcome[kept],
            columns={name: column[kept] for name, column in self.rows.columns.items()},
            codes={name: code[kept] for name, code in self.rows.codes.items()},
        )
        return Scored(
            self.places[kept],
            self.cause[kept],
            self.part[kept],
            self.odds[kept],
            self.score[kept],
            self.information[kept],
            {name: rows.codes[name] for name in FACTORS},
            rows,
            self.user[kept],
        )


def scored(scorer: Scorer, thumbs: Thumbed) -> Scored:
    """Those of `thumbs` that can be used."""
    rows = scorer.rows(thumbs)
    part = scorer.part(rows)
    odds = scorer.chance.at(rows)
    chance = expit(odds)
    places = np.flatnonzero(rows.kept)
    return Scored(
        places,
        scorer.asked(rows),
        part,
        odds,
        part * (rows.outcome - chance),
        part**2 * chance * (1 - chance),
        {name: rows.codes[name] for name in FACTORS},
        rows,
        thumbs.user[places],
    )
