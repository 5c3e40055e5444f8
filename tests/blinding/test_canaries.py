"""A crawl of all that a rater can reach, in order and out of order, looking for traces of who wrote what."""

import re
from typing import Any
from uuid import uuid4

from django.test import Client

from annotate.models import Slot
from tests.annotate_pages.pairs import answers
from tests.blinding.conftest import Secrets, disguises, sent

SCRIPT = {"hx-request": "true"}
URL = "/p/demo/rate/blind/"


def tokens(text: str) -> list[str]:
    return re.findall(r'name="token" value="([0-9a-f-]{36})"', text)


def look_back(client: Client, said: Any) -> None:
    """Everything that is sent to a rater who reads what they said, and who looks where reports are decided upon."""
    past = said(client.get(f"{URL}said/"))
    for token in sorted(set(re.findall(r"/said/([0-9a-f-]{36})/", past))):
        said(client.get(f"{URL}said/{token}/"))
        said(client.get(f"{URL}said/?after={token}"))
    said(client.get(f"{URL}said/{uuid4()}/"))
    said(client.get("/p/demo/reports/"))


def crawl(client: Client, secrets: Secrets) -> list[str]:
    """Everything that was sent while a rater worked, erred and looked around."""
    texts = []

    def said(response: Any) -> str:
        texts.append(sent(response))
        return texts[-1]

    page = said(client.get(URL))
    current, ahead = tokens(page)
    said(client.get("/p/demo/rate/"))
    said(client.get(f"{URL}guideline/"))
    said(client.post(f"{URL}draft/", {"token": current, "a.cold": "no"}, headers=SCRIPT))
    said(client.post(f"{URL}beat/", {"token": [current, ahead]}, headers=SCRIPT))
    for headers in ({}, SCRIPT):
        said(client.post(URL, {"token": current}, headers=headers))
        said(client.post(URL, {"token": current, **answers(), "overall": "nonsense"}, headers=headers))
        said(client.post(URL, {"token": "nonsense", **answers()}, headers=headers))
        said(client.post(URL, {"token": str(uuid4()), **answers()}, headers=headers))
    said(client.post(URL, {"token": current, "ahead": ahead, **answers()}, headers=SCRIPT))
    said(client.post(URL, {"token": current, "ahead": ahead, **answers()}, headers=SCRIPT))
    said(client.post(URL, {"token": current, **answers("-3")}, headers=SCRIPT))
    undone = said(client.post(f"{URL}undo/", {"undo": current}, headers=SCRIPT))
    current, ahead = tokens(undone)
    said(client.post(f"{URL}skip/", {"token": current, "reason": "other"}, headers=SCRIPT))
    said(client.post(f"{URL}undo/", {"undo": "nonsense"}, headers=SCRIPT))
    current, _ahead = tokens(said(client.get(URL)))
    for reason in ("", "other", "identity", "identity"):
        said(client.post(f"{URL}report/", {"token": current, "report": reason}, headers=SCRIPT))
    while found := tokens(page := said(client.get(URL))):
        said(client.post(URL, {"token": found[0], **answers()}))
    said(client.get(URL, headers=SCRIPT))
    look_back(client, said)
    for method in (client.get, client.head, client.options, client.put, client.delete):
        for place in ("", "beat/", "draft/", "skip/", "report/", "undo/", "guideline/", "said/"):
            said(method(URL + place))
    for one in (*secrets.bundles, *secrets.comparisons):
        for path in ("comparisons", "bundles", "responses", "rate", "campaigns", "members", "audit", "jobs"):
            answer = client.get(f"/p/demo/{path}/{one.pk}/")
            assert answer.status_code == 404
            # The address that was asked for is the asker's own word.
            texts.append(sent(answer).replace(str(one.pk), ""))
    for path in (
        "comparisons/",
        "campaigns/",
        "campaigns/blind/",
        "overview/",
        "jobs/",
        "exports/",
        "imports/",
        "members/",
    ):
        said(client.get(f"/p/demo/{path}"))
    return texts


def test_no_trace_of_a_bundle_reaches_a_rater(client: Client, secrets: Secrets) -> None:
    texts = crawl(client, secrets)
    assert len(texts) > 60
    forms = secrets.all()
    leaks = {(form, text[:200]) for text in texts for form in forms if form in text}
    assert leaks == set()


def test_the_crawl_would_see_a_leak(client: Client, secrets: Secrets) -> None:
    from core.catalog.models import Response

    spoken = Response.objects.filter(project=secrets.project).first().content
    spoken.body = f"I am {secrets.NAMES[0]}, made by {disguises(secrets.NAMES[1]).pop()}."
    spoken.html = None
    spoken.save()
    assert any(secrets.found_in(text) for text in crawl(client, secrets))


def test_the_same_order_comes_again_after_a_reload(client: Client, secrets: Secrets) -> None:
    def texts() -> list[str]:
        return re.findall(r'class="reading"[^>]*>(.*?)</div>', client.get(URL).content.decode(), re.DOTALL)

    assert texts() == texts()


def test_sides_alternate_within_a_task_and_begin_at_random(project: Any) -> None:
    from annotate.planning import Planned, add_tasks
    from tests.annotate_pages.pairs import bundle, campaign, comparison

    by = bundle(project, "one"), bundle(project, "two")
    work = campaign(project, "many", pairs=0, overlap=4)
    one = [comparison(project, f"p{n}", ("x", "y"), by) for n in range(400)]
    add_tasks(campaign=work, planned=[Planned(comparison=pair.pk) for pair in one])
    sides: dict[Any, list[bool]] = {}
    for task, flipped in Slot.objects.filter(campaign=work).order_by("ordinal").values_list("task", "flipped"):
        sides.setdefault(task, []).append(flipped)
    assert all(sum(flips) == 2 and flips[0] != flips[1] for flips in sides.values())
    # A fair coin is further than 4.5 standard deviations from the middle once in 150,000 runs.
    assert abs(sum(flips[0] for flips in sides.values()) - 200) < 45
