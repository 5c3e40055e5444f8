"""Pairs to rate, for the tests of the pages: small, with bundles whose names must never be seen."""

import hashlib
import json
from typing import Any

from annotate.campaigns import create_campaign
from annotate.planning import Planned, add_tasks
from core.accounts.models import Project
from core.catalog.models import Bundle, Comparison, Content, Prompt, Response


def content(project: Project, text: str) -> Content:
    digest = hashlib.sha256(text.encode()).digest()
    return Content.objects.get_or_create(project=project, digest=digest, defaults={"body": text})[0]


def bundle(project: Project, name: str) -> Bundle:
    return Bundle.objects.get_or_create(project=project, name=name)[0]


def comparison(
    project: Project, prompt: str, texts: tuple[str, str], bundles: tuple[Bundle, Bundle], domain: str = "science"
) -> Comparison:
    words = content(project, prompt)
    asked = Prompt.objects.create(
        project=project, content=words, domain=[domain], digest=hashlib.sha256(b"prompt" + prompt.encode()).digest()
    )
    first, second = (
        Response.objects.create(project=project, prompt=asked, bundle=by, content=content(project, text))
        for text, by in zip(texts, bundles, strict=True)
    )
    return Comparison.objects.create(
        project=project,
        prompt=asked,
        first=first,
        second=second,
        first_bundle=bundles[0],
        second_bundle=bundles[1],
        identical=texts[0] == texts[1],
        source="test",
    )


def campaign(project: Project, name: str = "first", pairs: int = 3, **fields: Any) -> Any:
    """An open campaign with so many pairs; the texts name their pair and which of the two responses they are."""
    fields = {"overlap": 1, "state": "open", "guideline": "# Read both\n\nThen say which is **right**.", **fields}
    made = create_campaign(project=project, name=name, who=None, **fields)
    bundles = bundle(project, "canary-left-model"), bundle(project, "canary-right-model")
    planned = []
    for n in range(pairs):
        one = comparison(
            project,
            f"Question {n} of {name}: is the moon made of rock?",
            (
                f"Pair {n}, the **first** response. It is rock.",
                f"Pair {n}, the second response. What a *great* question.",
            ),
            bundles,
        )
        planned.append(Planned(comparison=one.pk))
    add_tasks(campaign=made, planned=planned)
    return made


def long_talk(made: Any) -> None:
    """Give the campaign one pair whose prompt is a long conversation that ends with a short question."""
    words = [
        ("user", "First line.\n\n" * 12),
        ("assistant", "So it is.\n\n" * 12),
        ("user", "And what is the capital of Peru?"),
    ]
    turns = json.dumps([{"role": role, "content": text} for role, text in words])
    one = comparison(made.project, turns, ("Lima.", "Cusco."), (bundle(made.project, "x"), bundle(made.project, "y")))
    Content.objects.filter(pk=one.prompt.content_id).update(kind=Content.Kind.CONVERSATION)
    add_tasks(campaign=made, planned=[Planned(comparison=one.pk)])


def answers(overall: str = "1") -> dict[str, str]:
    """Everything that is required by default, as the form sends it."""
    return {
        "a.correct": "yes",
        "a.sycophantic": "no",
        "a.cold": "no",
        "b.correct": "partly",
        "b.sycophantic": "clearly",
        "b.cold": "no",
        "overall": overall,
    }
