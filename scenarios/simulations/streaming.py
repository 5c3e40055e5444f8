"""A stream of thumbs in the ledger: conversations, thumbs on their turns, labels of raters and experts, go-lives."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np

from core.accounts.models import Project
from core.catalog.answers import add_answers
from core.catalog.launches import note_go_live
from core.catalog.models import Bundle
from core.ledger.bulk import Spoken
from core.ledger.models import Judgment, LabelRequest
from core.ledger.recording import Said, Subject
from core.ledger.turns import NewTurn, add_turns
from scenarios.simulations.people import Cast
from scenarios.simulations.speaking import Pen
from scenarios.simulations.streams import QUESTIONS, Stream
from scenarios.simulations.talking import DRAWS, Talk, words
from stats.thumbed import Small

# Said from May on, whenever it is simulated: the same seed gives the same ledger.
BEGIN, PER_DAY = datetime(2025, 5, 1, 8, tzinfo=UTC), 600
# Labels come in the order of the thumbs, so that the thumbs' own order is that in which their labels are ready.
RATED_AFTER, GOLD_AFTER = timedelta(hours=20), timedelta(hours=20, minutes=1)
_AT_ONCE = 2_000


class Writing:
    """Writes one stream in the caller's transaction, some events at a time, so that memory does not grow with it."""

    def __init__(
        self, project: Project, simulation: str, stream: Stream, people: Cast, rubric: UUID, rng: np.random.Generator
    ) -> None:
        self._project, self._simulation, self._stream, self._people = project, simulation, stream, people
        n = len(stream)
        self._draw = rng.integers(DRAWS, size=n)
        self._rater, self._expert = rng.integers(len(people.raters), size=n), rng.integers(len(people.experts), size=n)
        self._days = (np.arange(n) + rng.random(n)) / PER_DAY
        self._thumbs = Pen(project, simulation, "turn-thumb", Judgment.Source.LIVE, rubric)
        self._rated = Pen(project, simulation, "turn-label", Judgment.Source.RATING, rubric)
        self._gold = Pen(project, simulation, "turn-gold", Judgment.Source.RATING, rubric)

    def write(self) -> dict[str, int]:
        """Write all of it; returns how many turns, thumbs and labels there are."""
        counts = {"turns": 0, "thumbs": 0, "rater_labels": 0, "gold_labels": 0}
        for start in range(0, len(self._stream), _AT_ONCE):
            events = range(start, min(start + _AT_ONCE, len(self._stream)))
            turns = self._turns(events)
            golden = [t for t in events if self._stream.gold[t]]
            self._request(turns, golden)
            counts["turns"] += len(turns)
            counts["thumbs"] += self._thumbs.record([self._thumb(turns, t) for t in events])
            counts["rater_labels"] += self._rated.record([self._rating(turns, t) for t in events])
            counts["gold_labels"] += self._gold.record([self._expertise(turns, t) for t in golden])
        self._launch()
        return counts

    def said_at(self, t: int) -> datetime:
        """When the thumb of this event was given."""
        return BEGIN + timedelta(days=float(self._days[t]))

    def _turns(self, events: range) -> dict[int, UUID]:
        said = [words(self._talk(t), self._stream.bundle(t)) for t in events]
        responses = add_answers(project=self._project, rows=said)
        bundles = self._bundles()
        made = add_turns(
            project=self._project,
            turns=[
                self._turn(t, response, bundles[answer.bundle])
                for t, response, (_, answer) in zip(events, responses, said, strict=True)
            ],
        )
        return dict(zip(events, made, strict=True))

    def _turn(self, t: int, response: UUID, bundle: UUID) -> NewTurn:
        context = self._stream.context
        return NewTurn(
            conversation=f"simulate:{self._simulation}:{t + 1}",
            n=1,
            response=response,
            bundle=bundle,
            arm_key=str(context["arm"][t]),
            memory=str(context["memory"][t]),
            segment={"segment": str(context["segment"][t]), "locale": str(context["language"][t])},
            label_probability=1.0,
        )

    def _talk(self, t: int) -> Talk:
        stream = self._stream
        return Talk(
            language=str(stream.context["language"][t]),
            domain=str(stream.context["domain"][t]),
            memory=stream.context["memory"][t] == "on",
            sycophantic=int(stream.true["sycophantic"][t]),
            correct=bool(stream.true["correct"][t]),
            cold=bool(stream.true["cold"][t]),
            draw=int(self._draw[t]),
        )

    def _thumb(self, turns: Mapping[int, UUID], t: int) -> Spoken:
        context = self._stream.context
        return self._thumbs.says(
            self._people.users[int(self._stream.user[t])],
            Subject(turn=turns[t]),
            [Said("thumb", 1 if self._stream.up[t] else -1)],
            self.said_at(t),
            solicited=bool(self._stream.solicited[t]),
            memory=str(context["memory"][t]),
            arm_key=str(context["arm"][t]),
            segment_key=str(context["segment"][t]),
        )

    def _rating(self, turns: Mapping[int, UUID], t: int) -> Spoken:
        rater = self._people.raters[int(self._rater[t])]
        return self._rated.says(
            rater, Subject(turn=turns[t]), _labels(self._stream.seen, t), self.said_at(t) + RATED_AFTER
        )

    def _expertise(self, turns: Mapping[int, UUID], t: int) -> Spoken:
        expert = self._people.experts[int(self._expert[t])]
        return self._gold.says(
            expert, Subject(turn=turns[t]), _labels(self._stream.true, t), self.said_at(t) + GOLD_AFTER
        )

    def _request(self, turns: Mapping[int, UUID], golden: Sequence[int]) -> None:
        LabelRequest.objects.bulk_create(
            LabelRequest(
                project=self._project,
                turn_id=turns[t],
                rubric="default",
                because="Drawn at random, so that raters' labels can be corrected.",
                probability=self._stream.share,
                purpose="gold",
                state=LabelRequest.State.DONE,
                filed_by=f"simulate {self._simulation}",
            )
            for t in golden
        )

    def _bundles(self) -> dict[str, UUID]:
        names = {launch.bundle for launch in self._stream.launches}
        return dict(Bundle.objects.filter(project=self._project, name__in=names).values_list("name", "pk"))

    def _launch(self) -> None:
        bundles = self._bundles()
        for launch in self._stream.launches:
            note_go_live(
                project=self._project,
                bundle=bundles[launch.bundle],
                at=self.said_at(launch.event),
                share=1.0,
                source=f"simulate {self._simulation}",
            )


def _labels(said: Mapping[str, Small], t: int) -> list[Said]:
    return [Said(question, int(said[question][t])) for question in QUESTIONS]
