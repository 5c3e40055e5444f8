"""Words become HTML once, and stay erased."""

from typing import Any

import pytest

from core.catalog import content, tasks
from core.catalog.adding import NewComparison, add_comparisons
from core.catalog.content import html_of, render_waiting
from core.catalog.models import Content
from core.catalog.parts import NewPrompt, NewResponse
from core.jobs.models import Job
from core.jobs.running import run


@pytest.fixture
def texts(project: Any) -> list[Content]:
    prompt = NewPrompt((("system", "Be *kind*."), ("user", "Is it?"), ("assistant", "<b>Yes</b>"), ("user", "Sure?")))
    row = NewComparison(prompt, NewResponse("a", "**Yes.**"), NewResponse("b", "No."))
    add_comparisons(project=project, rows=[row], source="t")
    return list(Content.objects.order_by("kind", "body"))


def test_a_text_is_rendered_once_and_kept(texts: list[Content], monkeypatch: pytest.MonkeyPatch) -> None:
    first = html_of(texts)
    assert first[Content.objects.get(body="**Yes.**").pk] == "<p><strong>Yes.</strong></p>\n"
    assert not Content.objects.filter(html=None).exists()
    monkeypatch.setattr(content, "render", None)
    assert html_of(Content.objects.all()) == first


def test_a_conversation_is_a_list_of_turns_with_roles(texts: list[Content]) -> None:
    html = html_of(texts)[Content.objects.get(kind="conversation").pk]
    assert html.count("<li ") == 4
    assert [role in html for role in ("System", "User", "Assistant")] == [True] * 3
    assert "turn--assistant" in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_a_single_question_is_a_text(project: Any) -> None:
    assert (
        content.render_content("conversation", content.body_of((("user", "*Is* it?"),))) == "<p><em>Is</em> it?</p>\n"
    )


def test_an_older_rendering_is_made_anew(texts: list[Content], monkeypatch: pytest.MonkeyPatch) -> None:
    html_of(texts)
    monkeypatch.setattr(content, "RENDERER", content.RENDERER + 1)
    monkeypatch.setattr(content, "render", lambda body: "newer")
    assert set(html_of(Content.objects.filter(kind="text")).values()) == {"newer"}


def test_erased_words_stay_erased(texts: list[Content], project: Any) -> None:
    gone = Content.objects.get(body="No.")
    Content.objects.filter(pk=gone.pk).update(body=None, html=None)
    # `gone` was read before the erasure: what is rendered from it must not be stored.
    html_of([gone])
    gone.refresh_from_db()
    assert (gone.body, gone.html) == (None, None)
    assert "erased" in html_of([gone])[gone.pk]
    assert render_waiting(project, 10) == 2


def test_the_job_renders_what_waits(texts: list[Content], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "BATCH", 2)
    job = Job.objects.get(kind="catalog.render")
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"rendered": 3})
    assert not Content.objects.filter(html=None).exists()
