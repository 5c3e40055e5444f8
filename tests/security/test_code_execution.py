"""Bytes that would become code: no unpickling, no templates out of texts, no shell, no broker that takes objects.

The rules over the source are `rules.unpacks_objects` and `rules.runs_words`.
"""

import base64
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from kombu.exceptions import ContentDisallowed
from kombu.message import Message

from config import settings as real
from config.celery import app
from exchange.importing import import_file
from tests.annotate_pages.pairs import campaign
from tests.exchange.rows import row, write

TEMPLATES = [
    "{{ 7331|add:1 }}",
    "{% debug %}",
    "{% load static %}",
    "${7331+1}",
    "#{7331+1}",
    "<%= 7331+1 %>",
    "{{7331+1}}",
]
fired: list[int] = []


class Bomb:
    def __reduce__(self) -> Any:
        return fired.append, (1,)


def test_a_pickle_in_the_queue_is_refused() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == app.conf.event_serializer == "json"
    body = pickle.dumps(Bomb())
    message = Message(
        body=body,
        content_type="application/x-python-serialize",
        content_encoding="binary",
        accept={"application/json"},
    )
    with pytest.raises(ContentDisallowed):
        message.decode()
    assert fired == []


def test_sessions_are_json() -> None:
    from django.conf import settings

    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")


def test_a_cookie_with_a_pickle_is_nobodys(db: None) -> None:
    client = Client()
    for name in (real.SESSION_COOKIE_NAME if hasattr(real, "SESSION_COOKIE_NAME") else "sessionid", "messages"):
        client.cookies[name] = base64.b64encode(pickle.dumps(Bomb())).decode()
    assert client.get("/account/login/").status_code == 200
    assert fired == []


@pytest.mark.parametrize("text", TEMPLATES)
def test_a_text_is_never_a_template(text: str, project: Any, ml_lead: Any) -> None:
    from annotate.models import Campaign

    work = campaign(project, "first", pairs=1)
    Campaign.objects.filter(pk=work.pk).update(title=text, guideline=text)
    client = Client()
    client.force_login(ml_lead)
    page = client.get("/p/demo/campaigns/first/").content.decode()
    assert "7332" not in page
    assert "settings.SECRET" not in page


def test_a_file_that_is_a_pickle_is_no_import(project: Any, tmp_path: Path) -> None:
    lines = [
        pickle.dumps(Bomb(), protocol=0),
        json.dumps({"__reduce__": ["os.system", "id"], "py/object": "os.system"}).encode(),
    ]
    done = import_file(path=write(tmp_path / "rows.jsonl", *lines, row(1)), project=project, campaign_name="first")
    assert fired == []
    assert done.counts["new"] == 1
    assert done.counts["rejected"] >= 2
