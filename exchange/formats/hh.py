"""HH-RLHF: pairs of dialogues as strings, `chosen` and `rejected`, equal up to the assistant's last turn."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from core.catalog.adding import NewComparison
from core.catalog.parts import NewPrompt, NewResponse
from core.ledger.recording import Said
from exchange.fields import object_with, text
from exchange.rows import Row, RowFault, Vote

_TURN = re.compile(r"\n\n(Human|Assistant): ?")
_ROLES = {"Human": "user", "Assistant": "assistant"}
_BUNDLE = "hh"
_ACTOR = "hh"
# How much better the chosen one is was never recorded; one step is the least that says which.
_STRENGTH = 1


class HH:
    """The reader of HH-RLHF's rows."""

    name = "hh"
    label = "HH-RLHF (chosen and rejected dialogues)"
    container = "lines"
    repeats = False

    def recognises(self, line: Mapping[str, Any]) -> bool:
        return isinstance(line.get("chosen"), str) and isinstance(line.get("rejected"), str)

    def parse(self, line: Any) -> Row:
        """The row of one parsed line. Raises RowFault."""
        given = object_with(line, "", required=("chosen", "rejected"))
        before, chosen = _dialogue(given["chosen"], "chosen")
        before_other, rejected = _dialogue(given["rejected"], "rejected")
        if before != before_other:
            raise RowFault(
                "prompt_differs",
                f"chosen ({len(before)} messages) and rejected ({len(before_other)}) differ before their last answer, "
                "so they do not answer the same prompt.",
            )
        if not before or before[-1][0] != "user":
            raise RowFault("prompt_end", "the turn before the last answer must be the Human's.")
        if any(not words.strip() for _, words in before):
            raise RowFault("bad_text", "a turn before the last answer is empty.")
        chosen_first = _rank(chosen) <= _rank(rejected)
        first, second = (chosen, rejected) if chosen_first else (rejected, chosen)
        comparison = NewComparison(
            prompt=NewPrompt(messages=before),
            first=NewResponse(_BUNDLE, first),
            second=NewResponse(_BUNDLE, second),
        )
        preference = Said("overall", -_STRENGTH if chosen_first else _STRENGTH)
        return Row(comparison, votes=(Vote(_ACTOR, (preference,)),))


def _rank(words: str) -> bytes:
    # The order in which the two are stored must not tell which was chosen.
    return hashlib.sha256(words.encode()).digest()


def _dialogue(value: Any, where: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """The messages before the last answer, and the last answer."""
    pieces = _TURN.split(text(value, where))
    if pieces[0].strip() or len(pieces) < 3:
        raise RowFault("not_dialogue", f"{where} does not begin with a turn of the Human or the Assistant.")
    turns = [(_ROLES[who], words) for who, words in zip(pieces[1::2], pieces[2::2], strict=True)]
    *before, (last, answer) = turns
    if last != "assistant":
        raise RowFault("not_dialogue", f"{where} does not end with the Assistant's turn.")
    if not answer.strip():
        raise RowFault("empty_response", f"{where}: the last answer is empty.")
    return tuple(before), answer
