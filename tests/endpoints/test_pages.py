"""The pages on which models are set up: what they show, what they take, and what they keep to themselves."""

from typing import Any

import pytest
from django.test import Client

from core.catalog.models import Bundle
from core.endpoints.bundles import add_bundle
from core.endpoints.models import Endpoint
from core.endpoints.setting import set_endpoint

URL = "https://models.example.org/v1"
P = "/p/demo/models/"
BUNDLE = {"name": "v41", "endpoint": "lab", "model": "m-1", "max_tokens": "400", "remembers": "0"}


@pytest.fixture
def lead(ml_lead: Any) -> Client:
    client = Client()
    client.force_login(ml_lead)
    return client


@pytest.fixture
def lab(project: Any) -> Endpoint:
    return set_endpoint(project=project, name="lab", kind="script", script='{"say": "Round."}', by=None)


def test_an_endpoint_is_set_with_a_key_that_no_page_shows_again(lead: Client) -> None:
    sent = {"name": "maker", "url": URL, "key": "canary-key"}
    page = lead.post(P + "endpoints/new/openai/", sent, follow=True)
    assert page.redirect_chain == [(P + "endpoints/maker/", 302)]
    assert "A key is stored." in page.content.decode()
    for path in ("", "endpoints/maker/", "bundles/new/"):
        assert "canary-key" not in lead.get(P + path).content.decode()
    assert Endpoint.objects.get().key_encrypted is not None


def test_a_refused_form_says_why_and_does_not_repeat_the_key(lead: Client) -> None:
    sent = {"name": "maker", "url": "http://10.0.0.1/v1", "key": "canary-key"}
    page = lead.post(P + "endpoints/new/openai/", sent)
    assert page.status_code == 422
    assert "This is no https:// address" in page.content.decode()
    assert "canary-key" not in page.content.decode()
    assert not Endpoint.objects.exists()


def test_saving_without_a_key_keeps_it_and_forgetting_takes_a_tick(lead: Client, project: Any) -> None:
    set_endpoint(project=project, name="maker", kind="openai", url=URL, key="one", by=None)
    lead.post(P + "endpoints/maker/", {"url": URL, "key": ""})
    assert Endpoint.objects.get().key_encrypted is not None
    page = lead.post(P + "endpoints/maker/", {"url": "https://else.example.org/v1", "key": ""})
    assert page.status_code == 422
    assert "The address is another host" in page.content.decode()
    lead.post(P + "endpoints/maker/", {"url": URL, "key": "", "forget_key": "on"})
    assert Endpoint.objects.get().key_encrypted is None


def test_a_script_is_refused_with_the_line_at_fault(lead: Client) -> None:
    page = lead.post(P + "endpoints/new/script/", {"name": "s", "script": '{"say": "x"}\n{"say": 1}'})
    assert page.status_code == 422
    assert "Line 2: “say” must be text" in page.content.decode()


def test_a_trial_says_whether_an_answer_came(lead: Client, lab: Endpoint) -> None:
    page = lead.post(P + "endpoints/lab/try/", {"model": "m"}, follow=True)
    assert "It answered: the first of 6 characters came after" in page.content.decode()
    set_endpoint(project=lab.project, name="lab", kind="script", script='{"fault": "key"}', by=None)
    page = lead.post(P + "endpoints/lab/try/", {"model": "m"}, follow=True)
    assert "No answer. It does not take the key." in page.content.decode()


def test_a_bundle_is_added_from_the_form(lead: Client, lab: Endpoint) -> None:
    sent = {**BUNDLE, "system": "One.\r\nTwo.", "temperature": "0.5", "newer": "on"}
    page = lead.post(P + "bundles/new/", sent)
    made = Bundle.objects.get()
    assert page["location"] == f"{P}bundles/{made.pk}/"
    assert made.spec == {
        "endpoint": "lab",
        "model": "m-1",
        "system": "One.\nTwo.",
        "sampling": {"temperature": 0.5, "max_completion_tokens": 400},
        "memory": {"most": 0},
    }


def test_what_a_bundle_may_not_be_is_said_beside_its_field(lead: Client, lab: Endpoint, project: Any) -> None:
    add_bundle(project=project, name="v41", spec={"endpoint": "lab", "model": "m-2"}, by=None)
    page = lead.post(P + "bundles/new/", BUNDLE)
    assert page.status_code == 422
    assert page.context["form"].errors["name"] == ["“v41” stands for something else already."]


def test_another_bundle_begins_with_what_the_first_one_is(lead: Client, lab: Endpoint, project: Any) -> None:
    spec = {"endpoint": "lab", "model": "m-2", "system": "Be brief.", "sampling": {"temperature": 0.25}}
    made = add_bundle(project=project, name="v41", spec=spec, by=None)
    page = lead.get(f"{P}bundles/new/?like={made.pk}").content.decode()
    for words in ("Be brief.", 'value="m-2"', 'value="0.25"'):
        assert words in page
    assert lead.get(f"{P}bundles/new/?like=nonsense").status_code == 404


def test_a_bundle_whose_endpoint_is_gone_says_so(lead: Client, lab: Endpoint, project: Any) -> None:
    made = add_bundle(project=project, name="v41", spec={"endpoint": "lab", "model": "m"}, by=None)
    lead.post(P + "endpoints/lab/remove/")
    assert "the project has no endpoint “lab”" in lead.get(f"{P}bundles/{made.pk}/").content.decode()
    assert "its endpoint is not there" in lead.get(P).content.decode()


def test_another_projects_models_do_not_exist(lead: Client, other_project: Any) -> None:
    set_endpoint(project=other_project, name="theirs", kind="script", script='{"say": "x"}', by=None)
    made = add_bundle(project=other_project, name="v1", spec={"endpoint": "theirs", "model": "m"}, by=None)
    for path in ("endpoints/theirs/", f"bundles/{made.pk}/", f"bundles/new/?like={made.pk}"):
        assert lead.get(P + path).status_code == 404
    assert lead.post(P + "endpoints/theirs/try/", {"model": "m"}).status_code == 404
    assert lead.post(P + "endpoints/theirs/remove/").status_code == 404
