"""What is said in a simulation, in the ledger: with a key of its own, and marked as simulated."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from core.accounts.models import Project
from core.ledger.bulk import Spoken, record_many
from core.ledger.recording import Said, Subject, Utterance

_AT_ONCE = 5_000


class Pen:
    """Records one kind of what is said in one simulation; each judgment's key is `key` and its number."""

    def __init__(self, project: Project, simulation: str, kind: str, source: str, rubric: UUID) -> None:
        self._project, self._source, self._rubric = project, source, rubric
        self.key, self._number = f"simulate:{simulation}:{kind}:", 0

    def says(self, actor: UUID, subject: Subject, said: Iterable[Said], at: datetime, **context: Any) -> Spoken:
        """One judgment. `context` may name shown_first, solicited, memory, arm_key and segment_key."""
        self._number += 1
        shown_first = context.pop("shown_first", None)
        return Spoken(
            actor,
            Utterance(
                submission_key=f"{self.key}{self._number}",
                said=tuple(said),
                subject=subject,
                said_at=at,
                shown_first=shown_first,
                context={"simulated": True, **context},
            ),
        )

    def record(self, spoken: Sequence[Spoken]) -> int:
        """Write these in the caller's transaction; returns how many there are."""
        return sum(
            record_many(
                project=self._project,
                source=self._source,
                rubric_version=self._rubric,
                spoken=spoken[start : start + _AT_ONCE],
            )
            for start in range(0, len(spoken), _AT_ONCE)
        )
