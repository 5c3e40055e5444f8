"""What an import file's line becomes, whichever format it was in, and what is said of a line that is none."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.catalog.adding import NewComparison
from core.catalog.parts import NewPrompt, NewResponse
from core.ledger.recording import Said


class RowFault(Exception):
    """One line cannot be taken. `code` is one of CODES; the reason says what, where in the line, and what to do."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        if code not in CODES:
            raise ValueError(f"{code!r} is not a code of a row fault")
        self.code = code
        self.reason = reason


CODES = {
    "too_long": "the line is longer than the limit",
    "utf8": "the line is not UTF-8",
    "json": "the line is not JSON, or nested too deeply",
    "csv": "the record is not CSV: a quote is missing or too many",
    "cells": "the record has more or fewer cells than the header",
    "duplicate_key": "an object has the same key twice",
    "not_object": "the line is JSON but not an object",
    "unknown_key": "a key that the format does not have",
    "missing_key": "a key that the format needs is not there",
    "wrong_type": "a value has another type than the format says",
    "bad_text": "a text holds what cannot be stored (NUL, half of a surrogate pair) or is too long or empty",
    "role": "a message has a role that is not allowed there",
    "prompt_end": "the prompt does not end with the user",
    "empty_response": "a response has no words",
    "one_response": "fewer than two responses",
    "pool": "more than two responses, or scores: a pool, which is imported as one and not into a campaign",
    "premise": "premise is not one of its values",
    "memory": "memory is not one of its values",
    "variant": "variant is not of the form it must have",
    "preference": "a preference is out of range",
    "label": "a label names a response, question or answer that does not exist",
    "signal": "a signal's key is not of the form it must have",
    "score": "a score is not a finite number",
    "scores": "a signal has scores for some of the row's responses and not for all",
    "score_scale": "a signal's scores vary 100 times as much as elsewhere in the pool, or as little",
    "time": "a time is not ISO 8601 with a zone",
    "duplicate_id": "the id was on an earlier line of this file",
    "duplicate_prompt": "the prompt was on an earlier line, or is in the pool with other responses",
    "id_conflict": "the id belongs to other texts in the project",
    "vote_conflict": "the vote was imported before with other answers",
    "score_conflict": "the pool has another score there",
    "label_conflict": "the response was imported before with other labels",
    "gold_conflict": "the comparison has another known answer already",
    "names_bundle": "the campaign's name, title or guideline names one of the row's bundles",
    "prompt_differs": "the two dialogues differ before their last answer",
    "not_dialogue": "the text is not a dialogue that ends with the assistant",
}


@dataclass(frozen=True, slots=True)
class Once:
    """What no two lines of a file may share: `what` it is and what to do, for the fault `code` of the second line."""

    key: str
    code: str
    what: str
    advice: str


@dataclass(frozen=True, slots=True)
class Vote:
    """What one named actor said of the row's comparison, in the order of the row's responses."""

    actor: str
    said: tuple[Said, ...]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison with what the file says of it; `gold` is the known answer to the overall question."""

    comparison: NewComparison
    votes: tuple[Vote, ...] = ()
    gold: int | None = None

    def once(self) -> Iterator[Once]:
        """What no other line of the file may share with this one."""
        if self.comparison.external_id is not None:
            yield _id(self.comparison.external_id)


@dataclass(frozen=True, slots=True)
class Sample:
    """One response of a pool with its scores, {signal: score}, and what gold labels say of it."""

    response: NewResponse
    scores: Mapping[str, float] = field(default_factory=dict)
    labels: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A prompt with its responses. `external_id` is only looked at for lines that are there twice."""

    prompt: NewPrompt
    samples: tuple[Sample, ...]
    external_id: str | None = None

    def once(self) -> Iterator[Once]:
        """What no other line of the file may share with this one."""
        if self.external_id is not None:
            yield _id(self.external_id)
        digest = hashlib.sha256(repr(self.prompt).encode()).hexdigest()
        yield Once(f"prompt {digest}", "duplicate_prompt", "the prompt", "put all of its responses on one line.")


def _id(name: str) -> Once:
    return Once(f"id {name}", "duplicate_id", f"the id {ascii(name)}", "give each line its own.")
