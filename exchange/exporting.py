"""Writing a snapshot of the ledger: the cut first, then all rows of one moment, then the folder under its name."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from annotate.models import Campaign
from core.accounts import audit
from core.accounts.models import Project, User
from core.ledger.models import ExportCut
from core.version import code_version
from exchange import doubting, moments
from exchange.card import card
from exchange.files.kinds import file_kind
from exchange.formats.writers import WRITERS, Writer
from exchange.models import Snapshot
from exchange.orders import selection_of
from exchange.selection import Selection
from exchange.shards import MADE_BY, MANIFEST, ExportFault, Folder, Shard, as_json, checksums, refuse_foreign
from exchange.sweeping import alive, sweep_rows

_TOLD_AFTER = 500
_REASONS = {
    "simulated_judgments": "{0:,} judgments are simulated (include them with --include-simulated)",
    "tie": "{0:,} are ties",
    "both_bad": "in {0:,} both responses are bad",
    "identical": "in {0:,} both texts are the same",
    "few_votes": "{0:,} have too few votes",
    "no_words": "of {0:,} answers the words are not known",
    "doubted_thumb": "{0:,} thumbs are in doubt and were left out",
    "cannot_judge": "{0:,} could not be judged",
    "no_preference": "{0:,} have no preference",
    "erased": "{0:,} were erased",
    "anchor": "{0:,} were given on anchors, which measure raters",
}

Progress = Callable[[int], None]


@dataclass(slots=True)
class Written:
    """The rows of an export as they were written, and what was left out."""

    shards: list[Shard] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    rationales: int = 0
    content: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(checksums(self.shards).encode()).hexdigest()


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
    sweep_rows()
    snapshot = snapshot or Snapshot(project=project, created_by=who)
    snapshot.campaign, snapshot.format = campaign, format
    snapshot.options = selection.as_json(writer.options)
    with alive(snapshot):
        _take_cut(snapshot)
        try:
            selection = _guard(snapshot, writer, selection)
            with _disk(out), Folder(out) as folder:
                written = _write(folder, writer, selection, snapshot, progress)
                doubting.refuse(selection, written.dropped["doubted_thumb"])
                if not written.shards:
                    raise _nothing(written.dropped)
                manifest = _manifest(snapshot, writer, written)
                _finish(folder, writer, selection, manifest, written)
                with transaction.atomic():
                    _note(snapshot, manifest)
                    _record(snapshot, who, "preferences.exported")
                    doubting.record_override(snapshot, selection, who)
                    folder.publish()
        except Exception as error:
            _fail(snapshot, error)
            raise
    return snapshot


def write_again(
    *, snapshot: Snapshot, out: Path, who: User | None = None, progress: Progress = lambda rows: None
) -> None:
    """Write the files of a snapshot that is ready to the folder `out` once more, with the same bytes.

    Raises ExportFault if they would not be the same, saying why: words were erased since, or the code has changed; and
    if an alarm has cast doubt on thumbs in it since.
    Then `out` is as it was.
    """
    if snapshot.state != Snapshot.State.READY or snapshot.manifest is None:
        raise ExportFault(f"The snapshot {snapshot.pk} is not ready, so there is nothing to write again.")
    if snapshot.seen is None:
        raise ExportFault(
            f"The snapshot {snapshot.pk} was taken by a version that did not keep what is needed to write it again; "
            "make a new export."
        )
    writer, selection = WRITERS[snapshot.format], selection_of(snapshot)
    doubting.refuse_again(snapshot, writer, selection)
    with _disk(out), Folder(out) as folder:
        written = _write(folder, writer, selection, snapshot, progress)
        if written.sha256 != snapshot.manifest["sha256"]:
            raise ExportFault(_why_it_differs(snapshot.manifest, writer, written))
        _finish(folder, writer, selection, snapshot.manifest, written)
        with transaction.atomic():
            _record(snapshot, who, "preferences.written_again")
            folder.publish()


@contextmanager
def _disk(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportFault(f"{out}: cannot be written ({error.strerror or error}); nothing was exported.") from None


def _guard(snapshot: Snapshot, writer: Writer, selection: Selection) -> Selection:
    """What is exported, with the windows that are in doubt now; the snapshot keeps what was asked for."""
    selection = doubting.guarded(snapshot.project, writer, selection)
    snapshot.options = selection.as_json(writer.options)
    return selection


def _take_cut(snapshot: Snapshot) -> ExportCut:
    with transaction.atomic():
        snapshot.state, snapshot.error = Snapshot.State.RUNNING, ""
        snapshot.save()
        cut = ExportCut.objects.create(project=snapshot.project, snapshot=snapshot.pk)
        cut.refresh_from_db()
        snapshot.cut = cut.taken_at
        snapshot.save(update_fields=["cut"])
    return cut


def _write(folder: Folder, writer: Writer, selection: Selection, snapshot: Snapshot, progress: Progress) -> Written:
    """Write the shards; a snapshot that was not read before keeps the moment at which it was."""
    written = Written()
    digest = hashlib.sha256()

    def told(lines: Iterator[bytes]) -> Iterator[bytes]:
        for done, line in enumerate(lines, 1):
            digest.update(line)
            yield line
            if done % _TOLD_AFTER == 0:
                progress(done)

    with moments.one_moment():
        if snapshot.state == Snapshot.State.READY:
            moment = moments.that_moment(snapshot)
        else:
            moment = moments.this_moment(snapshot)
            snapshot.seen, snapshot.restored = moment.seen, moment.restored
        written.dropped["simulated_judgments"] = moments.simulated_left_out(selection, moment)
        written.rationales = moments.rationales(selection, moment)
        lines = moments.lines(writer.query(selection), selection, moment, written.dropped)
        written.shards = folder.write_shards(told(lines), file_kind(selection), writer.columns(selection))
    written.content = digest.hexdigest()
    return written


def _nothing(dropped: Counter[str]) -> ExportFault:
    why = "; ".join(_REASONS[reason].format(count) for reason, count in dropped.items() if count and reason in _REASONS)
    return ExportFault(f"There is nothing to export{': ' + why if why else ', as nothing was judged yet'}.")


def _manifest(snapshot: Snapshot, writer: Writer, written: Written) -> dict[str, Any]:
    assert snapshot.cut is not None
    return {
        "made_by": MADE_BY,
        "code_version": code_version(),
        "format": writer.name,
        "format_version": writer.version,
        "project": snapshot.project.slug,
        "campaign": snapshot.campaign.name if snapshot.campaign else None,
        "options": snapshot.options,
        "simulated": snapshot.options["include_simulated"],
        "snapshot": str(snapshot.pk),
        "cut": snapshot.cut.isoformat(),
        "rows": sum(shard.rows for shard in written.shards),
        "dropped": dict(written.dropped),
        "sha256": written.sha256,
        "content_sha256": written.content,
        "rationales": written.rationales,
        "shards": as_json(written.shards),
        "files": ["README.md", "SHA256SUMS"],
    }


def _finish(folder: Folder, writer: Writer, selection: Selection, manifest: dict[str, Any], written: Written) -> None:
    columns = {name: column.about for name, column in writer.columns(selection).items()}
    suffix = file_kind(selection).suffix
    folder.write("README.md", card(manifest, tags=writer.tags, about=writer.about, columns=columns, suffix=suffix))
    folder.write("SHA256SUMS", checksums(written.shards))
    # Sorted, as the order of keys is not kept where the manifest is stored.
    folder.write(MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=True) + "\n")


def _note(snapshot: Snapshot, manifest: dict[str, Any]) -> None:
    snapshot.state = Snapshot.State.READY
    snapshot.manifest = manifest
    snapshot.digest = bytes.fromhex(manifest["sha256"])
    snapshot.error = ""
    snapshot.save()


def _record(snapshot: Snapshot, who: User | None, verb: str) -> None:
    manifest = snapshot.manifest or {}
    said = {name: manifest[name] for name in ("format", "campaign", "options", "cut", "rows", "sha256")}
    # A reason may hold a name, and nothing in the trail can be erased; it stands with the alarm's actions.
    said["options"] = {name: value for name, value in said["options"].items() if name != "doubted_reason"}
    audit.record(
        project=snapshot.project,
        who=who,
        verb=verb,
        object=str(snapshot.pk),
        data=said,
    )


def _fail(snapshot: Snapshot, error: Exception) -> None:
    known = isinstance(error, ExportFault)
    words = str(error) if known else f"The export failed ({type(error).__name__})."
    Snapshot.objects.filter(pk=snapshot.pk).update(state=Snapshot.State.FAILED, error=words)


def _why_it_differs(manifest: dict[str, Any], writer: Writer, written: Written) -> str:
    erased = written.dropped["erased"] - manifest["dropped"].get("erased", 0)
    silent = manifest.get("rationales", 0) - written.rationales
    if erased > 0 or silent > 0:
        gone = [f"the words of {erased:,} rows"] * (erased > 0) + [f"{silent:,} rationales"] * (silent > 0)
        return (
            f"This snapshot cannot be written again as it was: {' and '.join(gone)} have been erased since. "
            "A new export holds what is left."
        )
    if written.content == manifest.get("content_sha256"):
        return (
            "The rows are the same, but the libraries that compress files write other bytes than those that made this "
            "snapshot; write it again with the same versions, or make a new export."
        )
    if (manifest["code_version"], manifest["format_version"]) != (code_version(), writer.version):
        return (
            f"This snapshot was written by version {manifest['code_version']}; version {code_version()} writes these "
            "rows differently. Write it again with that version, or make a new export."
        )
    return "This snapshot cannot be written again: the rows it is made of are not what they were. Run `verify`."
