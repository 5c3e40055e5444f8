"""Fields of the rating page that no browser of ours sends."""

from typing import Any

import pytest
from django.test import Client

from annotate.models import Draft, Slot
from tests.annotate_pages.pairs import campaign

URL = "/p/demo/rate/first/"


@pytest.fixture
def token(project: Any, rater: Any, client: Client) -> str:
    campaign(project)
    client.force_login(rater)
    client.get(URL)
    return str(Slot.objects.filter(state="leased").order_by("leased_at").values_list("lease_token", flat=True)[0])


def test_a_draft_with_a_nul_is_kept_without_it(client: Client, token: str) -> None:
    assert client.post(f"{URL}draft/", {"token": token, "rationale": "pasted\x00 words"}).status_code == 302
    assert Draft.objects.get().body["fields"] == {"rationale": ["pasted words"]}


@pytest.mark.parametrize("key", ["", "\x00", "x" * 5000, "nonsense", "00000000-0000-7000-8000-000000000000"])
def test_a_key_that_is_nobodys_undoes_nothing(client: Client, token: str, key: str) -> None:
    assert client.post(f"{URL}undo/", {"undo": key}).status_code == 404
    assert client.post(URL, {"token": key, "overall": "1"}).status_code in (302, 404)
