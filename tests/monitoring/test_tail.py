"""The vulnerable tail: moments and posteriors by an obvious way, who is followed, and a tail that grows."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import kstest, norm

from scenarios.driftworlds import ALIKE, stream
from stats.drift import Detector
from stats.monitoring import tail
from stats.monitoring.declared import Declared, Reading, State
from stats.monitoring.tail import ENOUGH, FLOOR, LEAST, MOST_USERS, Prior, Tail, Users, hashed, moment
from stats.thumbed import Thumbed

M10 = Tail()
SAYS = Declared("M10", "vulnerable tail", alarms=False)


def thumbs(n: int, seed: int, *, users: int = 90, fond: float = 0.0, taken: float = 0.0) -> Thumbed:
    """A share `taken` of the users is `fond` of flattery by so much more, on the logit."""
    rng = np.random.default_rng(seed)
    events = stream(ALIKE, n, rng)
    user = rng.integers(users, size=n)
    odds = -0.3 + 0.8 * events.correct + 0.3 * events.warm + events.sycophantic * (0.3 + fond * (user < taken * users))
    return replace(events, user=user, up=(rng.random(n) < expit(odds)).astype(float))


def run(reference: Thumbed, events: Thumbed) -> tuple[State, Reading]:
    state = M10.step(SAYS, M10.start(SAYS, reference), events, len(reference) + 1)
    return state, M10.reading(SAYS, state)


def test_the_moment_is_that_of_an_obvious_loop() -> None:
    rng = np.random.default_rng(1)
    user = rng.integers(5, size=40)
    score, information = rng.normal(size=40), rng.random(40)
    above = below = 0.0
    for i in range(40):
        for j in range(40):
            if i != j and user[i] == user[j]:
                above += score[i] * score[j]
                below += information[i] * information[j]
    columns = np.stack([score, information, score**2], axis=1)
    assert moment(user, columns) == pytest.approx(above / below, rel=1e-10)
    assert moment(np.arange(40), columns) == 0.0


@pytest.mark.parametrize(("score", "information", "squares"), [(3.0, 2.1, 2.0), (2.2, 2.4, 1.5), (-1.0, 2.0, 2.5)])
def test_the_posterior_is_that_by_integration(score: float, information: float, squares: float) -> None:
    prior = Prior(0.3, 0.1)

    def density(d: float) -> float:
        return float(norm.pdf(d, scale=math.sqrt(0.3)) * norm.pdf(score, d * information, math.sqrt(squares)))

    above = quad(density, prior.limit, 12)[0] / quad(density, -12, 12)[0]
    assert bool(prior.in_tail(np.array([[score, information, squares]]))[0]) == (above > 0.9)
    # Where the two agree to the point, the score at which it changes is the same.
    edge = next(x for x in np.linspace(0, 9, 9001) if prior.in_tail(np.array([[x, information, squares]]))[0])
    score = float(edge)
    assert quad(density, prior.limit, 12)[0] / quad(density, -12, 12)[0] == pytest.approx(0.9, abs=2e-3)


def test_the_chance_of_being_found_is_what_it_is() -> None:
    rng, prior = np.random.default_rng(2), Prior(FLOOR, 0.0)
    for effect in (0.0, 1.0, 2.0):
        score = rng.normal(effect * ENOUGH, math.sqrt(ENOUGH), 20_000)
        found = prior.in_tail(np.stack([score, np.full(20_000, ENOUGH), np.full(20_000, ENOUGH)], axis=1)).mean()
        assert prior.chance(effect) == pytest.approx(float(found), abs=0.012)


def test_users_are_followed_by_a_random_draw() -> None:
    hashes = hashed(np.arange(4000)) / 2.0**64
    assert kstest(hashes, "uniform").pvalue > 0.01
    assert len(np.unique(hashed(np.arange(-2000, 2000)))) == 4000
    users = Users.none().after(np.arange(1000), np.ones((1000, 3))).smallest(MOST_USERS)
    expected = np.sort(np.argsort(hashed(np.arange(1000)))[:MOST_USERS])
    assert users.number.tolist() == expected.tolist()


def test_sums_are_each_users_and_begin_anew_once_judged() -> None:
    user = np.array([7, 3, 7, 7])
    columns = np.array([[1.0, 0.9, 1.0], [0.5, 0.2, 0.3], [2.0, 0.9, 1.0], [1.0, 0.3, 0.5]])
    users = Users.none().after(user[:2], columns[:2]).after(user[2:], columns[2:])
    assert users.number.tolist() == [3, 7]
    assert users.sums == pytest.approx(np.array([[0.5, 0.2, 0.3], [4.0, 2.1, 2.5]]))
    judged, said = users.judged(Prior(1.0, 0.0))
    assert said.tolist() == [1]
    assert judged.last.tolist() == [-1, 1]
    assert judged.sums[1].tolist() == [0, 0, 0]
    assert Users.from_json(judged.as_json()).as_json() == judged.as_json()


def test_a_tail_that_grows_is_found() -> None:
    reference = thumbs(12_000, 3)
    state = M10.start(SAYS, reference)
    before = M10.reading(SAYS, M10.step(SAYS, state, thumbs(12_000, 4), 12_001))
    reading = M10.reading(SAYS, M10.step(SAYS, state, thumbs(16_000, 5, fond=2.5, taken=0.3), 12_001))
    assert before.standing == "ok"
    assert reading.standing == "watch"
    assert reading.value is not None
    assert reading.reference is not None
    assert reading.value.low > reading.reference.high
    assert reading.value.estimate == pytest.approx(0.3, abs=0.12)
    assert before.value is not None
    assert before.value.estimate < 0.12


def test_users_who_differ_from_the_beginning_are_no_growth() -> None:
    reference = thumbs(12_000, 6, fond=2.5, taken=0.3)
    _, reading = run(reference, thumbs(12_000, 7, fond=2.5, taken=0.3))
    assert reading.standing == "ok"
    assert reading.segments["users"]["deviation"] == pytest.approx(2.5 * math.sqrt(0.3 * 0.7), rel=0.3)
    assert reading.reference is not None
    assert reading.reference.estimate > 0.1


def test_the_detector_is_the_sum_by_definition() -> None:
    said = np.array([1, 0, 1, 1, 0])
    state: State = {"reference": [200, 9], "detector": Detector.fresh(len(tail.STAKES)).as_json(), "left_out": {}}
    tail._take(state, said)
    share = 9.5 / 201
    bound = share + 2 * math.sqrt(share * (1 - share) / 200)
    total = 0.0
    for stake in tail.STAKES:
        factor = [1 + stake * (x - bound) / bound for x in said]
        total += sum(math.prod(factor[j:]) for j in range(5)) / len(tail.STAKES)
    assert Detector.from_json(state["detector"]).value == pytest.approx(total)


def test_a_reference_in_which_few_were_judged_is_filled_by_those_after_it() -> None:
    reference, events = thumbs(4000, 8, users=90), thumbs(16_000, 9, users=90)
    state = M10.start(SAYS, reference)
    have = state["reference"][0]
    assert have < LEAST
    state = M10.step(SAYS, state, events.part(0, 4000), 4001)
    reading = M10.reading(SAYS, state)
    assert reading.value is None
    got = state["left_out"][tail.IN_REFERENCE]
    assert got > 0
    assert reading.needed == math.ceil((LEAST - have - got) * 4000 / got)
    reading = M10.reading(SAYS, M10.step(SAYS, state, events.part(4000, 16_000), 8001))
    assert reading.value is not None
    assert reading.value.n <= 90


def test_users_with_few_thumbs_each_say_nothing() -> None:
    _, reading = run(thumbs(4000, 10, users=3000), thumbs(4000, 11, users=3000))
    assert (reading.standing, reading.value, reading.needed) == ("ok", None, None)
