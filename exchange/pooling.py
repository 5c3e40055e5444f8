"""One batch of rows into a pool, with their scores and gold labels, in one transaction."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from uuid import UUID

import numpy as np
from django.db import transaction

from core.accounts.models import Project, User
from core.catalog.models import Pool
from core.catalog.pools import NewPoolRow, Pooled, add_to_pool, get_or_create_pool, scores_by_prompt
from core.ledger import rubrics
from core.ledger.actors import gold_actor
from core.ledger.bulk import Spoken, record_many, stored_answers
from core.ledger.models import Judgment
from core.ledger.recording import Said, Subject, Utterance
from core.tables.statistics import look_again
from exchange.landing import Landed
from exchange.models import Import
from exchange.rows import PoolRow, RowFault
from stats.spreads import FACTOR, Array, out_of_scale, spreads, typical

_SOURCE = Judgment.Source.IMPORT.value
# As many of a pool's responses tell the scale of its signals.
_LOOKED_AT = 8000
# What whoever reads the pool joins.
_READ = ("catalog_prompt", "catalog_response", "catalog_poolresponse", "catalog_score")


class PoolDestination:
    """Where rows of a pool land: a pool of a project, made when the first row lands."""

    counted = ("rows", "new", "known", "rejected", "responses", "scores", "labels_new", "labels_known")

    def __init__(self, project: Project, pool_name: str, who: User | None) -> None:
        self.project = project
        self.pool_name = pool_name
        self._who = who
        self._usual: dict[str, float] | None = None

    def pool(self) -> Pool:
        return get_or_create_pool(project=self.project, name=self.pool_name, who=self._who)

    @property
    def called(self) -> dict[str, str]:
        """What it is and what it is called, for the audit trail."""
        return {"pool": self.pool_name}

    def stamp(self, record: Import, *, landed: bool) -> None:
        """Say on the record where its rows went; `landed`: some did."""
        record.pool = self.pool() if landed else None
        record.pool_name = self.pool_name

    @cached_property
    def rubric(self) -> UUID:
        return rubrics.default_version(self.project).pk

    def land(self, rows: Sequence[PoolRow]) -> Landed:
        """Add these rows with their scores and labels: each wholly or, with a fault, not at all.

        Raises core.catalog.pools.BadPoolName.
        """
        if not rows:
            return Landed()
        with transaction.atomic():
            pool = self.pool()
            faults = self._other_scales(pool, rows)
            while True:
                landed = Landed(faults=dict(faults))
                if self._land(pool, rows, landed):
                    transaction.on_commit(lambda: look_again(*_READ))
                    return landed
                # What contradicts a label could be seen only when its response was there; now that is taken back.
                faults = landed.faults

    def _land(self, pool: Pool, rows: Sequence[PoolRow], landed: Landed) -> bool:
        """Try to add the rows that have no fault; False, and nothing was added, if labels of some contradict."""
        with transaction.atomic():
            trying = [n for n in range(len(rows)) if n not in landed.faults]
            pooled = dict(zip(trying, add_to_pool(pool=pool, rows=[_new(rows[n]) for n in trying]), strict=True))
            landed.faults.update({n: _refusal(rows[n], one) for n, one in pooled.items() if one.refused})
            kept = {n: one for n, one in pooled.items() if not one.refused}
            contrary = self._label(rows, kept, landed)
            if contrary:
                transaction.set_rollback(True)
                landed.faults = {**landed.faults, **contrary}
                return False
        for one in kept.values():
            landed.counts["new" if one.new else "known"] += 1
            landed.counts["responses"] += len(one.responses) if one.new else 0
            landed.counts["scores"] += one.scores
        return True

    def _label(self, rows: Sequence[PoolRow], kept: Mapping[int, Pooled], landed: Landed) -> dict[int, RowFault]:
        """Record the labels that are new; where some contradict, record none and return the faults of their rows."""
        labels = {
            f"gold:{pk}": (n, place, pk, sample.labels)
            for n, one in kept.items()
            for place, (pk, sample) in enumerate(zip(one.responses, rows[n].samples, strict=True))
            if sample.labels
        }
        said = stored_answers(project=self.project, source=_SOURCE, keys=labels)
        contrary = {
            n: _contradiction(place, said[key])
            for key, (n, place, _, given) in labels.items()
            if said.get(key, frozenset(given)) != frozenset(given)
        }
        if contrary:
            return contrary
        fresh = {key: (pk, given) for key, (_, _, pk, given) in labels.items() if key not in said}
        landed.counts["labels_known"] += len(labels) - len(fresh)
        landed.counts["labels_new"] += self._record(fresh)
        return {}

    def _record(self, labels: Mapping[str, tuple[UUID, tuple[Said, ...]]]) -> int:
        if not labels:
            return 0
        gold = gold_actor(self.project)
        return record_many(
            project=self.project,
            source=_SOURCE,
            rubric_version=self.rubric,
            spoken=[
                Spoken(gold, Utterance(submission_key=key, said=said, subject=Subject(response=pk)))
                for key, (pk, said) in labels.items()
            ],
        )

    def _other_scales(self, pool: Pool, rows: Sequence[PoolRow]) -> dict[int, RowFault]:
        """The rows with scores of another scale than the pool's, or than that of the first rows of a new signal."""
        if self._usual is None:
            stored = scores_by_prompt(pool, _LOOKED_AT)
            found = {signal: typical(spreads(scores)) for signal, scores in stored.items()}
            self._usual = {signal: usual for signal, usual in found.items() if usual is not None}
        faults: dict[int, RowFault] = {}
        for signal, (places, found_here) in _spreads(rows).items():
            usual = self._usual.get(signal, typical(found_here))
            if usual is None:
                continue
            self._usual[signal] = usual
            for at in np.flatnonzero(out_of_scale(found_here, usual)):
                faults.setdefault(places[at], _other_scale(signal, float(found_here[at]), usual))
        return faults


