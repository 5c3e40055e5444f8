"""Products of known truth: what their users do is what the world says."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from scenarios.products import ALIKE, BOTH_BAD, LIKED, Product, draw, users_for
from scenarios.simulations.feeding import Feed, ramp_at

BEGIN = datetime(2025, 4, 1, 8, tzinfo=UTC)
TURNS = 60_000


def traffic(product: Product, turns: int = TURNS, days: float = 30, seed: int = 5) -> Any:
    rng = np.random.default_rng(seed)
    arm = (rng.random(users_for(turns)) < 0.5).astype(np.int16)
    return draw(product, arm, days, rng)


def test_turns_come_in_order_of_time_within_the_days_and_conversations_are_of_one_user() -> None:
    drawn = traffic(LIKED, 5_000)
    assert len(drawn) == pytest.approx(5_000, rel=0.1)
    assert (np.diff(drawn.day) >= 0).all()
    assert 0 <= drawn.day.min() <= drawn.day.max() < 30
    order = np.lexsort((drawn.day, drawn.conversation))
    same = drawn.conversation[order][1:] == drawn.conversation[order][:-1]
    assert (drawn.user[order][1:][same] == drawn.user[order][:-1][same]).all()
    assert len({*zip(drawn.conversation.tolist(), drawn.place.tolist(), strict=True)}) == len(drawn)


@pytest.mark.parametrize("product", [LIKED, ALIKE])
def test_behaviour_differs_between_the_arms_as_the_product_says(product: Product) -> None:
    drawn = traffic(product)
    candidate = drawn.arm[drawn.user] == 1
    found = {
        "sycophancy": drawn.sycophantic > 0,
        "correctness": drawn.correct,
        "coldness": drawn.cold,
    }
    for name, rise in product.rise().items():
        # Four standard errors of a difference of shares of 30,000 turns each.
        assert found[name][candidate].mean() - found[name][~candidate].mean() == pytest.approx(rise, abs=0.017), name


def test_flattery_is_liked_and_whoever_liked_it_is_heard_of_more() -> None:
    drawn = traffic(LIKED)
    candidate, flattered = drawn.arm[drawn.user] == 1, drawn.sycophantic > 0
    all_rise = drawn.up[candidate].mean() - drawn.up[~candidate].mean()
    left_rise = drawn.up[candidate & drawn.left].mean() - drawn.up[~candidate & drawn.left].mean()
    assert 0.03 < all_rise < left_rise < 0.15
    assert drawn.left[flattered & drawn.up].mean() == pytest.approx(0.48, abs=0.03)
    assert drawn.left[~(flattered & drawn.up)].mean() == pytest.approx(0.16, abs=0.02)
    chosen = drawn.choice[drawn.chooses & (drawn.choice != BOTH_BAD)]
    assert (chosen > 0).mean() > (chosen < 0).mean() + 0.05


def test_between_equals_nothing_differs() -> None:
    drawn = traffic(ALIKE)
    candidate = drawn.arm[drawn.user] == 1
    assert drawn.up[candidate].mean() == pytest.approx(drawn.up[~candidate].mean(), abs=0.02)
    assert set(ALIKE.rise().values()) == {0.0}


def feed(takes_part: Any = None, turns: int = 4_000, **changes: Any) -> Feed:
    drawn = traffic(LIKED, turns)
    everybody = np.ones(len(drawn), dtype=np.bool_)
    said: dict[str, Any] = {
        "experiment": "april-v42",
        "bundles": ("v41", "v42"),
        "begin": BEGIN,
        "traffic": drawn,
        "takes_part": everybody if takes_part is None else takes_part(drawn),
        "chosen": lambda conversation, turn: conversation.endswith("7"),
        **changes,
    }
    return Feed(**said)


def test_a_client_sends_what_its_users_did_once_or_twice_and_nothing_else() -> None:
    client = feed()
    sent = client.events(np.random.default_rng(1))
    assert [one.day for one in sent] == sorted(one.day for one in sent)
    bodies = {one.body["event_id"]: one.body for one in sent}
    assert 1.002 < len(sent) / len(bodies) < 1.01
    kinds = {kind: [one for one in bodies.values() if one["kind"] == kind] for kind in ("exposure", "thumb", "turn")}
    assert len(kinds["exposure"]) == len({one["user"] for one in bodies.values()}) == users_for(4_000)
    unasked = [one for one in kinds["thumb"] if not one["solicited"]]
    assert len(unasked) == client.traffic.left.sum()
    assert {one["bundle"] for one in bodies.values() if one["arm"] == "candidate"} == {"v42"}
    used = [one for one in bodies.values() if one["kind"] == "usage" and one["action"] == "message"]
    assert len(used) == len(client.traffic)
    assert all(json.loads(one.line())["event_id"] == one.body["event_id"] for one in sent[:50])


def test_an_exposure_is_the_first_that_is_said_of_a_user() -> None:
    first: dict[str, tuple[str, str]] = {}
    by_number = sorted(
        (one.body for one in feed().events(np.random.default_rng(1))),
        key=lambda one: int(one["event_id"].split(":")[-1]),
    )
    for one in by_number:
        first.setdefault(one["user"], (one["kind"], one["at"]))
    assert {kind for kind, _ in first.values()} == {"exposure"}


def test_only_chosen_turns_are_sent_in_words_and_not_all_of_them_come() -> None:
    client = feed()
    words = [one.body for one in client.events(np.random.default_rng(1)) if one.body["kind"] == "turn"]
    assert all(one["conversation"].endswith("7") for one in words)
    chosen = sum(client.conversation(turn).endswith("7") for turn in range(len(client.traffic)))
    assert 0.88 < len({one["event_id"] for one in words}) / chosen < 0.98
    assert len({one["messages"][0]["content"] for one in words}) == len({one["event_id"] for one in words})
    assert {one["messages"][-1]["role"] for one in words} == {"assistant"}


def test_a_choice_is_sent_as_it_was_shown() -> None:
    client = feed(turns=20_000)
    bodies = {one.body["event_id"]: one for one in client.events(np.random.default_rng(1))}
    shown = [one for one in bodies.values() if one.body["kind"] == "side_by_side"]
    assert {one.body["first"] for one in shown} == {"control", "candidate"}
    for one in shown:
        said = int(client.traffic.choice[one.turn])
        if said == BOTH_BAD:
            assert one.body["preference"] == "both_bad"
        else:
            assert one.body["preference"] == (said if one.body["first"] == "control" else -said)


def test_who_does_not_take_part_sends_nothing() -> None:
    client = feed(takes_part=lambda drawn: drawn.user < 10)
    assert {one.body["user"] for one in client.events(np.random.default_rng(1))} <= {
        client.user(number) for number in range(10)
    }


def test_a_ramp_grows_by_steps() -> None:
    steps = ((0.0, 1), (0.5, 10), (2.0, 50))
    assert ramp_at(steps, np.array([0.0, 0.49, 0.5, 1.9, 2.0, 30.0])).tolist() == [1, 1, 10, 10, 50, 50]
