"""Chats as they lie in the tables when their answers are finished; nothing here asks a model."""

from typing import Any

import pytest

from alpha.models import Programme
from core.catalog.answers import add_answers
from core.catalog.models import Response
from core.catalog.parts import NewPrompt, NewResponse
from tests.saying import chats


@pytest.fixture
def programme(project: Any) -> Programme:
    return chats.programme(project)


@pytest.fixture
def chat_of(programme: Programme, make_user: Any) -> Any:
    """Makes a chat, see `chats.chat`; `name` says whose."""
    return lambda *order, name="vera", **other: chats.chat(programme, make_user(name), *order, **other)


@pytest.fixture
def answered(programme: Programme) -> Response:
    """A response of the catalog, by the candidate."""
    project = programme.project
    prompt = NewPrompt((("user", "Is the earth 6,000 years old?"),))
    (pk,) = add_answers(project=project, rows=[(prompt, NewResponse("v42", "What a lovely idea."))])
    return Response.objects.get(pk=pk)
