"""Answers in no comparison: found by what they say, and when the bundles behind them went live."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.catalog.answers import add_answers
from core.catalog.launches import note_go_live
from core.catalog.models import Bundle, Content, Prompt, Response
from core.catalog.parts import NewPrompt, NewResponse
from core.jobs.models import Job


def answer(n: int, bundle: str = "v1", **described: Any) -> tuple[NewPrompt, NewResponse]:
    return NewPrompt((("user", f"is it? {n}"),), **described), NewResponse(bundle, f"yes {n}")


def test_the_same_answer_is_one_response_however_often_it_comes(project: Any) -> None:
    first = add_answers(project=project, rows=[answer(1), answer(2), answer(1)])
    assert first[0] == first[2] != first[1]
    assert add_answers(project=project, rows=[answer(2), answer(1)]) == [first[1], first[0]]
    assert (Response.objects.count(), Prompt.objects.count(), Content.objects.count()) == (2, 2, 4)
    assert Job.objects.filter(kind="catalog.render").exists()


def test_another_bundle_or_another_description_is_another_response(project: Any) -> None:
    made = add_answers(project=project, rows=[answer(1), answer(1, "v2"), answer(1, memory="on", domain=("health",))])
    assert len(set(made)) == 3
    remembered = Response.objects.select_related("prompt", "bundle").get(pk=made[2])
    assert (remembered.prompt.memory, remembered.prompt.domain, remembered.bundle.name) == ("on", ["health"], "v1")


def test_no_answers_are_no_work(project: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert add_answers(project=project, rows=[]) == []


def test_a_go_live_says_when_and_how_much_and_cannot_be_more_than_all(project: Any) -> None:
    add_answers(project=project, rows=[answer(1)])
    bundle, at = Bundle.objects.get(name="v1").pk, datetime(2025, 4, 1, tzinfo=UTC)
    noted = note_go_live(project=project, bundle=bundle, at=at, share=0.5, source="by hand")
    assert (noted.bundle.name, noted.at, noted.share, noted.source) == ("v1", at, 0.5, "by hand")
    with pytest.raises(IntegrityError), transaction.atomic():
        note_go_live(project=project, bundle=bundle, at=at, share=1.5, source="by hand")