def _spreads(rows: Sequence[PoolRow]) -> dict[str, tuple[list[int], Array]]:
    """Of each signal the places of the rows that it scores, and how much it varies within each."""
    scored: dict[str, dict[int, list[float]]] = {}
    for n, row in enumerate(rows):
        for sample in row.samples:
            for signal, score in sample.scores.items():
                scored.setdefault(signal, {}).setdefault(n, []).append(score)
    return {signal: (list(of), spreads(list(of.values()))) for signal, of in scored.items()}


def _new(row: PoolRow) -> NewPoolRow:
    return NewPoolRow(
        row.prompt, tuple(sample.response for sample in row.samples), tuple(sample.scores for sample in row.samples)
    )


def _refusal(row: PoolRow, pooled: Pooled) -> RowFault:
    if pooled.contradicted is None:
        return RowFault(
            "duplicate_prompt",
            "the prompt is in the pool already with other responses; a pool has each prompt once. "
            "Give the row's responses a pool of their own.",
        )
    place, signal, stored = pooled.contradicted
    return RowFault(
        "score_conflict",
        f"responses[{place}].scores.{signal} is {row.samples[place].scores[signal]!r}, and the pool has {stored!r} "
        "there. Scores do not change; import other ones into a pool of their own.",
    )


def _contradiction(place: int, stored: frozenset[Said]) -> RowFault:
    there = ", ".join(sorted(f"{one.question}={one.value}" for one in stored))
    return RowFault(
        "label_conflict",
        f"responses[{place}].labels differ from those that were imported before ({there}), which stand.",
    )


def _other_scale(signal: str, spread: float, usual: float) -> RowFault:
    return RowFault(
        "score_scale",
        f"responses[*].scores.{signal} vary by {spread:.3g} (standard deviation) and elsewhere in the pool by "
        f"{usual:.3g}, {FACTOR:g} times less or more; bring all scores of a signal to one scale.",
    )
