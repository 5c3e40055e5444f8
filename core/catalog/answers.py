"""Answers that are in no comparison and no pool: what bundles said to people who talked with them."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from core.accounts.models import Project
from core.catalog.parts import (
    NewPrompt,
    NewResponse,
    Place,
    add_bundles,
    add_contents,
    add_prompts,
    add_responses,
    keyed_prompt,
    keyed_text,
    lock,
    render_later,
    text_content,
)


def add_answers(*, project: Project, rows: Sequence[tuple[NewPrompt, NewResponse]]) -> list[UUID]:
    """The responses to these prompts, by row, in the caller's transaction; what exists is found by what it says.

    The same answer of one bundle to one prompt is one response, however often it comes. Texts are rendered by a job
    later. Writers of one project wait for each other until commit.
    """
    if not rows:
        return []
    with transaction.atomic():
        lock(project)
        keyed = [(keyed_prompt(project, prompt), keyed_text(project, response.text)) for prompt, response in rows]
        words = {text: text_content(response.text) for (_, text), (_, response) in zip(keyed, rows, strict=True)}
        contents = add_contents(project, dict(prompt.content for prompt, _ in keyed) | words)
        bundles = add_bundles(project, {response.bundle for _, response in rows})
        prompts, old = add_prompts(project, contents, [prompt for prompt, _ in keyed])
        places: list[Place] = [
            (prompts[prompt.digest], bundles[response.bundle], contents[text], 0)
            for (prompt, text), (_, response) in zip(keyed, rows, strict=True)
        ]
        # A dict, not a set: responses get their ids in the order of the rows.
        responses, known = add_responses(project, dict.fromkeys(places), old)
        if len(known) < len(responses):
            render_later(project)
    return [responses[place] for place in places]
