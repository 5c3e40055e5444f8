"""An independent library of anytime-valid inference says the same, where it is installed."""

import numpy as np
import pytest

from stats.sequential.anytime import confidence_sequence, rho
from stats.sequential.ebh import e_bh
from stats.sequential.exact import log_e_of_share, share_interval
from stats.sequential.moments import Contrast

ville = pytest.importorskip("ville")
evalues = pytest.importorskip("ville.evalues")


def test_the_confidence_sequence_is_villes_with_the_same_mixture() -> None:
    x = np.random.default_rng(1).normal(0.02, 1.0, 8000)
    theirs = ville.AsymptoticCS(alpha=0.05, min_samples=500)
    # It counts the mixture's width as a variance of the other side: 1/ρ².
    theirs.rho_ = rho(5000, 0.05) ** -2
    theirs.fit(x)
    n = np.arange(1, x.size + 1)
    mean = np.cumsum(x) / n
    variance = (np.cumsum(x**2) - n * mean**2) / np.maximum(n - 1, 1)
    ours = confidence_sequence(Contrast(mean, np.sqrt(np.maximum(variance, 0) / n), n), planned=5000)
    assert ours.low[499:] == pytest.approx(theirs.lower_[499:], rel=1e-6)
    assert ours.high[499:] == pytest.approx(theirs.upper_[499:], rel=1e-6)


def test_evidence_on_a_share_is_villes() -> None:
    x = np.random.default_rng(2).integers(0, 2, 300)
    theirs = ville.BernoulliTest(0.4, prior=(10.0, 10.0)).fit(x)
    won = np.cumsum(x)
    assert log_e_of_share(won, np.arange(1, 301) - won, null=0.4) == pytest.approx(theirs.log_e_values_)
    interval = ville.BernoulliCS(prior=(10.0, 10.0), intersect=False).fit(x).interval()
    assert share_interval(int(won[-1]), 300 - int(won[-1])) == pytest.approx(interval, abs=1e-6)


def test_e_bh_finds_what_ville_finds() -> None:
    for e in np.random.default_rng(3).exponential(40, (100, 12)):
        theirs = np.asarray(evalues.ebh(e, alpha=0.1))
        assert e_bh(e, alpha=0.1).tolist() == theirs.astype(bool).tolist()
