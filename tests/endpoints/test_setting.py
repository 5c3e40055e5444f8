"""Endpoints are set, changed, tried and removed; their keys are seen by nobody."""

from typing import Any

import pytest

from core.accounts.models import AuditEvent
from core.accounts.secrets import decrypt
from core.endpoints.faults import Fault
from core.endpoints.models import Endpoint
from core.endpoints.setting import BadEndpoint, remove_endpoint, set_endpoint, try_endpoint
from tests.endpoints.stubs import DONE, HEAD, event, says

URL = "https://models.example.org/v1"


def put(project: Any, **more: Any) -> Endpoint:
    return set_endpoint(**{"project": project, "name": "lab", "kind": "openai", "url": URL, "by": None, **more})


def problems(project: Any, **more: Any) -> dict[str, str]:
    with pytest.raises(BadEndpoint) as caught:
        put(project, **more)
    return caught.value.problems


def test_a_key_is_stored_encrypted_and_the_trail_says_only_that_it_is_there(project: Any, owner: Any) -> None:
    endpoint = put(project, key="canary-key", by=owner)
    stored = bytes(Endpoint.objects.get(pk=endpoint.pk).key_encrypted or b"")
    assert decrypt(stored) == b"canary-key"
    assert b"canary" not in stored
    event = AuditEvent.objects.get(project=project, verb="endpoint.set")
    assert event.data == {"host": "models.example.org", "kind": "openai", "new": True, "key": "set"}
    assert (event.who, event.object) == (owner.pk, f"endpoint:{endpoint.pk}")


def test_setting_again_keeps_the_key_forgets_it_or_takes_another(project: Any) -> None:
    first = put(project, key="one")
    again = put(project, url=URL + "/more")
    assert (again.pk, decrypt(bytes(again.key_encrypted or b""))) == (first.pk, b"one")
    assert decrypt(bytes(put(project, key="two").key_encrypted or b"")) == b"two"
    assert put(project, key="").key_encrypted is None
    said = AuditEvent.objects.filter(project=project, verb="endpoint.set").order_by("seq")
    assert [one.data["key"] for one in said] == ["set", "kept", "set", "forgotten"]


def test_a_key_does_not_go_along_to_another_host(project: Any) -> None:
    put(project, key="one")
    for url in ("https://elsewhere.example.org/v1", "https://models.example.org:8443/v1"):
        assert set(problems(project, url=url)) == {"key"}
    assert Endpoint.objects.get().url == URL
    assert put(project, url="https://elsewhere.example.org/v1", key="two").url.startswith("https://elsewhere")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "two words"}, "name"),
        ({"kind": "pigeon"}, "kind"),
        ({"url": "http://models.example.org/v1"}, "url"),
        ({"url": "https://models.example.org/v1?key=x"}, "url"),
        ({"url": "https://models.example.org:22/v1"}, "url"),
        ({"url": ""}, "url"),
        ({"key": "two words"}, "key"),
        ({"key": "a\r\nHost: evil"}, "key"),
        ({"script": '{"say": "x"}'}, "script"),
        ({"kind": "script", "script": '{"say": "x"}'}, "url"),
        ({"kind": "script", "url": "", "script": "{"}, "script"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused(project: Any, given: dict[str, Any], field: str) -> None:
    assert set(problems(project, **given)) == {field}
    assert not Endpoint.objects.exists()


def test_a_name_keeps_its_kind(project: Any) -> None:
    put(project)
    assert set(problems(project, kind="script", url="", script='{"say": "x"}')) == {"name"}


def test_removing_twice_is_one_removal(project: Any, owner: Any) -> None:
    endpoint = put(project, key="one")
    remove_endpoint(endpoint=endpoint, by=owner)
    remove_endpoint(endpoint=endpoint, by=owner)
    assert not Endpoint.objects.exists()
    assert AuditEvent.objects.filter(project=project, verb="endpoint.removed").count() == 1


def test_a_trial_says_how_quickly_it_answered_and_not_what(project: Any, stub: Any) -> None:
    made = stub(says(HEAD, event("yes"), event(finish="stop"), DONE))
    tried = try_endpoint(endpoint=put(project, url=made.url), model="m-1")
    assert (tried.fault, tried.characters) == (None, 3)
    assert 0 <= tried.first_ms < 5_000
    assert made.body["model"] == "m-1"
    assert "yes" not in repr(tried)


def test_a_trial_says_what_went_wrong(project: Any, stub: Any) -> None:
    made = stub(says(b"HTTP/1.1 401 Who\r\ncontent-length: 0\r\n\r\n"))
    assert try_endpoint(endpoint=put(project, url=made.url), model="m-1").fault == Fault.KEY
