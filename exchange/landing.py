"""One batch of rows into the catalog, the ledger and a campaign, in one transaction."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db import transaction

from annotate.campaigns import get_or_create_campaign, named_in
from annotate.models import Campaign, GoldAnswer
from annotate.planning import add_comparisons as plan_comparisons
from core.accounts.models import Project, User
from core.catalog.adding import Added, add_comparisons
from core.ledger import rubrics
from core.ledger.actors import imported_actors
from core.ledger.bulk import Spoken, record_many, stored_answers
from core.ledger.models import Judgment
from core.ledger.recording import Said, Subject, Utterance
from exchange.models import Import
from exchange.rows import Row, RowFault, Vote

_SOURCE = Judgment.Source.IMPORT.value


@dataclass
class Landed:
    """What became of a batch: the faults of rows by their place in it, and counts of the rest."""

    faults: dict[int, RowFault] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Ballot:
    """A vote as it is to be recorded: in the comparison's own order, under its key."""

    actor: str
    key: str
    said: tuple[Said, ...]
    at: datetime | None


class Destination:
    """Where comparisons land: a campaign of a project, made when the first row lands."""

    counted = ("rows", "new", "known", "rejected", "identical", "votes_new", "votes_known", "gold", "tasks")

    def __init__(self, project: Project, campaign_name: str, who: User | None) -> None:
        self.project = project
        self.campaign_name = campaign_name
        self._who = who

    def campaign(self) -> Campaign:
        return get_or_create_campaign(project=self.project, name=self.campaign_name, who=self._who)

    @property
    def called(self) -> dict[str, str]:
        """What it is and what it is called, for the audit trail."""
        return {"campaign": self.campaign_name}

    def stamp(self, record: Import, *, landed: bool) -> None:
        """Say on the record where its rows went; `landed`: some did."""
        record.campaign = self.campaign() if landed else None
        record.campaign_name = self.campaign_name

    @cached_property
    def rubric(self) -> UUID:
        return rubrics.default_version(self.project).pk

    def land(self, rows: Sequence[Row]) -> Landed:
        """Add these rows with their votes, known answers and tasks: each wholly or, with a fault, not at all.

        Raises annotate.campaigns.BadName.
        """
        telling = self._telling(rows)
        blind = [n for n in range(len(rows)) if n not in telling]
        landed = self._land([rows[n] for n in blind])
        landed.faults = {**telling, **{blind[n]: fault for n, fault in landed.faults.items()}}
        return landed

    def _telling(self, rows: Sequence[Row]) -> dict[int, RowFault]:
        """The rows whose bundles raters of the campaign could tell apart, since its texts name one of them."""
        pairs = [(row.comparison.first.bundle, row.comparison.second.bundle) for row in rows]
        names = {name for pair in pairs for name in pair}
        named = named_in(project=self.project, name=self.campaign_name, bundles=names)
        return {
            n: RowFault("names_bundle", f"{named[name]} Or import into another campaign.")
            for n, pair in enumerate(pairs)
            for name in pair
            if name in named and pair[0] != pair[1]
        }

    def _land(self, rows: Sequence[Row]) -> Landed:
        landed = Landed()
        if not rows:
            return landed
        with transaction.atomic():
            campaign = self.campaign()
            added = add_comparisons(
                project=self.project, rows=[row.comparison for row in rows], source=self.campaign_name
            )
            for n, one in enumerate(added):
                if one.clash:
                    landed.faults[n] = _clash(rows[n])
            gold = self._gold(rows, added, landed)
            self._votes(rows, added, landed)
            kept = [n for n in range(len(rows)) if n not in landed.faults]
            golden = {pk: answer for n, (pk, answer) in gold.items() if n not in landed.faults}
            self._record_gold(golden)
            landed.counts["tasks"] = plan_comparisons(
                campaign=campaign, comparisons=[added[n].id for n in kept], gold=golden.keys()
            )
            _count(landed, rows, added, kept)
        return landed

    def _votes(self, rows: Sequence[Row], added: Sequence[Added], landed: Landed) -> None:
        ballots = {n: _ballots(rows[n].votes, added[n]) for n in range(len(rows)) if n not in landed.faults}
        old = [ballot.key for n, cast in ballots.items() if not added[n].new for ballot in cast]
        said = stored_answers(project=self.project, source=_SOURCE, keys=old)
        fresh: list[tuple[UUID, _Ballot]] = []
        for n, cast in ballots.items():
            differing = [
                v for v, one in enumerate(cast) if said.get(one.key, frozenset(one.said)) != frozenset(one.said)
            ]
            if differing:
                landed.faults[n] = _conflict(rows[n], differing[0])
                continue
            unsaid = [ballot for ballot in cast if ballot.key not in said]
            said.update({ballot.key: frozenset(ballot.said) for ballot in unsaid})
            fresh.extend((added[n].id, ballot) for ballot in unsaid)
            landed.counts["votes_known"] += len(cast) - len(unsaid)
        landed.counts["votes_new"] += self._record(fresh)

    def _record(self, fresh: Sequence[tuple[UUID, _Ballot]]) -> int:
        if not fresh:
            return 0
        actors = imported_actors(self.project, {ballot.actor for _, ballot in fresh})
        return record_many(
            project=self.project,
            source=_SOURCE,
            rubric_version=self.rubric,
            spoken=[
                Spoken(
                    actors[ballot.actor],
                    Utterance(
                        submission_key=ballot.key, said=ballot.said, subject=Subject(comparison=pk), said_at=ballot.at
                    ),
                )
                for pk, ballot in fresh
            ],
        )

    def _gold(self, rows: Sequence[Row], added: Sequence[Added], landed: Landed) -> dict[int, tuple[UUID, int]]:
        """The known answers by row, in the comparison's order; an answer that contradicts a stored one is a fault."""
        overall = rubrics.DEFAULT.question("overall")
        wanted: dict[int, tuple[UUID, int]] = {}
        for n, row in enumerate(rows):
            if row.gold is not None and n not in landed.faults:
                wanted[n] = added[n].id, rubrics.mirror(overall, row.gold) if added[n].mirrored else row.gold
        known = GoldAnswer.objects.filter(project=self.project, comparison__in=[pk for pk, _ in wanted.values()])
        stored: dict[UUID, object] = {
            pk: answers["overall"] for pk, answers in known.values_list("comparison", "answers")
        }
        for n, (pk, answer) in wanted.items():
            if stored.setdefault(pk, answer) != answer:
                landed.faults[n] = RowFault(
                    "gold_conflict",
                    f"this comparison has the known answer {stored[pk]} already and the row says {answer}; "
                    "change one of the two.",
                )
        return wanted

    def _record_gold(self, golden: Mapping[UUID, int]) -> None:
        GoldAnswer.objects.bulk_create(
            [
                GoldAnswer(
                    project=self.project, comparison_id=pk, answers={"overall": answer}, source=self.campaign_name
                )
                for pk, answer in golden.items()
            ],
            ignore_conflicts=True,
        )


