"""Evidence from counts that is exact at any number of them, however often one looks.

Beta-binomial mixture (Robbins, *Annals of Mathematical Statistics* 41, 1970; Howard and others, *Annals of Statistics*
49, 2021): of s successes and f failures, e = B(a + s, b + f) / (B(a, b) p₀ˢ (1 - p₀)ᶠ) against p = p₀.

Dirichlet-multinomial mixture (Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022,
arXiv 2011.03567): of counts n_k against probabilities θ_k, with A = Σ a_k and N = Σ n_k,

    e = Γ(A) / Γ(A + N) Π Γ(a_k + n_k) / Γ(a_k) / Π θ_k^n_k,    a_k = a K θ_k.

Each is a martingale under its null when counts come one by one; looking less often only loses looks. Both know nothing
of who counts: a user may add one count only, or what is exact here is wrong.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import betaln, gammaln, xlogy

from stats.pools import Array


def log_e_of_share(successes: ArrayLike, failures: ArrayLike, *, null: float = 0.5, a: float = 10.0) -> Array:
    """log e against a share of `null`, for counts (…); the mixture is Beta(a, a)."""
    s, f = np.asarray(successes, dtype=np.float64), np.asarray(failures, dtype=np.float64)
    found: Array = betaln(a + s, a + f) - betaln(a, a) - xlogy(s, null) - xlogy(f, 1 - null)
    return found


def share_interval(successes: int, failures: int, *, level: float = 0.95, a: float = 10.0) -> tuple[float, float]:
    """Every share that these counts do not contradict at `level`, at whichever count one looks."""
    limit = float(-np.log(1 - level))

    def over(null: float) -> float:
        return float(log_e_of_share(successes, failures, null=null, a=a)) - limit

    seen = successes / (successes + failures) if successes + failures else 0.5
    least, most = 1e-12, 1 - 1e-12
    low = brentq(over, least, max(seen, least), xtol=1e-12) if successes and over(least) > 0 else 0.0
    high = brentq(over, min(seen, most), most, xtol=1e-12) if failures and over(most) > 0 else 1.0
    return float(low), float(high)


def log_e_of_counts(counts: ArrayLike, shares: ArrayLike, *, a: float = 50.0) -> Array:
    """log e against `shares` (K,), which sum to 1, of counts (…, K): shape (…)."""
    n, theta = np.asarray(counts, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    prior = a * theta.size * theta
    total = prior.sum()
    found: Array = (
        gammaln(total)
        - gammaln(total + n.sum(axis=-1))
        + (gammaln(prior + n) - gammaln(prior)).sum(axis=-1)
        - xlogy(n, theta).sum(axis=-1)
    )
    return found
