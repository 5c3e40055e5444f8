"""Who wrote what may change; what a rater is sent may not."""

import re
from typing import Any

from django.test import Client

from core.catalog.models import Response
from tests.annotate_pages.pairs import answers
from tests.blinding.conftest import Secrets, sent

SCRIPT = {"hx-request": "true"}

CHANGING = (
    (re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"), "TOKEN"),
    (re.compile(r'(csrfmiddlewaretoken" value="|x-csrftoken(?:&quot;|"|\'): ?(?:&quot;|"))\w{64}'), r"\1CSRF"),
    (re.compile(r"(csrftoken=)\w+"), r"\1COOKIE"),
    (re.compile(r"(sessionid=)\w+"), r"\1COOKIE"),
    (re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun), \d\d[ -]\w{3}[ -]\d{4} \d\d:\d\d:\d\d gmt"), "DATE"),
    (re.compile(r"\b\d\d:\d\d\b"), "CLOCK"),
    (re.compile(r"nonce-[\w+/=-]+"), "NONCE"),
)


def steady(text: str) -> str:
    """What was sent, without tokens, nonces and clocks."""
    for pattern, word in CHANGING:
        text = pattern.sub(word, text)
    return text


def walk(client: Client, name: str) -> list[str]:
    """All that a rater is sent while they rate everything in this campaign."""
    url = f"/p/demo/rate/{name}/"
    texts = [sent(client.get(url))]
    while found := re.findall(r'name="token" value="([0-9a-f-]{36})"', texts[-1]):
        ahead = found[1] if len(found) > 1 else ""
        texts.append(sent(client.post(f"{url}draft/", {"token": found[0], "a.cold": "no"}, headers=SCRIPT)))
        texts.append(sent(client.post(url, {"token": found[0]}, headers=SCRIPT)))
        texts.append(sent(client.post(url, {"token": found[0], "ahead": ahead, **answers()}, headers=SCRIPT)))
        texts.append(sent(client.get(url)))
    return [steady(text) for text in texts]


def same_work(campaign: Any) -> None:
    """The campaign as if nobody had rated in it, with the same slots in the same order and with the same sides."""
    from annotate.models import Attempt, Draft, PayRow, Seat, Slot

    Slot.objects.filter(campaign=campaign).update(
        state="open", holder=None, lease_token=None, lease_until=None, leased_at=None, judgment=None
    )
    Attempt.objects.filter(campaign=campaign).delete()
    Seat.objects.filter(campaign=campaign).delete()
    Draft.objects.filter(task__campaign=campaign).delete()
    assert not PayRow.objects.filter(campaign=campaign, amount__gt=0).exists()


def test_exchanging_the_bundles_changes_no_byte(client: Client, secrets: Secrets, make_member: Any) -> None:
    before = walk(client, "blind")
    assert len(before) > 20
    same_work(secrets.campaign)
    one, two = (bundle.pk for bundle in secrets.bundles)
    for response in Response.objects.filter(project=secrets.project):
        response.bundle_id = two if response.bundle_id == one else one
        response.save()
    after = walk(client, "blind")
    assert [text for text in before if text not in after] == []
    assert before == after


def test_a_walk_sees_a_difference_in_what_is_shown(client: Client, secrets: Secrets) -> None:
    before = walk(client, "blind")
    same_work(secrets.campaign)
    spoken = Response.objects.filter(project=secrets.project).first().content
    spoken.body, spoken.html = f"{spoken.body} Indeed.", None
    spoken.save()
    assert walk(client, "blind") != before


def test_equal_texts_of_different_bundles_make_answers_of_one_length(client: Client, project: Any) -> None:
    from annotate.planning import Planned, add_tasks
    from tests.annotate_pages.pairs import campaign, comparison

    secrets = Secrets(project, name="source", pairs=0)
    lengths = set()
    for n, by in enumerate((secrets.bundles, secrets.bundles[::-1])):
        work = campaign(project, f"equal-{n}", pairs=0)
        one = comparison(project, f"Which of the two, {n}?", ("The same words.", "The same words."), by)
        add_tasks(campaign=work, planned=[Planned(comparison=one.pk)])
        answer = client.get(f"/p/demo/rate/equal-{n}/")
        lengths.add((tuple(sorted(answer.headers)), len(answer.content)))
    assert len(lengths) == 1
