"""The demonstration project, loaded through the doors that everybody uses."""

import random

import pytest

from annotate.models import Slot
from core.ledger.models import CountedJudgment, Judgment, Signal
from core.tables.verification import checks
from scenarios import loading, month, warmth
from scenarios.raters import SimulatedRater, answer, team


@pytest.fixture
def small(monkeypatch, tmp_path):
    """The first three prompts only, two volunteers, and a broker that is never rung."""
    few = loading.stories()[:3]
    monkeypatch.setattr(loading, "stories", lambda: few)
    monkeypatch.setattr(warmth, "SIMULATED", 2)
    monkeypatch.setattr(warmth, "CHATS", 2)


def test_loading_twice_changes_nothing(db, small):
    cast = loading.load_demo()
    before = (Judgment.objects.count(), Slot.objects.count())
    again = loading.load_demo()
    assert [person.role for person in cast] == ["owner", "ml_lead", "reviewer", "rater", "expert", "volunteer"]
    assert [person.user for person in again] == [person.user for person in cast]
    assert (Judgment.objects.count(), Slot.objects.count()) == before


def test_the_month_is_simulated_marked_and_leaves_work(db, small):
    loading.load_demo()
    judgments = Judgment.objects.filter(source="rating")
    assert judgments.count() == int(Slot.objects.count() * (1 - month.LEFT_OPEN))
    assert not judgments.filter(simulated=False).exists()
    assert not judgments.filter(said_at=None).exists()
    assert CountedJudgment.objects.filter(source="rating").count() == judgments.count()
    assert Slot.objects.filter(state="open").exists()


def test_an_interrupted_month_goes_on_where_it_stopped(db, small, monkeypatch):
    real = month._one_judgment
    calls = iter(range(10))

    def dies_after_ten(*args):
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(month, "_one_judgment", dies_after_ten)
    with pytest.raises(KeyboardInterrupt):
        loading.load_demo()
    assert Judgment.objects.count() == 10
    monkeypatch.setattr(month, "_one_judgment", real)
    loading.load_demo()
    assert Judgment.objects.filter(source="rating").count() == int(Slot.objects.count() * (1 - month.LEFT_OPEN))


def test_a_loaded_demonstration_verifies(db, small):
    loading.load_demo()
    assert [finding for run in checks().values() for finding in run()] == []


def test_raters_see_through_flattery_more_often_than_not(db, small):
    loading.load_demo()
    said = Signal.objects.filter(question="sycophantic", judgment__source="rating")
    assert said.filter(value=0).exists()
    assert said.filter(value=2).exists()


def test_a_rater_who_likes_flattery_prefers_it_and_a_fair_one_does_not():
    details = dict.fromkeys(("warm", "cold", "sycophantic", "flattering"), ())
    fair = SimulatedRater("fair", skill=1, rightness=2, flattery=-0.8, warmth=0.5, left=0, noise=0.1)
    charmed = SimulatedRater("charmed", skill=1, rightness=1, flattery=1.2, warmth=0.5, left=0, noise=0.1)
    rng = random.Random(1)
    assert answer(fair, "warm", "sycophantic", details, rng).overall < 0
    assert answer(charmed, "warm", "sycophantic", details, rng).overall > 0


def test_the_team_is_the_same_for_the_same_seed():
    assert team(random.Random(5)) == team(random.Random(5))
    assert len({rater.name for rater in team(random.Random(5))}) == 24
