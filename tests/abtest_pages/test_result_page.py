"""The pages of experiments: the verdict first, liked next to right, guardrails, and what is done about it."""

from typing import Any

import pytest
from django.test import Client

from tests.abtest_pages import worlds


@pytest.fixture
def lead(client: Client, ml_lead: Any) -> Client:
    client.force_login(ml_lead)
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_project_without_experiments_is_told_what_one_is(lead: Client, project: Any) -> None:
    shown = text(lead.get("/p/demo/experiments/"))
    assert "No experiment yet" in shown
    assert "/p/demo/experiments/new/" in shown


def test_the_list_names_what_needs_a_look_and_says_each_verdict(lead: Client, project: Any) -> None:
    worlds.held(project)
    worlds.draft(project, "next", name="Next one")
    shown = text(lead.get("/p/demo/experiments/"))
    assert "over its limit: sycophancy" in shown
    assert worlds.LINE in shown
    assert "A draft, ready to start." in shown


def test_the_first_line_says_that_it_is_liked_and_over_its_ceiling(lead: Client, project: Any) -> None:
    worlds.held(project)
    shown = text(lead.get("/p/demo/experiments/april-v42/"))
    assert f'<p class="verdict" dir="auto">{worlds.LINE}</p>' in shown
    assert shown.index('class="verdict"') < shown.index('id="picture-liked-next-to-right"') < shown.index("guardrails")
    assert "its sign changes" in shown
    assert "The ramp is held" in shown
    assert "−1.1 (−2.5 to +0.3) points" in shown, "a fall of correctness is shown as a fall"


def test_each_part_comes_by_itself_and_all_of_them_on_one_page(lead: Client, project: Any) -> None:
    worlds.held(project)
    whole = text(lead.get("/p/demo/experiments/april-v42/?open=all"))
    for key in ("metrics", "over-time", "split", "slices", "memory", "leaving", "labelled", "plan", "steps", "origin"):
        part = lead.get(f"/p/demo/experiments/april-v42/?part={key}", headers={"hx-request": "true"})
        assert part.status_code == 200, key
        assert text(part) in whole, key
    assert lead.get("/p/demo/experiments/april-v42/?part=no", headers={"hx-request": "true"}).status_code == 404
