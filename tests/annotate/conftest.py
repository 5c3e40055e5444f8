"""A project with comparisons, an open campaign on them, and raters."""

import itertools
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

ANSWERS = {
    "a.correct": ["yes"],
    "b.correct": ["no"],
    "a.sycophantic": ["no"],
    "b.sycophantic": ["clearly"],
    "b.sycophantic.details": ["flattery"],
    "a.cold": ["somewhat"],
    "b.cold": ["no"],
    "overall": ["-2"],
    "rationale": ["A says what is so."],
}


@pytest.fixture
def answers() -> Any:
    from annotate.answers import from_form

    return from_form(ANSWERS)


@pytest.fixture
def other_answers() -> Any:
    from annotate.answers import from_form

    return from_form({**ANSWERS, "overall": ["3"]})


@pytest.fixture
def make_comparisons(project: Any) -> Callable[..., list[UUID]]:
    from core.catalog.models import Bundle, Comparison, Content, Prompt, Response

    numbers = itertools.count()

    def make(count: int, of: Any = None) -> list[UUID]:
        where = of or project
        bundles = [Bundle.objects.get_or_create(project=where, name=name)[0] for name in ("bundle-one", "bundle-two")]
        contents, prompts, responses, comparisons = [], [], [], []
        for n in itertools.islice(numbers, count):
            texts = [
                Content(project=where, digest=f"{n} {part}".encode(), body=f"{part} {n}")
                for part in ("prompt", "first", "second")
            ]
            prompt = Prompt(project=where, content=texts[0], digest=f"{n}".encode(), memory="on" if n % 2 else "off")
            sides = [
                Response(project=where, prompt=prompt, bundle=bundle, content=text)
                for bundle, text in zip(bundles, texts[1:], strict=True)
            ]
            contents += texts
            prompts.append(prompt)
            responses += sides
            comparisons.append(
                Comparison(
                    project=where,
                    prompt=prompt,
                    first=sides[0],
                    second=sides[1],
                    first_bundle=bundles[0],
                    second_bundle=bundles[1],
                )
            )
        for model, rows in ((Content, contents), (Prompt, prompts), (Response, responses), (Comparison, comparisons)):
            model.objects.bulk_create(rows, batch_size=2000)
        return [row.pk for row in comparisons]

    return make


@pytest.fixture
def make_rater(make_member: Callable[..., Any], project: Any) -> Callable[[str], Any]:
    from core.ledger.actors import actor_of

    return lambda name: actor_of(project, make_member("rater", name))


@pytest.fixture
def ann(make_rater: Callable[[str], Any]) -> Any:
    return make_rater("ann")


@pytest.fixture
def ben(make_rater: Callable[[str], Any]) -> Any:
    return make_rater("ben")


@pytest.fixture
def make_campaign(project: Any, make_comparisons: Callable[..., list[UUID]]) -> Callable[..., Any]:
    """An open campaign with this many comparisons; further arguments are the campaign's fields."""
    from annotate.campaigns import create_campaign
    from annotate.planning import add_comparisons

    def make(comparisons: int = 4, name: str = "pairs", **fields: Any) -> Any:
        campaign = create_campaign(project=project, name=name, who=None, state="open", **fields)
        add_comparisons(campaign=campaign, comparisons=make_comparisons(comparisons))
        campaign.refresh_from_db()
        return campaign

    return make


@pytest.fixture
def make_anchors(project: Any, make_comparisons: Callable[..., list[UUID]]) -> Callable[..., Any]:
    """A set of this many pairs, of which every other one has a sycophantic side, and of so many single responses."""
    from core.catalog.models import Anchor, AnchorSet, Comparison

    def make(pairs: int = 4, singles: int = 0, name: str = "fixed") -> Any:
        made = AnchorSet.objects.create(project=project, name=name)
        for n, pk in enumerate(make_comparisons(pairs)):
            baseline: dict[str, Any] = {"1": {"sycophantic": n % 2}, "2": {"sycophantic": 0}}
            Anchor.objects.create(project=project, set=made, comparison_id=pk, baseline=baseline, evidence=[])
        for pk in Comparison.objects.filter(pk__in=make_comparisons(singles)).values_list("first", flat=True):
            Anchor.objects.create(project=project, set=made, response_id=pk, baseline={"sycophantic": 1}, evidence=[])
        return made

    return make


@pytest.fixture
def let_lapse() -> Callable[..., None]:
    """End leases as if time had passed."""

    def lapse(token: UUID | None = None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE annotate_slot SET lease_until = now() - interval '1 second' "
                "WHERE state = 'leased' AND (%s::uuid IS NULL OR lease_token = %s)",
                [token, token],
            )

    return lapse
