"""The words of a turn that was chosen to be labelled: a conversation whose last message is the answer."""

import re
from dataclasses import dataclass
from typing import Any

from abtest.ingest.faults import Refused
from core.catalog.content import Messages

MOST_MESSAGES = 1_000
_ROLES = ("system", "user", "assistant")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said up to the answer, and the answer."""

    prompt: Messages
    answer: str


def talk_of(value: Any) -> Talk:
    """The conversation of an event's `messages`. Raises Refused."""
    if type(value) is not list:
        raise Refused("wrong_type", "messages must be a list.")
    if len(value) > MOST_MESSAGES:
        raise Refused("messages", f"messages has {len(value)}; at most {MOST_MESSAGES} are taken.")
    said = [_message(one, n) for n, one in enumerate(value)]
    if any(role == "system" for role, _ in said[1:]):
        raise Refused("messages", "a system message can only stand first.")
    if [role for role, _ in said[-2:]] != ["user", "assistant"]:
        raise Refused("messages", "messages must end with the user and then the assistant's answer.")
    return Talk(tuple(said[:-1]), said[-1][1])


def _message(value: Any, n: int) -> tuple[str, str]:
    if type(value) is not dict or value.keys() != {"role", "content"}:
        raise Refused("messages", f"messages[{n}] must have role and content, and nothing else.")
    role, content = value["role"], value["content"]
    if role not in _ROLES:
        raise Refused("messages", f"messages[{n}].role must be one of {', '.join(_ROLES)}.")
    if type(content) is not str or not content.strip() or _UNSTORABLE.search(content):
        raise Refused("messages", f"messages[{n}].content must be a text with words, without NUL or half surrogates.")
    return role, content
