"""Raters' errors on anchors: sums by hand, the promise, who and what moved, and the same for any batches."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.monitoring import judges
from stats.monitoring.declared import MOST_STATE, Declared, Reading, State, Unusable
from stats.monitoring.judges import OWN, PRIOR, SHIFTS, Judged, Judges

M7 = Judges()
HIT, FALSE = 0.8, 0.1
"""Sensitivity, and the rate of false alarms, of everybody who has not changed."""


def declared(run_length: int = 2000, direction: str = "both", tolerance: float = 0.0) -> Declared:
    return Declared("M7", "error on anchors", 400, tolerance, run_length, direction)  # type: ignore[arg-type]


def world(n: int, rng: np.random.Generator, *, raters: int = 8, hit: float = HIT, false: float = FALSE) -> Judged:
    baseline = (rng.random(n) < 0.4).astype(int)
    said = (rng.random(n) < np.where(baseline == 1, hit, false)).astype(int)
    return Judged(rng.integers(raters, size=n) + 101, baseline, said, np.arange(n) * 60.0)


def joined(*parts: Judged) -> Judged:
    return Judged(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("rater", "baseline", "given", "at"))
    )


def run(reference: Judged, events: Judged, says: Declared | None = None, batch: int = 10**6) -> tuple[State, Reading]:
    says = says or declared()
    state = M7.start(says, reference)
    for start in range(0, len(events), batch):
        state = M7.step(says, state, events.part(start, start + batch), len(reference) + 1 + start)
    return state, M7.reading(says, state)


def by_definition(errors: list[int], bound: float, direction: int) -> float:
    """The mean over shifts of the sum over starts j of the likelihood ratio of everything from j on."""
    each = []
    for shift in SHIFTS:
        odds = bound / (1 - bound) * math.exp(direction * shift)
        q = odds / (1 + odds)
        ratios = [q / bound if error else (1 - q) / (1 - bound) for error in errors]
        each.append(sum(math.prod(ratios[j:]) for j in range(len(ratios))))
    return sum(each) / len(each)


def test_a_raters_detector_is_the_sum_of_likelihood_ratios_by_definition() -> None:
    rng = np.random.default_rng(5)
    reference = world(400, rng, raters=4)
    errors = [1, 0, 1, 1, 0, 0, 1]
    events = Judged(np.full(7, 101), np.ones(7, int), 1 - np.array(errors), np.arange(7.0))
    _, reading = run(reference, events)
    wrong = reference.given != reference.baseline
    ones = reference.baseline == 1
    everybody = (wrong[ones].sum() + 0.5) / (ones.sum() + 1)
    own = ones & (reference.rater == 101)
    rate = (wrong[own].sum() + PRIOR * everybody) / (own.sum() + PRIOR)
    slack = 2 * math.sqrt(rate * (1 - rate) / (own.sum() + PRIOR))
    expected = by_definition(errors, rate + slack, 1) / 2 + by_definition(errors, rate - slack, -1) / 2
    assert reading.segments["101"]["statistic"] == pytest.approx(expected, rel=1e-12)


def test_the_pooled_detector_is_the_sum_of_bets_by_definition() -> None:
    reference = world(400, np.random.default_rng(6), raters=4)
    events = world(9, np.random.default_rng(7), raters=4, hit=0.3)
    state, reading = run(reference, events)
    total = 0.0
    for kind in (0, 1):
        of = reference.baseline == kind
        wrong = (reference.given != reference.baseline) & of
        rate = (wrong.sum() + 0.5) / (of.sum() + 1)
        slack = 2 * math.sqrt(rate * (1 - rate) / of.sum())
        own = {r: (wrong[reference.rater == r].sum(), (of & (reference.rater == r)).sum()) for r in range(101, 105)}
        surprise = [
            int(given != baseline) - (own[r][0] + PRIOR * rate) / (own[r][1] + PRIOR)
            for r, baseline, given in zip(events.rater, events.baseline, events.given, strict=True)
            if baseline == kind
        ]
        for direction in (1, -1):
            for stake in judges.STAKES:
                bets = [1 + stake * (direction * u - slack) / (1 + slack) for u in surprise]
                total += sum(math.prod(bets[j:]) for j in range(len(bets))) / len(judges.STAKES) / 2
    assert reading.segments["all"]["statistic"] == pytest.approx(total, rel=1e-12)
    apart = sum(reading.segments[r]["statistic"] for r in state["raters"])
    assert reading.statistic == pytest.approx((total + apart) / 2, rel=1e-12)


@settings(deadline=None, max_examples=15)
@given(sizes=st.lists(st.integers(1, 90), min_size=1, max_size=8), seed=st.integers(0, 50))
def test_any_batches_end_in_the_same_state(sizes: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    reference, events = world(300, rng, raters=5), world(400, rng, raters=7, hit=0.6)
    whole, _ = run(reference, events)
    state, start = M7.start(declared(), reference), 0
    for size in [*sizes, len(events)]:
        state = json.loads(json.dumps(state))
        state = M7.step(declared(), state, events.part(start, start + size), 301 + start)
        start = min(len(events), start + size)
    assert json.dumps(state) == json.dumps(whole)


def test_a_step_leaves_the_state_it_was_given() -> None:
    reference = world(300, np.random.default_rng(1))
    state = M7.start(declared(), reference)
    before = json.dumps(state)
    after = M7.step(declared(), state, world(50, np.random.default_rng(2)), 301)
    assert json.dumps(state) == before
    with pytest.raises(ValueError, match="event 350 has been seen"):
        M7.step(declared(), after, world(50, np.random.default_rng(2)), 350)


def test_raters_who_grow_lenient_are_found_and_said_to_be_lenient() -> None:
    rng = np.random.default_rng(11)
    reference, well, lenient = world(800, rng), world(400, rng), world(800, rng, hit=0.5, false=0.05)
    _, reading = run(reference, joined(well, lenient))
    assert reading.standing == "alarm"
    assert reading.since is not None
    assert 1200 < reading.since < 1500
    assert reading.segments["all"]["towards"] == "lenient"
    assert reading.segments["all"]["sensitivity"]["high"] < reading.segments["all"]["sensitivity_before"]["low"]


def test_raters_who_grow_strict_are_said_to_be_strict() -> None:
    rng = np.random.default_rng(12)
    _, reading = run(world(800, rng), world(900, rng, hit=0.9, false=0.3))
    assert reading.standing == "alarm"
    assert reading.segments["all"]["towards"] == "strict"


def test_one_rater_of_many_who_changes_is_named() -> None:
    rng = np.random.default_rng(13)
    reference, events = world(1600, rng), world(1600, rng)
    theirs = events.rater == 103
    events.given[theirs] = (rng.random(theirs.sum()) < 0.5).astype(int)
    _, reading = run(reference, events)
    alarmed = [name for name, said in reading.segments.items() if said.get("standing") == "alarm"]
    assert alarmed == ["103"]
    assert reading.segments["103"]["towards"] == "strict"


def test_fewer_errors_count_only_where_both_directions_are_declared() -> None:
    rng = np.random.default_rng(14)
    reference, better = world(800, rng), world(1500, rng, hit=0.98, false=0.01)
    assert run(reference, better)[1].standing == "alarm"
    assert run(reference, better, declared(direction="up"))[1].standing == "ok"


def test_a_tolerated_change_is_no_change() -> None:
    rng = np.random.default_rng(15)
    reference, events = world(1500, rng), world(1500, rng, hit=0.65)
    assert run(reference, events)[1].standing == "alarm"
    assert run(reference, events, declared(tolerance=0.2))[1].standing == "ok"


def test_without_a_change_false_alarms_are_rarer_than_promised() -> None:
    """60 streams of one run length each: the promise allows 63 % to alarm."""
    alarmed = 0
    for seed in range(60):
        rng = np.random.default_rng(1000 + seed)
        alarmed += run(world(400, rng), world(500, rng), declared(run_length=500))[1].standing == "alarm"
    assert alarmed <= 38


def test_who_comes_later_gives_a_reference_first() -> None:
    rng = np.random.default_rng(16)
    events = world(60, rng, raters=1)
    late = Judged(np.full(60, 999), events.baseline, 1 - events.baseline, events.at)
    state, reading = run(world(400, rng), late)
    given = sum(min(OWN, n) for n, _ in state["raters"]["999"]["reference"])
    assert reading.left_out == {"a rater's own reference": given}
    assert reading.segments["999"]["standing"] == "ok"
    assert reading.segments["999"]["needed"] == 0
    assert run(world(400, rng), late.part(0, 5))[1].segments["999"]["needed"] == 2 * OWN - 5


def test_too_few_anchors_are_refused_with_how_many_are_lacking() -> None:
    events = world(90, np.random.default_rng(3))
    with pytest.raises(Unusable, match="judgments of anchors: about 10 more") as refused:
        M7.start(declared(), events)
    assert refused.value.which == "too_few"
    alike = Judged(np.zeros(200, int), np.zeros(200, int), np.zeros(200, int), np.zeros(200))
    with pytest.raises(Unusable, match="anchors that are sycophantic: about 30 more"):
        M7.start(declared(), alike)


def test_impossible_judgments_are_refused() -> None:
    with pytest.raises(ValueError, match="0 or 1"):
        Judged(np.zeros(1, int), np.array([2]), np.array([0]), np.zeros(1))
    with pytest.raises(ValueError, match="one length"):
        Judged(np.zeros(2, int), np.array([1]), np.array([0]), np.zeros(1))


def test_the_state_stays_small_with_any_number_of_raters() -> None:
    rng = np.random.default_rng(4)
    state, reading = run(world(4000, rng, raters=300), world(16000, rng, raters=300, hit=0.4))
    assert len(json.dumps(state)) <= MOST_STATE
    assert len(state["raters"]) == judges.MOST_RATERS
    assert len(reading.path) <= 400


def test_who_has_been_silent_for_longest_makes_room_unless_in_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judges, "MOST_RATERS", 3)

    def once(raters: list[int]) -> Judged:
        each = np.array(raters)
        return Judged(each, np.ones(len(each), int), np.ones(len(each), int), np.arange(float(len(each))))

    reference = world(300, np.random.default_rng(17), raters=3)
    state = M7.step(declared(), M7.start(declared(), reference), once([103, 101, 102]), 301)
    assert set(M7.step(declared(), state, once([104]), 304)["raters"]) == {"101", "102", "104"}
    state["raters"]["103"]["standing"] = "alarm"
    assert set(M7.step(declared(), state, once([104]), 304)["raters"]) == {"102", "103", "104"}
    for row in state["raters"].values():
        row["standing"] = "alarm"
    full = M7.step(declared(), state, once([104]), 304)
    assert "104" not in full["raters"]
    assert full["left_out"]["more raters than are followed"] == 1


def test_an_alarm_stays() -> None:
    rng = np.random.default_rng(21)
    _, reading = run(world(800, rng), joined(world(900, rng, hit=0.4), world(3000, rng)))
    assert reading.standing == "alarm"
    assert reading.since is not None
    assert reading.since < 1400
    assert reading.statistic < reading.threshold


def test_a_watch_goes_when_its_cause_does() -> None:
    rng = np.random.default_rng(22)
    says, number = declared(run_length=20_000), 801
    state = M7.start(says, world(800, rng))
    for standing, hit in (("watch", 0.3), ("ok", HIT)):
        while M7.reading(says, state).standing != standing and number < 4000:
            state = M7.step(says, state, world(1, rng, hit=hit), number)
            number += 1
        reading = M7.reading(says, state)
        assert (reading.standing, reading.since) == (standing, number - 1)
