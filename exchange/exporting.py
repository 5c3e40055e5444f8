"""Writing a snapshot of the ledger: the cut first, then all rows of one moment, then the folder under its name."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from annotate.models import Campaign
from core.accounts import audit
from core.accounts.models import Project, User
from core.ledger.models import ExportCut
from core.version import code_version
from exchange.card import card
from exchange.formats.writers import WRITERS, Writer
from exchange.models import Snapshot
from exchange.selection import Selection
from exchange.shards import MADE_BY, MANIFEST, ExportFault, Folder, Shard, as_json, checksums, refuse_foreign

_FETCHED = 500
_REASONS = {
    "simulated_judgments": "{0:,} judgments are simulated (include them with --include-simulated)",
    "tie": "{0:,} are ties",
    "both_bad": "in {0:,} both responses are bad",
    "identical": "in {0:,} both texts are the same",
    "few_votes": "{0:,} have too few votes",
    "cannot_judge": "{0:,} could not be judged",
    "no_preference": "{0:,} have no preference",
    "erased": "{0:,} were erased",
}

Progress = Callable[[int], None]


def export(
    *,
    project: Project,
    format: str,
    selection: Selection,
    out: Path,
    campaign: Campaign | None = None,
    who: User | None = None,
    snapshot: Snapshot | None = None,
    progress: Progress = lambda rows: None,
) -> Snapshot:
    """Write what `selection` says in a format to the folder `out`; returns its Snapshot with the manifest.

    From before the first row is read, what is in the export can no longer be undone by its author. `snapshot` is the
    row a page has made; without one it is made. Must not be called within a transaction. Raises ExportFault: then
    `out` is as it was.
    """
    writer = WRITERS[format]
    refuse_foreign(out.resolve())
    snapshot = snapshot or Snapshot(project=project, created_by=who)
    snapshot.campaign, snapshot.format = campaign, format
    snapshot.options = selection.as_json(writer.options)
    cut = _take_cut(snapshot)
    try:
        with Folder(out) as folder:
            shards, dropped = _write(folder, writer, selection, cut, progress)
            manifest = _manifest(snapshot, cut, campaign, writer, shards, dropped)
            _finish(folder, writer, selection, manifest, shards)
            with transaction.atomic():
                _note(snapshot, manifest, who)
                folder.publish()
    except OSError as error:
        fault = ExportFault(f"{out}: cannot be written ({error.strerror or error}); nothing was exported.")
        _fail(snapshot, fault)
        raise fault from None
    except Exception as error:
        _fail(snapshot, error)
        raise
    return snapshot


def _take_cut(snapshot: Snapshot) -> ExportCut:
    with transaction.atomic():
        snapshot.save()
        cut = ExportCut.objects.create(project=snapshot.project, snapshot=snapshot.pk)
        cut.refresh_from_db()
        snapshot.cut = cut.taken_at
        snapshot.save(update_fields=["cut"])
    return cut


def _write(
    folder: Folder, writer: Writer, selection: Selection, cut: ExportCut, progress: Progress
) -> tuple[list[Shard], Counter[str]]:
    dropped: Counter[str] = Counter()

    def told(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for done, row in enumerate(rows, 1):
            yield row
            if done % _FETCHED == 0:
                progress(done)

    with _one_moment():
        dropped["simulated_judgments"] = _simulated_left_out(selection)
        query, parameters = writer.query(selection)
        # What was said after the cut can still be undone by its author, so it is not in here.
        records = _records(query, {**parameters, "cut": cut.taken_at})
        shards = folder.write_shards(told(writer.rows(records, selection, dropped)))
    if not shards:
        why = "; ".join(
            _REASONS[reason].format(count) for reason, count in dropped.items() if count and reason in _REASONS
        )
        raise ExportFault(f"There is nothing to export{': ' + why if why else ', as nothing was judged yet'}.")
    return shards, dropped


@contextmanager
def _one_moment() -> Iterator[None]:
    """All reads within see the ledger as it is at the first of them."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Inside a caller's transaction (a test's) something was read already, and the level can no longer be set.
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _records(query: str, parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    # A cursor on the server: the rows of a project need not fit into memory.
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, parameters)
        names = [column[0] for column in cursor.description]
        while chunk := cursor.fetchmany(_FETCHED):
            for values in chunk:
                yield dict(zip(names, values, strict=True))


def _simulated_left_out(selection: Selection) -> int:
    if selection.include_simulated:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM counted_judgment j WHERE j.project_id = %(project)s AND j.simulated "
            "AND (%(campaign)s::uuid IS NULL OR EXISTS (SELECT FROM annotate_task t WHERE t.campaign_id = %(campaign)s "
            "AND (t.comparison_id = j.comparison_id OR t.response_id = j.response_id)))",
            {"project": selection.project, "campaign": selection.campaign},
        )
        return int(cursor.fetchone()[0])


def _manifest(
    snapshot: Snapshot,
    cut: ExportCut,
    campaign: Campaign | None,
    writer: Writer,
    shards: list[Shard],
    dropped: Counter[str],
) -> dict[str, Any]:
    return {
        "made_by": MADE_BY,
        "code_version": code_version(),
        "format": writer.name,
        "format_version": writer.version,
        "project": snapshot.project.slug,
        "campaign": campaign.name if campaign else None,
        "options": snapshot.options,
        "simulated": snapshot.options["include_simulated"],
        "snapshot": str(snapshot.pk),
        "cut": cut.taken_at.isoformat(),
        "rows": sum(shard.rows for shard in shards),
        "dropped": dict(sorted(dropped.items())),
        "sha256": hashlib.sha256(checksums(shards).encode()).hexdigest(),
        "shards": as_json(shards),
        "files": ["README.md", "SHA256SUMS"],
    }


def _finish(
    folder: Folder, writer: Writer, selection: Selection, manifest: dict[str, Any], shards: list[Shard]
) -> None:
    words = card(manifest, tags=writer.tags, about=writer.about, columns=writer.columns(selection))
    folder.write("README.md", words)
    folder.write("SHA256SUMS", checksums(shards))
    folder.write(MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def _note(snapshot: Snapshot, manifest: dict[str, Any], who: User | None) -> None:
    snapshot.state = Snapshot.State.READY
    snapshot.manifest = manifest
    snapshot.digest = bytes.fromhex(manifest["sha256"])
    snapshot.error = ""
    snapshot.save()
    audit.record(
        project=snapshot.project,
        who=who,
        verb="preferences.exported",
        object=str(snapshot.pk),
        data={name: manifest[name] for name in ("format", "campaign", "options", "cut", "rows", "sha256")},
    )


def _fail(snapshot: Snapshot, error: Exception) -> None:
    known = isinstance(error, ExportFault)
    words = str(error) if known else f"The export failed ({type(error).__name__})."
    Snapshot.objects.filter(pk=snapshot.pk).update(state=Snapshot.State.FAILED, error=words)
