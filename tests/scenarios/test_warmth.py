"""The demonstration's alpha: two scripted bundles, and people who chat with them."""

from typing import Any

import pytest
from django.core.management import call_command

from alpha.models import Answer, Conversation, Message, Programme, Said, SpotCheck, Volunteer
from core.catalog.models import Bundle
from core.endpoints.adapters import script
from core.endpoints.models import Endpoint
from core.ledger.models import Judgment, Seal
from scenarios import warmth
from scenarios.reading import stories


@pytest.fixture
def loaded(project: Any, make_member: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(warmth, "SIMULATED", 3)
    people = {role: make_member(role) for role in ("owner", "expert", "volunteer")}
    for name in warmth.MANNERS:
        # As the import of the demonstration's comparisons leaves them.
        Bundle.objects.create(project=project, name=name)

    def load() -> int:
        return warmth.load(project=project, **people, seed=7)

    load()
    return load


def tally() -> list[int]:
    return [
        kind.objects.count()
        for kind in (Programme, Volunteer, Conversation, Message, Answer, Judgment, Said, SpotCheck)
    ]


def test_it_is_open_with_people_in_every_state_and_verifies(loaded: Any, project: Any) -> None:
    made = Programme.objects.get()
    assert made.state == "open"
    states = dict(Volunteer.objects.values_list("email", "state"))
    assert states["simulated-volunteer-01@demo.invalid"] == "joined"
    # Who visits agrees by themselves.
    assert states["volunteer@example.org"] == "invited"
    assert (states["in-line-1@demo.invalid"], states["in-line-2@demo.invalid"]) == ("invited", "waiting")
    assert set(Conversation.objects.filter(purpose="chat").values_list("mode", flat=True)) == {"single", "side_by_side"}
    assert not Conversation.objects.filter(purpose="chat", simulated=False).exists()
    assert set(Answer.objects.values_list("state", flat=True)) == {"done"}
    assert {"thumb", "labels", "choice", "form", "check"} <= set(Said.objects.values_list("kind", flat=True))
    call_command("verify")


def test_one_check_is_written_and_the_expert_owes_one(loaded: Any) -> None:
    assert dict(SpotCheck.objects.values_list("expert__email", "state")) == {
        "simulated-expert@demo.invalid": "done",
        "expert@example.org": "due",
    }
    assert list(Seal.objects.filter(lifted_at=None).values_list("user__email", flat=True)) == ["expert@example.org"]


def test_loading_again_changes_nothing(loaded: Any) -> None:
    before = tally()
    loaded()
    assert tally() == before


def test_an_interrupted_load_goes_on_where_it_stopped(loaded: Any) -> None:
    before = Conversation.objects.count()
    last = Conversation.objects.filter(purpose="chat").order_by("-pk")[0]
    Conversation.objects.filter(pk=last.pk).update(ended_at=None)
    loaded()
    assert Conversation.objects.count() == before
    assert not Conversation.objects.filter(purpose="chat", ended_at=None).exists()


def test_both_bundles_answer_what_anybody_may_write(db: None) -> None:
    told = [story for story in stories() if len(story.row["prompt"]) == 1]
    lines = script.read(warmth.script(told, quick=False))
    for words in ("Are you SURE?", "thanks", "Tell me about tulips", "", str(told[0].row["prompt"][0]["content"])):
        said = {model: next(line for line in lines if line.answers(model, words)).say for model in warmth.MANNERS}
        assert said["v41"] != said["v42"]
    story = told[0]
    asked = str(story.row["prompt"][0]["content"])
    assert next(line for line in lines if line.answers("v42", asked)).say == story.answers["sycophantic"]


def test_what_a_visitor_gets_comes_at_the_pace_of_a_model(loaded: Any) -> None:
    lines = script.read(Endpoint.objects.get().script)
    assert all(line.first_ms >= 300 and line.chars_per_second for line in lines)
