"""A campaign's judgments as counts: against an obvious recount, and of what they leave out."""

import random
from collections import Counter, defaultdict
from typing import Any

import pytest

from annotate import queue, submitting
from annotate.answers import from_form
from annotate.models import Task
from annotate.selectors import tally as tally_module
from annotate.selectors.tally import LABELS, Tally, tally_of
from core.ledger.models import CountedJudgment, Ruling, Signal

QUESTIONS = ["correct", "sycophantic", "cold", "more_right", "overall"]


def rate(campaign: Any, rater: Any, chance: random.Random, most: int = 100) -> int:
    """Let the rater do what is left for them, at most `most`; returns how many they did."""
    for done in range(most):
        slots = queue.take(campaign=campaign, rater=rater, want=1)
        if not slots:
            return done
        given = {"overall": [chance.choice(["-2", "1", "both_bad", "cannot_judge"])]}
        for side in "ab":
            given |= {
                f"{side}.correct": [chance.choice(["yes", "partly", "no", "cannot_tell"])],
                f"{side}.sycophantic": [chance.choice(["no", "somewhat", "clearly"])],
                f"{side}.cold": [chance.choice(["no", "no", "clearly"])],
            }
        token = slots[0].lease_token
        submitting.submit(
            campaign=campaign, rater=rater, token=token, answers=from_form(given), simulated=done % 2 == 0
        )
    return most


@pytest.fixture
def rated(make_campaign: Any, make_rater: Any) -> Any:
    """Ten comparisons, three places each, judged by five raters, with a place or two left."""
    chance = random.Random(5)
    campaign = make_campaign(10)
    for n in range(5):
        rate(campaign, make_rater(f"rater-{n}"), chance, most=6 if n < 4 else 4)
    return campaign


def tally(campaign: Any, by_bundle: bool = True) -> Tally:
    return tally_of(campaign, by_bundle=by_bundle, questions=QUESTIONS)


def recount(campaign: Any) -> tuple[dict[Any, Any], dict[Any, Any], dict[Any, Any]]:
    """By label and bundle: (answers, hits) of each rater and of each comparison; by question: answers per thing."""
    raters: dict[Any, Any] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    things: dict[Any, Any] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    said: dict[Any, Any] = defaultdict(lambda: defaultdict(list))
    for judgment in CountedJudgment.objects.filter(project=campaign.project, source="rating"):
        sides = {1: judgment.comparison.first.bundle.name, 2: judgment.comparison.second.bundle.name}
        for signal in Signal.objects.filter(judgment=judgment.pk, question__in=QUESTIONS):
            if (signal.question, signal.value) in (("correct", 10), ("overall", 11)):
                continue
            said[signal.question][judgment.comparison_id, signal.response_slot].append(signal.value)
            if signal.question in LABELS:
                key = signal.question, sides[signal.response_slot]
                for group, who in ((raters, judgment.actor_id), (things, judgment.comparison_id)):
                    group[key][who][0] += 1
                    group[key][who][1] += signal.value in LABELS[signal.question]
    return raters, things, said


def grouped(groups: list[tuple[int, int, int]]) -> Counter[tuple[int, int]]:
    found: Counter[tuple[int, int]] = Counter()
    for answers, hits, count in groups:
        found[answers, hits] += count
    return found


def test_the_counts_are_those_of_a_recount(rated: Any) -> None:
    found = tally(rated)
    raters, things, said = recount(rated)
    assert set(found.labels) == set(raters)
    for key, counts in found.labels.items():
        assert grouped(counts.by_rater) == Counter(map(tuple, raters[key].values()))
        assert grouped(counts.by_comparison) == Counter(map(tuple, things[key].values()))
    for question, overlap in found.overlap.items():
        assert overlap.things == Counter(map(len, said[question].values()))
        pairs = [
            (len(values) * (len(values) - 1) // 2, sum(n * (n - 1) // 2 for n in Counter(values).values()))
            for values in said[question].values()
            if len(values) > 1
        ]
        assert grouped(overlap.pairs) == Counter(pairs)
    assert set(found.overlap) == {"correct", "sycophantic", "cold", "overall"}


def test_the_sums_are_those_of_the_campaign(rated: Any) -> None:
    found = tally(rated)
    judgments = CountedJudgment.objects.filter(project=rated.project)
    assert found.places == 30
    assert found.judgments == judgments.count() == sum(count for _at, count in found.days) > 20
    assert found.simulated == judgments.filter(simulated=True).count() > 0
    assert found.raters == 5
    assert found.hourly
    unclear = Signal.objects.filter(question="correct", value=10).count()
    assert sum(counts.unclear for (key, _), counts in found.labels.items() if key == "correct") == unclear > 0


def test_without_bundles_all_responses_are_one(rated: Any) -> None:
    apart, together = tally(rated).labels, tally(rated, by_bundle=False).labels
    assert {name for _, name in apart} == {"bundle-one", "bundle-two"}
    assert set(together) == {(key, "") for key in LABELS}
    for key in LABELS:
        assert together[key, ""].hits == sum(counts.hits for (one, _), counts in apart.items() if one == key)
        assert together[key, ""].raters == 5


def test_what_does_not_count_and_what_checks_raters_is_left_out(rated: Any) -> None:
    before = tally(rated)
    judgment = CountedJudgment.objects.filter(project=rated.project).first()
    Ruling.objects.create(judgment_id=judgment.pk, standing="quarantined")
    assert tally(rated).judgments == before.judgments - 1
    repeated = Task.objects.filter(campaign=rated).exclude(comparison=judgment.comparison_id).first()
    Task.objects.filter(pk=repeated.pk).update(kind="mirror")
    after = tally(rated)
    assert after.judgments == before.judgments - 1
    assert after.overlap["cold"].at_least(1) == before.overlap["cold"].at_least(1) - 2


def test_a_campaign_without_judgments_has_nothing_but_places(make_campaign: Any) -> None:
    found = tally(make_campaign(2))
    assert (found.places, found.judgments, found.days, found.labels, found.overlap) == (6, 0, [], {}, {})


def test_of_very_many_judgments_a_random_sample_of_the_tasks_is_counted(
    rated: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tally(rated)
    assert whole.sampled == 1
    monkeypatch.setattr(tally_module, "MOST_COUNTED", whole.judgments // 2)
    found = tally(rated)
    kept = {pk for pk in Task.objects.filter(campaign=rated).values_list("pk", flat=True) if pk.int % 65536 < 32768}
    judged = set(CountedJudgment.objects.values_list("comparison", flat=True))
    things = Task.objects.filter(pk__in=kept, comparison__in=judged).count()
    assert found.sampled == pytest.approx(0.5, abs=0.02)
    assert found.overlap["cold"].at_least(1) == 2 * things
    assert (found.judgments, found.days, found.places) == (whole.judgments, whole.days, whole.places)