def _ballots(votes: Sequence[Vote], added: Added) -> list[_Ballot]:
    """Votes under keys that are the same whenever and in whichever file they come.

    A vote is known by comparison, actor, time, and its place among the votes that share all three: one actor may
    vote repeatedly on one comparison.
    """
    places: Counter[tuple[str, str]] = Counter()
    ballots = []
    for vote in votes:
        at = vote.at.isoformat() if vote.at else ""
        place = places[vote.actor, at]
        places[vote.actor, at] += 1
        digest = hashlib.sha256("\x00".join((vote.actor, at, str(place))).encode()).hexdigest()[:32]
        said = _mirrored(vote.said) if added.mirrored else vote.said
        ballots.append(_Ballot(vote.actor, f"{added.id}:{digest}", said, vote.at))
    return ballots


def _mirrored(said: Sequence[Said]) -> tuple[Said, ...]:
    return tuple(
        Said(one.question, one.value, 3 - one.slot)
        if one.slot
        else Said(one.question, rubrics.mirror(rubrics.DEFAULT.question(one.question), one.value))
        for one in said
    )


def _clash(row: Row) -> RowFault:
    return RowFault(
        "id_conflict",
        f"the id {ascii(row.comparison.external_id)} belongs to a comparison with other texts in this project; "
        "give the row an id of its own.",
    )


def _conflict(row: Row, vote: int) -> RowFault:
    return RowFault(
        "vote_conflict",
        f"votes[{vote}] by {ascii(row.votes[vote].actor)} was imported before with other answers, which stand; "
        "give a later vote a time of its own (at).",
    )


def _count(landed: Landed, rows: Sequence[Row], added: Sequence[Added], kept: Sequence[int]) -> None:
    for n in kept:
        landed.counts["new" if added[n].new else "known"] += 1
        landed.counts["gold"] += rows[n].gold is not None
        if added[n].new:
            landed.counts["identical"] += rows[n].comparison.first.text == rows[n].comparison.second.text
