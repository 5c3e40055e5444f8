"""How often the explanation of an alarm names the right level: a small form of benchmarks._drift_attribution."""

from benchmarks._drift_attribution import PLANTED, WANTED, Explained, explained, share_of


def _explained(where: tuple[str, str] | None, seeds: range) -> list[Explained]:
    return [one for seed in seeds if (one := explained(seed, where, longest=6000)) is not None]


def test_the_level_of_a_rise_is_named_as_often_as_promised() -> None:
    found = [one for where in PLANTED[:3] for one in _explained(where, range(5))]
    share = share_of("all", found)
    assert share.streams >= 12
    assert share.settled >= WANTED
    assert share.settled >= share.at_alarm
    assert share.held >= 0.85
    assert share.error < 800


def test_a_rise_everywhere_is_named_as_everywhere() -> None:
    share = share_of("everywhere", _explained(None, range(5)))
    assert share.streams >= 4
    assert share.settled >= WANTED
    assert share.named <= 1 - WANTED
