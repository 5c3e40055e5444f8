"""Raters who label the turns of a simulated experiment that were chosen, some hours after their words came in."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from abtest.models import Experiment
from core.ledger import rubrics
from core.ledger.bulk import Spoken
from core.ledger.models import Judgment, LabelRequest, Turn
from core.ledger.recording import Said, Subject
from scenarios.simulations.feeding import Feed, Sent
from scenarios.simulations.people import Eye, cast
from scenarios.simulations.speaking import Pen

RATED_AFTER = timedelta(hours=20)
_IS_SO, _IS_NOT = 2, 0


class Panel:
    """The raters of one experiment: `hear` what came in, and `label` what is due."""

    def __init__(self, experiment: Experiment, feed: Feed, rng: np.random.Generator, eye: Eye) -> None:
        self._experiment, self._feed, self._rng, self._eye = experiment, feed, rng, eye
        self._raters = cast(experiment.project, users=0).raters
        rubric = rubrics.default_version(experiment.project).pk
        self._pen = Pen(experiment.project, experiment.key, "turn-label", Judgment.Source.RATING, rubric)
        self._due: deque[tuple[datetime, int]] = deque()
        self._heard: set[int] = set()

    def hear(self, batch: Sequence[Sent], hour: datetime) -> None:
        """Take note of the turns whose words came in this hour."""
        for one in batch:
            if one.body["kind"] == "turn" and one.turn not in self._heard:
                self._heard.add(one.turn)
                self._due.append((hour + RATED_AFTER, one.turn))

    def label(self, *, until: datetime | None) -> int:
        """Label what is due before `until`, all of it for None; returns how many turns."""
        due: list[tuple[datetime, int]] = []
        while self._due and (until is None or self._due[0][0] < until):
            due.append(self._due.popleft())
        if not due:
            return 0
        turns = self._turns([turn for _, turn in due])
        self._pen.record([self._says(turns[turn], turn, at) for at, turn in due])
        asked = LabelRequest.objects.filter(project=self._experiment.project, turn__in=turns.values())
        asked.update(state=LabelRequest.State.DONE)
        return len(due)

    def _turns(self, numbers: Sequence[int]) -> dict[int, UUID]:
        """The rows of these turns of the traffic."""
        places = {
            (self._feed.conversation(number), int(self._feed.traffic.place[number])): number for number in numbers
        }
        rows = Turn.objects.filter(
            project=self._experiment.project, conversation__in={conversation for conversation, _ in places}
        )
        return {
            places[conversation, n]: pk
            for pk, conversation, n in rows.values_list("pk", "conversation", "n")
            if (conversation, n) in places
        }

    def _says(self, turn: UUID, number: int, at: datetime) -> Spoken:
        traffic = self._feed.traffic
        degree = int(traffic.sycophantic[number])
        said = [
            Said("correct", _IS_SO if self._sees(bool(traffic.correct[number])) else _IS_NOT),
            Said("sycophantic", max(1, degree) if self._sees(degree > 0) else _IS_NOT),
            Said("cold", _IS_SO if self._sees(bool(traffic.cold[number])) else _IS_NOT),
        ]
        rater = self._raters[int(self._rng.integers(len(self._raters)))]
        return self._pen.says(rater, Subject(turn=turn), said, at)

    def _sees(self, there: bool) -> bool:
        return bool(self._rng.random() < (self._eye.sensitivity if there else 1 - self._eye.specificity))
