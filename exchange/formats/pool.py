"""Rows of a pool: a prompt with two or more responses, each with its scores and gold labels. See docs/formats.md."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from core.catalog.pools import SIGNAL_KEY
from exchange.fields import object_with, shown, text, typed
from exchange.formats.plumbline import LABEL_KEYS, answers_of, prompt_of, response_of
from exchange.rows import PoolRow, RowFault, Sample

_REQUIRED = ("prompt", "responses")
_OPTIONAL = ("system", "family", "variant", "premise", "domain", "memory", "id")
_KEYS = (*_REQUIRED, *_OPTIONAL)
_BESIDE = ("scores", "labels")
# The response is the whole subject of its labels.
_SLOT = 0


class PoolLines:
    """The reader of Plumbline's rows of a pool."""

    name = "pool"
    label = "Plumbline JSON Lines, a pool"
    container = "lines"
    repeats = False

    def recognises(self, line: Mapping[str, Any]) -> bool:
        return "responses" in line or "prompt" in line

    def parse(self, line: Any) -> PoolRow:
        """The row of one parsed line. Raises RowFault."""
        given = object_with(line, "", required=_REQUIRED, optional=_OPTIONAL)
        listed = typed(given["responses"], list, "responses")
        if len(listed) < 2:
            raise RowFault("one_response", f"responses has {len(listed)}; a pool needs two or more to each prompt.")
        samples = tuple(_sample(one, f"responses[{n}]") for n, one in enumerate(listed))
        _refuse_gaps(samples)
        return PoolRow(
            prompt=prompt_of(given),
            samples=samples,
            external_id=text(given["id"], "id", longest=200) if "id" in given else None,
        )


class PoolParquet(PoolLines):
    """The reader of the same rows as a Parquet file nests them."""

    name = "pool-parquet"
    label = "Parquet, a pool"
    container = "parquet"

    def header_fault(self, names: Sequence[str]) -> str | None:
        """Why a table with these columns cannot be taken; None if it can."""
        unknown = [name for name in names if name not in _KEYS]
        if unknown:
            return f"the column {shown(unknown[0])} is unknown; the columns of a pool are {', '.join(_KEYS)}."
        missing = [name for name in _REQUIRED if name not in names]
        return f"the column {missing[0]!r} is missing; {', '.join(_REQUIRED)} are needed." if missing else None


def _sample(value: Any, where: str) -> Sample:
    given = object_with(value, where, required=("bundle", "content"), optional=_BESIDE)
    return Sample(
        response=response_of({key: held for key, held in given.items() if key not in _BESIDE}, where),
        scores=_scores(given.get("scores", {}), f"{where}.scores"),
        labels=_labels(given.get("labels", {}), f"{where}.labels"),
    )


def _scores(value: Any, where: str) -> dict[str, float]:
    scores = {}
    for signal, score in typed(value, dict, where).items():
        if not SIGNAL_KEY.fullmatch(signal):
            raise RowFault(
                "signal",
                f"{where} names the signal {shown(signal)}; use up to 60 lower-case letters, digits, hyphens and "
                "underscores, with a letter or digit first and last.",
            )
        if score is not None:
            scores[signal] = _score(score, f"{where}.{signal}")
    return scores


def _score(value: Any, where: str) -> float:
    if type(value) not in (int, float):
        typed(value, float, where)
    try:
        score = float(value)
    except OverflowError:
        score = math.inf
    if not math.isfinite(score):
        raise RowFault("score", f"{where} is too large for a number; a score must be finite.")
    return score


def _labels(value: Any, where: str) -> Any:
    given = object_with(value, where, required=(), optional=LABEL_KEYS)
    return tuple(answers_of({key: held for key, held in given.items() if held is not None}, _SLOT, where))


def _refuse_gaps(samples: Sequence[Sample]) -> None:
    """A signal scores all responses of a row or none: what it rewards is the difference between them."""
    for n, sample in enumerate(samples):
        for signal in sample.scores:
            lacking = next((k for k, other in enumerate(samples) if signal not in other.scores), None)
            if lacking is not None:
                raise RowFault(
                    "scores",
                    f"responses[{lacking}].scores.{signal} is missing, and responses[{n}] has one; "
                    "score all responses of a prompt or none.",
                )
