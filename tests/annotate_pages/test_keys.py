"""A person's own keys: kept with the person, judged by the server, harmless whatever is stored."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from annotate import keymap
from tests.annotate_pages.pairs import campaign

URL = "/p/demo/rate/first/"
HOSTILE = [
    "<",
    '"',
    "'",
    "&",
    "</script>",
    "javascript:alert(1)",
    '"><img src=x onerror=alert(1)>',
    "\u202e",
    "\u200b",
    "\u3164",
    "\x00",
    "\u0301",
    "5",
    "٣",
    "/",
    "`",
    " ",
    "Enter",
    "ß\u0308",
    "😀",
]


@pytest.fixture
def client(rater: Any) -> Client:
    client = Client()
    client.force_login(rater, backend="core.accounts.backend.AuthenticationBackend")
    return client


def keys_on(page: str) -> dict[str, str]:
    """The map that the page gives to its script: {character: action}."""
    [found] = re.findall(r'data-keys="([^"]*)"', page)
    return dict(json.loads(found.replace("&quot;", '"')))


def test_a_new_key_acts_and_stands_on_its_control_in_every_project(client: Client, project: Any, rater: Any) -> None:
    campaign(project)
    answer = client.post("/me/keys/", {"skip": "X", "why": "ж", "both_bad": "n", "single_keys": "1"})
    assert answer.status_code == 302
    rater.refresh_from_db()
    assert rater.keys == {"skip": "x", "why": "ж", "both_bad": "n"}
    page = client.get(URL).content.decode()
    kept = {key: action for action, key in keymap.DEFAULTS.items() if action not in ("skip", "why", "both_bad")}
    assert keys_on(page) == {**kept, "x": "skip", "ж": "why", "n": "both_bad"}
    assert re.search(r'data-act="skip">Skip <kbd class="js">X</kbd>', page)
    assert re.search(r'<kbd class="js">Ж</kbd></label><textarea', page)
    assert re.search(r'value="both_bad" data-key="N"', page)


def test_two_actions_cannot_share_a_key_and_nothing_is_saved_then(client: Client, rater: Any) -> None:
    answer = client.post("/me/keys/", {"skip": "u", "single_keys": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "U is also the key for “undo the last save”." in page
    assert 'name="skip" value="u"' in page
    rater.refresh_from_db()
    assert rater.keys == {}


def test_keys_can_be_exchanged_in_one_go(client: Client, rater: Any) -> None:
    assert client.post("/me/keys/", {"skip": "u", "undo": "s"}).status_code == 302
    rater.refresh_from_db()
    assert (rater.keys, rater.single_keys) == ({"skip": "u", "undo": "s"}, False)


def test_reset_brings_the_defaults_back_and_leaves_the_switch(client: Client, rater: Any) -> None:
    client.post("/me/keys/", {"skip": "x"})
    client.post("/me/keys/", {"reset": "1", "skip": "y"})
    rater.refresh_from_db()
    assert (rater.keys, rater.single_keys) == ({}, False)


def test_the_switch_is_kept_with_the_person(client: Client, project: Any, rater: Any) -> None:
    campaign(project)
    assert 'data-act="shortcuts" checked' in client.get(URL).content.decode()
    assert client.post("/me/keys/switch/", {"on": "0"}).json() == {"on": False}
    assert 'data-act="shortcuts">' in client.get(URL).content.decode()


@pytest.mark.parametrize("key", HOSTILE)
def test_a_key_that_nobody_can_press_or_that_would_harm_is_refused(client: Client, rater: Any, key: str) -> None:
    answer = client.post("/me/keys/", {"skip": key})
    assert answer.status_code == 422
    assert "<img" not in answer.content.decode()
    rater.refresh_from_db()
    assert rater.keys == {}


@pytest.mark.parametrize("stored", [*HOSTILE, "u", 7, None, ["x"]])
def test_whatever_is_stored_only_allowed_keys_come_out_again(stored: Any) -> None:
    found = keymap.of_stored({"skip": stored, "nonsense": "x"}).by_action
    assert found == keymap.DEFAULTS
    assert keymap.of_stored([stored]).by_action == keymap.DEFAULTS


def test_every_default_is_allowed_and_no_two_are_equal() -> None:
    assert [key for key in keymap.DEFAULTS.values() if keymap.refused(key)] == []
    assert len(set(keymap.DEFAULTS.values())) == len(keymap.DEFAULTS)
