"""Requests of the server's own: no text and no file of a person can send it anywhere.

What does go out goes through the one door (`core/outbound`, `tests/outbound/`); that no other module can reach out is a
rule over the source (`rules.reaches_out`). Here the network is watched.
"""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from core.text.rendering import render
from exchange.importing import import_file
from tests.exchange.rows import row, write

ADDRESSES = [
    "http://169.254.169.254/latest/meta-data/",
    "http://127.0.0.1:8000/p/demo/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "https://evil.example/x.png",
    "//evil.example/x.png",
    "\\\\evil.example\\share",
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every name that was looked up; the database is asked over a connection that is open already."""
    names: list[Any] = []

    def look_up(*args: Any, **kwargs: Any) -> Any:
        names.append(args)
        raise OSError("no network here")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", look_up)
    return names


def test_text_with_addresses_makes_nobody_fetch_them(asked: list[Any]) -> None:
    for address in ADDRESSES:
        render(f"![x]({address}) <img src='{address}'> [x]({address}) <{address}>")
    assert asked == []


def test_an_import_full_of_addresses_fetches_none(project: Any, tmp_path: Path, asked: list[Any]) -> None:
    lines = [
        row(
            n,
            prompt=[{"role": "user", "content": f"![x]({address})"}],
            responses=[{"bundle": address, "content": address}, {"bundle": "b", "content": f"<img src={address}>"}],
            family=address,
        )
        for n, address in enumerate(ADDRESSES)
    ]
    done = import_file(path=write(tmp_path / "rows.jsonl", *lines), project=project, campaign_name="first")
    assert done.counts["new"] == len(ADDRESSES)
    assert asked == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_no_file_to_import(address: str, project: Any, ml_lead: Any, asked: list[Any]) -> None:
    """The form takes the bytes of a file, never the place where one lies."""
    client = Client()
    client.force_login(ml_lead)
    answer = client.post(
        "/p/demo/imports/new/", {"file": address, "url": address, "campaign": "first", "format": "auto"}
    )
    assert answer.status_code == 422
    assert "root:" not in answer.content.decode()
    assert asked == []


def test_a_host_in_a_request_leads_no_link_away(owner: Any, settings: Any) -> None:
    """Links in letters are built on a host that the installation has allowed."""
    answer = Client(raise_request_exception=False).post(
        "/in/", {"email": owner.email}, headers={"host": "evil.example", "x-forwarded-host": "evil.example"}
    )
    assert answer.status_code == 400
    answer = Client().post("/in/", {"email": owner.email}, headers={"x-forwarded-host": "evil.example"})
    from core.jobs.models import Job

    assert answer.status_code == 200
    assert "evil.example" not in json.dumps(list(Job.objects.values_list("args", flat=True)))
