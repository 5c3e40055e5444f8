"""Cross-site scripting: what comes in by an address or a file never goes out as a page.

What people and models write is followed into a real browser by `tests/browser/test_hostile_text.py`, and into the
renderer by `tests/text/test_rendering.py`.
"""

from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from exchange import uploads
from exchange.models import Import
from tests.access.conftest import World
from tests.access.expected import ROUTES
from tests.access.test_matrix import address
from tests.security.hostile import FIELDS

MARK = "<svg/onload=alert(7331)>"
NAMES = ("next", "family", "bundle", "label", "source", "campaign", "after", "page", "n", "q", "error", "message")


def test_no_page_says_back_what_its_address_brings(world: World) -> None:
    query = "&".join(f"{name}={quote(MARK)}" for name in NAMES)
    said = []
    for actor in ("anonymous", "rater", "owner"):
        client = world.client(actor)
        for name in ROUTES:
            answer = client.get(f"{address(world, name)}?{query}")
            body = b"" if answer.streaming else answer.content
            if MARK.encode() in body or MARK.lower() in str(answer.headers).lower():
                said.append(f"{name} by {actor}")
            assert answer.status_code < 500, name
    assert said == []


@pytest.mark.parametrize(
    "where", ["javascript:alert(1)", "//evil.example", "https://evil.example", "/\\evil.example", "/%5Cevil.example/"]
)
def test_signing_in_leads_to_this_site_only(where: str, owner: Any) -> None:
    owner.set_password("plumb-weights-hang-9")
    owner.save()
    answer = Client().post(
        f"/account/login/?next={quote(where)}",
        {"login": owner.email, "password": "plumb-weights-hang-9", "next": where},
    )
    assert answer.status_code == 302
    assert not answer.url.startswith(("javascript:", "//", "http", "/\\"))


@pytest.mark.parametrize(
    "name", ["page.html", "picture.svg", "x.xml", "page.html\r\nSet-Cookie: a=b", "../../x.html", 'a";x=".html']
)
def test_a_file_that_was_uploaded_is_never_shown_as_a_page(name: str, project: Any, ml_lead: Any) -> None:
    client = Client()
    client.force_login(ml_lead)
    file = SimpleUploadedFile("rows.jsonl", b"<script>alert(1)</script>\n")
    record = uploads.store(project=project, who=ml_lead, file=file, campaign_name="first", format="auto")
    Import.objects.filter(pk=record.pk).update(file_name=name)
    uploads.rejected_path_of(record).write_text("<script>alert(1)</script>\n")
    answer = client.get(f"/p/demo/imports/{record.pk}/rejected/")
    b"".join(answer.streaming_content)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "\n" not in answer.headers["Content-Disposition"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    page = client.get(f"/p/demo/imports/{record.pk}/").content.decode()
    assert "<script>alert" not in page


def test_no_file_of_a_person_has_an_address_that_shows_it(client: Client) -> None:
    from django.conf import settings

    assert not settings.MEDIA_URL.strip("/")
    for path in ("/media/x.html", "/uploads/x.html", "/exports/x.html", "/static/uploads/x.html"):
        assert client.get(path).status_code == 404


def test_an_error_in_a_form_repeats_what_was_sent_as_words(world: World) -> None:
    # Some of the words need no escaping; those that do must have got it.
    for text in [one for one in FIELDS[:20] if "<" in one]:
        answer = world.client("owner").post("/p/demo/members/", {"email": text, "role": text})
        assert text not in answer.content.decode()
        answer = world.client("ml_lead").post("/p/demo/campaigns/new/", {"name": text, "title": text, "overlap": text})
        assert answer.status_code == 422
        assert text not in answer.content.decode()
