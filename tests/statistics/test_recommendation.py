"""Recommended weights in a small seeded form; the full form is `python -m tests.statistics.recommendation`."""

from stats.recommendation import Ceiling, Terms
from tests.statistics.recommendation import Setting, Truth, as_it_must_be, compared


def test_recommended_weights_keep_a_ceiling_that_the_best_looking_weights_break() -> None:
    """30 datasets of 800 prompts; the best by point estimates break this ceiling in one of eight."""
    setting = Setting("small", Terms((Ceiling("sycophancy", -0.005),)), referenced=False, most_points=60)
    found = compared(setting, Truth(setting, prompts=20_000), datasets=30, beside=False)
    assert as_it_must_be(found), found
    assert found.coverage("correctness") >= 0.85
    assert found.coverage("sycophancy") >= 0.85
