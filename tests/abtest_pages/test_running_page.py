"""What is done with an experiment on its page: the ramp, stopping, and a decision with words on each guardrail."""

from typing import Any

import pytest
from django.test import Client

from abtest.models import Decision, Experiment, Step
from tests.abtest_pages import worlds

AT = "/p/demo/experiments/april-v42"


@pytest.fixture
def lead(client: Client, ml_lead: Any) -> Client:
    client.force_login(ml_lead)
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def experiment() -> Experiment:
    return Experiment.objects.get(key="april-v42")


def test_the_ramp_is_raised_a_step_at_a_time(lead: Client, project: Any) -> None:
    worlds.running(project, ramp=1)
    assert "Let 5 % of the units in" in text(lead.get(f"{AT}/"))
    assert "5 % of the units come in." in text(lead.post(f"{AT}/ramp/", {"to": "5"}, follow=True))
    assert "the next step is 10 %" in text(lead.post(f"{AT}/ramp/", {"to": "50"}, follow=True))
    assert experiment().ramp == 5
    lead.post(f"{AT}/ramp/", {"to": "²"})
    assert experiment().ramp == 5


def test_a_held_ramp_is_released_with_a_reason_that_is_kept(lead: Client, project: Any) -> None:
    worlds.held(project)
    shown = text(lead.get(f"{AT}/"))
    assert "It does not grow while it is held." in shown
    assert "Let 50 % of the units in" not in shown
    waits = f"“{experiment().name}” is held at"
    assert waits in text(lead.get("/p/demo/overview/"))
    refused = lead.post(f"{AT}/release/", {"reason": " "})
    assert refused.status_code == 422
    assert 'id="act-release" open' in text(refused)
    lead.post(f"{AT}/release/", {"reason": "The labels were of another week."})
    assert experiment().held_because == ""
    assert waits not in text(lead.get("/p/demo/overview/"))
    assert Step.objects.filter(reason="The labels were of another week.").exists()
    lead.post(f"{AT}/hold/", {"reason": "Let us wait."})
    assert experiment().held_because == "Let us wait."


def test_it_is_stopped_for_a_reason_and_then_waits_for_a_decision(lead: Client, project: Any) -> None:
    worlds.held(project)
    assert "once it is stopped" in text(lead.get(f"{AT}/decide/"))
    lead.post(f"{AT}/stop/", {"reason": "It said enough."})
    assert experiment().state == "stopped"
    assert f'href="{AT}/decide/"' in text(lead.get(f"{AT}/"))
    assert "is stopped, and nobody has decided what follows." in text(lead.get("/p/demo/overview/"))


def test_a_decision_needs_words_on_each_guardrail(lead: Client, project: Any) -> None:
    worlds.stopped(project, "april-v42")
    form = text(lead.get(f"{AT}/decide/"))
    assert form.count("and what that means for you") == 4
    assert "over its limit" in form
    readout = form.split('name="readout" value="')[1].split('"')[0]
    words = {f"guardrails-{kind}": said for kind, said in worlds.WORDS.items()}
    given = {"choice": "keep", "reason": "Liked because it flatters.", "readout": readout, **words}
    silent = lead.post(f"{AT}/decide/", {**given, "guardrails-coldness": ""})
    assert "Not saved. 1 thing to put right." in text(silent)
    assert silent.status_code == 422
    assert "Say in words what this guardrail showed" in text(silent)
    assert not Decision.objects.exists()
    lead.post(f"{AT}/decide/", given)
    made = Decision.objects.get()
    assert made.body["guardrails"] == worlds.WORDS
    shown = text(lead.get(f"{AT}/"))
    assert "The control is kept" in shown
    assert worlds.WORDS["sycophancy"] in shown
    assert experiment().state == "decided"


def test_a_decision_on_an_older_readout_is_refused(lead: Client, project: Any) -> None:
    from datetime import timedelta

    made = worlds.stopped(project, "april-v42")
    old = text(lead.get(f"{AT}/decide/")).split('name="readout" value="')[1].split('"')[0]
    worlds.read(made, hour=worlds.HOUR + timedelta(hours=1))
    words = {f"guardrails-{kind}": said for kind, said in worlds.WORDS.items()}
    given = {"choice": "adopt:candidate", "reason": "We like it.", "readout": old, **words}
    refused = lead.post(f"{AT}/decide/", given)
    assert refused.status_code == 422
    assert "There is a newer readout. Read it, then decide." in text(refused)
    assert "We like it.</textarea>" in text(refused), "what was written is still there"
    new = text(refused).split('name="readout" value="')[1].split('"')[0]
    assert lead.post(f"{AT}/decide/", {**given, "readout": new}).status_code == 302
    assert Decision.objects.get().body["arm"] == "candidate"


def test_a_decision_shows_how_each_candidate_stands(lead: Client, project: Any) -> None:
    from abtest.shaping import ArmWish

    arms = [ArmWish("control", "v41", 400_000), ArmWish("candidate", "v42", 300_000), ArmWish("bold", "v43", 300_000)]
    body = worlds.body()
    bold = [{**one, "candidate": "bold", "state": "within", "why": "v43 keeps it."} for one in body["guardrails"]]
    body["guardrails"] += bold
    worlds.stopped(project, "april-v42", arms=arms, said=body)
    form = text(lead.get(f"{AT}/decide/"))
    assert form.count("<bdi>v42</bdi>: ") == form.count("<bdi>v43</bdi>: ") == 4
    assert form.count("v43 keeps it.") == 4
    assert "4.2 points at the least" in form


def test_who_may_only_look_finds_nothing_to_act_on(client: Client, project: Any, make_member: Any) -> None:
    worlds.held(project)
    client.force_login(make_member("reviewer"))
    assert client.get(f"{AT}/").status_code == 404
