"""Bridge models: scores on a pool for a source that never scored it.

Raters, users' thumbs or a judge have answered other pairs or turns. A bridge fits what their answers reward, on the
features that quirk cards use, and scores a pool's responses by it. Since that fit is uncertain, each round of the
bootstrap has a fit of its own, on the source's clusters drawn anew.

Rounds start from the fit on all data. Their first Newton step needs sums over clusters only,

    b_r = b + [sum over g of c_rg I_g]^-1 sum over g of c_rg s_g,

with c_rg how often cluster g was drawn, s_g its score and I_g its information: for all rounds one matrix product. Then
the rows are evaluated again, many rounds at a time: twice where they are few, once where they are many.

What it cannot do: a bridge sees of a response what the features say of it. What else the source likes is not in its
scores, which are therefore smoother than those of a reward model.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from stats.clustering import Way, summed
from stats.intervals import LEAST_CLUSTERS
from stats.logistic import Design, Fit, fit
from stats.poolpairs import OUTCOMES
from stats.pools import Array, Mask, Pool
from stats.preferences import BY_MEMORY, LABELS, Pairs, Thumbs, pair_rows, thumb_rows
from stats.quirks import enough
from stats.sufficiency import InsufficientData

CELLS = 8_000_000
"""Rows times rounds that are evaluated at a time, to keep memory small."""

MANY = 20_000
"""From so many rows on a second step takes the first one's information, and misses by under 1 % of the spread."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """What a source rewards: coefficients (k,) by name, those of each round (B, k), and from how many rows."""

    names: tuple[str, ...]
    coefficients: Array
    rounds: Array
    rows: int

    def scores(self, features: Array) -> Array:
        """(m, P) scores of a pool by the fit on all data; `features` (k, m, P) are in the order of `names`."""
        found: Array = np.tensordot(self.coefficients, features, axes=1)
        return found

    def round(self, number: int, features: Array) -> Array:
        """(m, P) scores by the fit of one round."""
        found: Array = np.tensordot(self.rounds[number], features, axes=1)
        return found


def bridge_pairs(pairs: Pairs, rng: np.random.Generator, *, rounds: int) -> Bridge:
    """A bridge from choices, its rounds drawn over choosers, or over prompts where there is one chooser only.

    Raises Unfittable and InsufficientData as a quirk card would.
    """
    rows = pair_rows(pairs)
    return _bridge(rows.design, pairs.where(rows.kept).ways()[0], rng, rounds, "pairs")


def bridge_thumbs(thumbs: Thumbs, rng: np.random.Generator, *, rounds: int) -> Bridge:
    """A bridge from thumbs, up against down, its rounds drawn over users. Raises as `bridge_pairs`."""
    rows = thumb_rows(thumbs, np.where(thumbs.value == 0, np.nan, (thumbs.value + 1) / 2))
    return _bridge(rows.design, Way("users", thumbs.user[rows.kept]), rng, rounds, "thumbs")


def features(pool: Pool, names: tuple[str, ...]) -> Array:
    """(k, m, P) of a pool's responses, by the names of a bridge; nan where something is not labelled.

    Length is the mean of tanh(difference / sd) to the other responses of the prompt, as pairs are fitted. Raises
    KeyError for an outcome that the pool does not have.
    """
    labels = {
        OUTCOMES[name]: values for name, values in zip(pool.outcomes, pool.values, strict=True) if name in OUTCOMES
    }
    found = []
    for name in names:
        if name == BY_MEMORY:
            found.append(labels["sycophantic"] * pool.slices["memory:on"])
        elif name == "length":
            found.append(_longer(labels["length"], pool.present))
        else:
            found.append(labels[name])
    return np.stack(found)


def refits(design: Design, fitted: Fit, way: Way, counts: Array) -> Array:
    """Coefficients (B, k) with each cluster of `way` counted as often as `counts` (B, G) says, G in order of the codes.

    `fitted` is the fit of `design` with every cluster counted once.
    """
    codes, count = way.dense()
    k = len(design.names)
    products = np.einsum("ni,nj->nij", design.x, design.x).reshape(-1, k * k)
    scores = summed(design.x * (design.weight * (design.y - fitted.chance))[:, None], codes, count)
    curved = summed(products * (design.weight * fitted.chance * (1 - fitted.chance))[:, None], codes, count)
    # Keeps a round solvable that happens to draw no cluster in which a column differs.
    floor = 1e-6 * np.diag(np.diag(curved.sum(axis=0).reshape(k, k)))
    known = counts @ curved
    b = fitted.coefficients + _solved(counts @ scores, known, floor)
    many = len(design.y) >= MANY
    batch = max(1, CELLS // len(design.y))
    for _ in range(1 if many else 2):
        for start in range(0, len(b), batch):
            part = slice(start, start + batch)
            drawn = counts[part][:, codes]
            drawn *= design.weight
            chance = expit(b[part] @ design.x.T)
            turned = known[part] if many else (drawn * chance * (1 - chance)) @ products
            drawn *= design.y - chance
            b[part] += _solved(drawn @ design.x, turned, floor)
    return b


def _bridge(design: Design, way: Way, rng: np.random.Generator, rounds: int, unit: str) -> Bridge:
    enough(design, unit)
    codes, count = way.dense()
    if count < LEAST_CLUSTERS:
        raise InsufficientData(needed=LEAST_CLUSTERS - count, unit=way.unit)
    fitted = fit(design)
    counts = rng.multinomial(count, np.full(count, 1 / count), size=rounds).astype(float)
    refitted = refits(design, fitted, Way(way.unit, codes), counts)
    at = [j for j, name in enumerate(design.names) if name in (*LABELS, BY_MEMORY)]
    return Bridge(tuple(design.names[j] for j in at), fitted.coefficients[at], refitted[:, at], len(design.y))


def _solved(scores: Array, curved: Array, floor: Array) -> Array:
    k = scores.shape[1]
    found = np.linalg.solve(curved.reshape(-1, k, k) + floor, scores[:, :, None])
    return np.asarray(found[..., 0], dtype=np.float64)


def _longer(length: Array, present: Mask) -> Array:
    """How much longer a response is than the others to its prompt, squashed: (m, P)."""
    apart = np.where(present[:, None] & present[None], length[:, None] - length[None], np.nan)
    others = present & (present.sum(axis=0) > 1)
    spread = float(np.sqrt(np.nanmean(apart[~np.eye(len(length), dtype=bool)] ** 2)))
    squashed = np.nansum(np.tanh(apart / spread), axis=1) if spread else np.zeros_like(length)
    mean: Array = np.where(others, squashed / np.maximum(present.sum(axis=0) - 1, 1), 0.0)
    return np.where(np.isnan(length), np.nan, mean)
