"""Simulated streams of thumbs: what changes in them is what is written down, and what does not change stays."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from django.db.models import F

from core.accounts.models import Project
from core.catalog.models import Content, GoLive
from core.ledger.models import Actor, Judgment, LabelRequest, Signal, Turn
from core.tables.verification import checks
from scenarios.simulations.drifting import CHANGES, streamed
from scenarios.simulations.registry import simulate
from scenarios.simulations.streams import Stream
from stats.pools import Mask

THUMBS, SEED = 300, 7
BY_NAME = {change.name: change for change in CHANGES}


@pytest.fixture
def drift(project: Any) -> Project:
    simulate(project=project, name="drift", seed=SEED, size=THUMBS)
    return project


def halves(name: str, size: int = 200_000) -> tuple[Stream, Callable[[Mask], tuple[float, float]]]:
    """A long stream of this simulation, and what gives a share before and after the change."""
    stream = streamed(BY_NAME[name], size, np.random.default_rng(SEED))
    after = np.arange(size) >= size * 2 // 3

    def shares(hit: Mask, among: Mask | None = None) -> tuple[float, float]:
        kept = np.ones(size, dtype=bool) if among is None else among
        return float(hit[kept & ~after].mean()), float(hit[kept & after].mean())

    return stream, shares


def effect(stream: Stream, kept: Mask, *, seen: bool = False) -> float:
    """How much larger the log odds of a thumb up are for answers that flatter, among the thumbs that are kept."""
    flatters = (stream.seen if seen else stream.true)["sycophantic"] > 0
    odds = [float(stream.up[kept & one].mean()) for one in (flatters, ~flatters)]
    return float(np.log(odds[0] / (1 - odds[0])) - np.log(odds[1] / (1 - odds[1])))


def rows() -> list[dict[str, Any]]:
    """What the ledger has of each thumb, in the order in which they were written."""
    said: dict[Any, dict[str, dict[str, int]]] = {}
    for turn, kind, question, value in Signal.objects.exclude(question="thumb").values_list(
        "judgment__turn", "judgment__actor__kind", "question", "value"
    ):
        said.setdefault(turn, {}).setdefault(kind, {})[question] = value
    thumbs = Judgment.objects.filter(source="live").select_related("turn__response__prompt", "actor").order_by("pk")
    values = dict(Signal.objects.filter(question="thumb").values_list("judgment", "value"))
    return [
        {
            "up": values[one.pk] == 1,
            "solicited": one.solicited,
            "segment": one.segment_key,
            "arm": one.arm_key,
            "memory": one.memory,
            "domain": one.turn.response.prompt.domain[0],
            "language": one.turn.segment["locale"],
            "seen": said[one.turn_id]["rater"],
            "true": said[one.turn_id].get("expert"),
            "turn": (one.turn.arm_key, one.turn.memory, one.turn.segment["segment"]),
        }
        for one in thumbs
    ]


def test_the_ledger_holds_what_the_stream_says(drift: Project) -> None:
    stream = streamed(BY_NAME["drift"], THUMBS, np.random.default_rng(SEED))
    found = rows()
    assert len(found) == THUMBS

    def labels(said: Mapping[str, Any], t: int) -> dict[str, int]:
        return {question: int(values[t]) for question, values in said.items()}

    for t, row in enumerate(found):
        assert (row["up"], row["solicited"]) == (stream.up[t], stream.solicited[t])
        assert {name: row[name] for name in stream.context} == {name: each[t] for name, each in stream.context.items()}
        assert row["turn"] == (row["arm"], row["memory"], row["segment"])
        assert row["seen"] == labels(stream.seen, t)
        assert row["true"] == (labels(stream.true, t) if stream.gold[t] else None)
    actors = Judgment.objects.filter(source="live").order_by("pk").values_list("actor", flat=True)
    assert len(set(actors)) == len(set(stream.user.tolist()))


def test_thumbs_and_labels_come_in_one_order_over_weeks(drift: Project) -> None:
    thumbs = list(Judgment.objects.filter(source="live").order_by("pk").values_list("said_at", "turn"))
    labels = dict(Judgment.objects.filter(actor__kind="rater", turn__isnull=False).values_list("turn", "said_at"))
    moments = [at for at, _ in thumbs]
    assert moments == sorted(moments)
    assert [labels[turn] for _, turn in thumbs] == sorted(labels.values())
    assert all(labels[turn] > at for at, turn in thumbs)


def test_experts_label_a_random_part_and_say_with_which_probability(drift: Project) -> None:
    asked = LabelRequest.objects.filter(project=drift)
    gold = Judgment.objects.filter(actor__kind="expert", turn__isnull=False)
    assert set(asked.values_list("turn", flat=True)) == set(gold.values_list("turn", flat=True))
    assert set(asked.values_list("probability", "state", "purpose")) == {(0.1, "done", "gold")}
    assert 0.04 * THUMBS < asked.count() < 0.2 * THUMBS


def test_the_changed_bundle_goes_live_at_the_change(drift: Project) -> None:
    [old, new] = GoLive.objects.order_by("at").select_related("bundle")
    assert [old.bundle.name, new.bundle.name] == ["drift-v41", "drift-v42"]
    said = Judgment.objects.filter(source="live").order_by("pk")
    assert (old.at, new.at) == (said[0].said_at, said[THUMBS * 2 // 3].said_at)
    assert set(said.filter(said_at__lt=new.at).values_list("turn__bundle__name", flat=True)) == {"drift-v41"}
    assert set(said.filter(said_at__gte=new.at).values_list("turn__bundle__name", flat=True)) == {"drift-v42"}
    assert not Turn.objects.exclude(response__bundle=F("bundle")).exists()


def test_all_of_it_is_simulated_and_verifies(drift: Project) -> None:
    assert not Judgment.objects.filter(simulated=False).exists()
    assert [finding for run in checks().values() for finding in run()] == []


def test_texts_say_that_they_are_made_up(drift: Project) -> None:
    bodies = list(Content.objects.values_list("body", flat=True))
    assert all(any(mark in body for mark in ("[Simulated]", "[Simuliert]", "[Simulado]")) for body in bodies)


def test_drift_makes_flattery_pay_more_where_memory_is_on_and_nowhere_else() -> None:
    stream, _ = halves("drift")
    after = np.arange(len(stream)) >= len(stream) * 2 // 3
    on = stream.context["memory"] == "on"
    assert effect(stream, on & after) - effect(stream, on & ~after) == pytest.approx(0.77, abs=0.1)
    assert effect(stream, ~on & after) - effect(stream, ~on & ~after) == pytest.approx(0, abs=0.1)


def test_selection_changes_who_leaves_a_thumb_unasked_and_nothing_among_those_asked() -> None:
    stream, shares = halves("selection")
    after = np.arange(len(stream)) >= len(stream) * 2 // 3
    asked = stream.solicited
    assert effect(stream, ~asked & after) - effect(stream, ~asked & ~after) > 0.6
    assert effect(stream, asked & after) - effect(stream, asked & ~after) == pytest.approx(0, abs=0.1)
    before, now = shares(asked)
    assert now > before


def test_raters_who_drift_let_mild_flattery_pass_while_users_stay_as_they_are() -> None:
    stream, shares = halves("rater-drift")
    after = np.arange(len(stream)) >= len(stream) * 2 // 3
    true, seen = stream.true["sycophantic"], stream.seen["sycophantic"]
    before, now = shares(seen > 0, true == 1)
    assert before > 0.9
    assert now < 0.2
    before, now = shares(seen > 0, true == 2)
    assert now == pytest.approx(before, abs=0.02)
    assert effect(stream, after) - effect(stream, ~after) == pytest.approx(0, abs=0.1)
    assert effect(stream, after, seen=True) - effect(stream, ~after, seen=True) > 0.4


def test_mix_brings_other_users_and_none_whom_flattery_moves_otherwise() -> None:
    stream, shares = halves("mix")
    company = stream.context["segment"] == "companion"
    assert shares(company) == pytest.approx((0.3, 0.6), abs=0.02)
    after = np.arange(len(stream)) >= len(stream) * 2 // 3
    assert effect(stream, company & after) - effect(stream, company & ~after) == pytest.approx(0, abs=0.1)


def test_memory_comes_up_in_more_conversations_and_does_there_what_it_did() -> None:
    stream, shares = halves("memory")
    on = stream.context["memory"] == "on"
    assert shares(on) == pytest.approx((0.5, 0.9), abs=0.02)
    after = np.arange(len(stream)) >= len(stream) * 2 // 3
    assert effect(stream, on & after) - effect(stream, on & ~after) == pytest.approx(0, abs=0.1)


def test_bots_are_few_unasked_and_always_up() -> None:
    stream, shares = halves("bots")
    after = np.arange(len(stream)) >= len(stream) * 2 // 3
    bots = stream.user >= 2000
    assert shares(bots)[0] == 0
    assert shares(bots, ~stream.solicited)[1] == pytest.approx(0.2, abs=0.02)
    assert len(set(stream.user[bots].tolist())) < 10
    assert stream.up[bots].all()
    assert not stream.solicited[bots].any()
    assert after[bots].all()


def test_the_same_seed_says_the_same_in_another_project(drift: Project, other_project: Any) -> None:
    simulate(project=other_project, name="drift", seed=SEED, size=THUMBS)
    ledgers = [
        [
            list(Content.objects.filter(project=one).order_by("pk").values_list("body", flat=True)),
            list(
                Judgment.objects.filter(project=one).order_by("submission_key").values_list("submission_key", "said_at")
            ),
            list(
                Signal.objects.filter(judgment__project=one)
                .order_by("judgment__submission_key", "question")
                .values_list("question", "value")
            ),
        ]
        for one in (drift, other_project)
    ]
    assert ledgers[0] == ledgers[1]


def test_several_simulations_lie_beside_each_other_each_with_its_own_people(drift: Project) -> None:
    people = Actor.objects.count()
    simulate(project=drift, name="mix", seed=SEED, size=THUMBS)
    assert Turn.objects.count() == 2 * THUMBS
    assert Actor.objects.count() > people


def test_null_goes_on_in_conversations_about_the_answers_of_its_pool(project: Any) -> None:
    simulate(project=project, name="null", seed=SEED, size=20)
    turns = Turn.objects.filter(arm_key="").select_related("response__prompt", "bundle")
    assert len(turns) == 60
    assert {turn.bundle.name for turn in turns if turn.bundle} == {"null-base"}
    assert all(turn.response and turn.response.prompt.memory == turn.memory for turn in turns)
    thumbs = Judgment.objects.filter(turn__in=turns)
    assert set(thumbs.values_list("solicited", flat=True)) == {True, False}
    assert thumbs.count() == 60
    labelled = Judgment.objects.filter(actor__kind="rater", response__isnull=False).values("response")
    assert not turns.exclude(response__in=labelled).exists()
