"""Bringing a file of comparisons in: a survey of the whole file first, then batch after batch, good rows only."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from annotate.campaigns import BadName
from core.accounts import audit
from core.accounts.models import Project, User
from core.catalog.pools import BadPoolName
from core.files.opening import FileFault, Limits
from exchange.formats.readers import AUTO
from exchange.landing import Destination
from exchange.models import Import
from exchange.pooling import PoolDestination
from exchange.reading import Line, Survey, read, survey
from exchange.rejects import Rejects
from exchange.rows import PoolRow, Row, RowFault
from exchange.seen import SeenIds

BATCH_ROWS = 2000
BATCH_BYTES = 16 << 20
FAULTS_SHOWN = 20

Progress = Callable[[int, int], None]
Target = Destination | PoolDestination


@dataclass(frozen=True, slots=True)
class Fault:
    """One rejected line, for people."""

    line: int
    code: str
    reason: str


@dataclass
class Outcome:
    """What an import did (or, after a dry run, would do)."""

    format: str
    digest: bytes
    counts: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    rejected: Path | None = None

    def summary(self) -> str:
        """The outcome in one sentence."""
        c = self.counts
        if "responses" in c:
            return (
                f"{c['rows']:,} row{'' if c['rows'] == 1 else 's'}: {c['new']:,} new prompts with {c['responses']:,} "
                f"responses, {c['known']:,} already there, {c['rejected']:,} rejected; {c['scores']:,} new scores, "
                f"{c['labels_new']:,} new labels."
            )
        votes = f"; {c['votes_new']:,} new votes, {c['votes_known']:,} already there" if _votes(c) else ""
        return (
            f"{c['rows']:,} row{'' if c['rows'] == 1 else 's'}: "
            f"{c['new']:,} new comparisons, {c['known']:,} already there, "
            f"{c['rejected']:,} rejected{votes}."
        )


def import_file(
    *,
    path: Path,
    project: Project,
    campaign_name: str = "",
    pool_name: str = "",
    format: str = AUTO,
    dry_run: bool = False,
    rejected: Path | None = None,
    who: User | None = None,
    record: Import | None = None,
    **options: Any,
) -> Outcome:
    """Import a file of comparisons with their votes into a campaign of the project, or one of prompts into a pool.

    One of the two is named, and made if need be.

    Each batch of rows is one transaction, and importing again changes nothing, so an import that was interrupted is
    finished by starting it again. Lines with faults are written to `rejected`, if one is named. With `dry_run`
    everything is done and then rolled back. `record` is the Import row of a page's upload; without one it is made.
    Options: `progress(done, total)` in lines, `limits`, `file_name` for the record. Raises FileFault: nothing landed.
    """
    progress: Progress = options.pop("progress", _silent)
    limits: Limits = options.pop("limits", Limits())
    name: str = options.pop("file_name", path.name)
    if options:
        raise TypeError(f"unknown options: {', '.join(options)}")
    if bool(campaign_name) == bool(pool_name):
        raise FileFault("Name either a campaign or a pool.")
    found = survey(path, format=format, pool=bool(pool_name), limits=limits, tick=lambda: progress(0, 0))
    destination = PoolDestination(project, pool_name, who) if pool_name else Destination(project, campaign_name, who)
    with transaction.atomic() if dry_run else nullcontext():
        with Rejects(rejected) as rejects:
            outcome = _land_all(read(path, found.reader, limits=limits), destination, rejects, found, progress)
        if dry_run:
            transaction.set_rollback(True)
        else:
            _note(destination, outcome, who, record or Import(project=project, file_name=name[:255], created_by=who))
    return outcome


def _land_all(
    lines: Iterable[Line], destination: Target, rejects: Rejects, found: Survey, progress: Progress
) -> Outcome:
    outcome = Outcome(format=found.reader.name, digest=found.digest)
    counts: Counter[str] = Counter()
    with closing(SeenIds()) as seen:
        for batch in _batches(lines):
            counts.update(_land(batch, destination, None if found.reader.repeats else seen, rejects, outcome))
            progress(batch[-1].number, found.lines)
    outcome.counts = {name: counts[name] for name in destination.counted}
    outcome.counts["rejected"] = rejects.count
    if rejects.count:
        outcome.rejected = rejects.path
    return outcome


def _land(
    batch: list[Line], destination: Target, seen: SeenIds | None, rejects: Rejects, outcome: Outcome
) -> Counter[str]:
    faults: dict[int, RowFault] = {}
    good: list[tuple[Line, Any]] = []
    for line in batch:
        fault = line.outcome if isinstance(line.outcome, RowFault) else _twice(line.outcome, line.number, seen)
        if fault is not None:
            faults[line.number] = fault
        else:
            good.append((line, line.outcome))
    try:
        landed = destination.land([row for _, row in good])
    except (BadName, BadPoolName) as error:
        raise FileFault(str(error)) from error
    faults.update({good[n][0].number: fault for n, fault in landed.faults.items()})
    for line in batch:
        if line.number in faults:
            rejects.add(line, faults[line.number])
            if len(outcome.faults) < FAULTS_SHOWN:
                fault = faults[line.number]
                outcome.faults.append(Fault(line.number, fault.code, fault.reason))
    landed.counts["rows"] = len(batch)
    return landed.counts


def _twice(row: Row | PoolRow, number: int, seen: SeenIds | None) -> RowFault | None:
    for one in row.once() if seen is not None else ():
        earlier = seen.earlier(one.key, number) if seen is not None else None
        if earlier is not None:
            return RowFault(one.code, f"{one.what} was on line {earlier} already; {one.advice}")
    return None


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line.raw)
        if len(batch) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _note(destination: Target, outcome: Outcome, who: User | None, record: Import) -> None:
    with transaction.atomic():
        destination.stamp(record, landed=outcome.counts["new"] + outcome.counts["known"] > 0)
        record.file_digest = outcome.digest
        record.format = outcome.format
        record.state = Import.State.DONE
        record.counts = {
            **outcome.counts,
            "faults": [[fault.line, fault.code, fault.reason] for fault in outcome.faults],
        }
        record.error = ""
        record.save()
        audit.record(
            project=destination.project,
            who=who,
            verb="pool.imported" if "pool" in destination.called else "comparisons.imported",
            object=record.file_name,
            data={"sha256": outcome.digest.hex(), **destination.called, **outcome.counts},
        )


def _votes(counts: dict[str, int]) -> int:
    return counts["votes_new"] + counts["votes_known"]


def _silent(done: int, total: int) -> None:
    return None
