"""The first words of prompts, for lists."""

import json
import re
from collections.abc import Iterable
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Left, Length

from core.catalog.models import Content, Prompt
from core.text.plain import excerpt

_LENGTH = 160
# The whole of a long conversation stays in the database; of such a one the first words are shown.
WHOLE_BODY = 20_000
_MESSAGE = re.compile(r'"content"\s*:\s*"((?:[^"\\]|\\.)*)')


def first_words(prompts: Iterable[UUID]) -> dict[UUID, str]:
    """The first words of each prompt's last message, by the prompt's id; empty where they were erased."""
    found = Prompt.objects.filter(pk__in=list(prompts)).annotate(
        begun=Left(F("content__body"), WHOLE_BODY), length=Length("content__body"), kind=F("content__kind")
    )
    rows = found.values_list("pk", "begun", "length", "kind")
    return {pk: first_words_of(begun, length, kind) for pk, begun, length, kind in rows}


def first_words_of(begun: str | None, length: int, kind: str) -> str:
    """The first words of a content: how its body begins (None: erased), how long that is, and of which kind it is."""
    if begun is None:
        return ""
    if kind == Content.Kind.TEXT:
        return excerpt(begun, _LENGTH)
    if length <= WHOLE_BODY:
        return excerpt(json.loads(begun)[-1]["content"], _LENGTH)
    first = _MESSAGE.search(begun)
    return excerpt(json.loads(f'"{first[1]}"'), _LENGTH) if first else ""
