"""The jobs of imports and exports."""

from typing import Any

from celery import shared_task

from core.accounts.models import User
from core.files.opening import FileFault
from core.jobs.registry import Failed, handler
from core.jobs.running import Run
from exchange import leftovers, orders, sweeping, uploads
from exchange.exporting import export, write_again
from exchange.importing import import_file
from exchange.models import Import, Snapshot
from exchange.shards import ExportFault


@handler("exchange.import")
def run_import(run: Run, record: str) -> dict[str, Any]:
    """Import a confirmed upload; begun again after a crash it goes on where it stopped."""
    upload = Import.objects.select_related("project", "created_by").get(pk=record)
    path = uploads.path_of(upload)
    if upload.state == Import.State.DONE:
        path.unlink(missing_ok=True)
        return dict(upload.counts)
    try:
        outcome = import_file(
            path=path,
            project=upload.project,
            campaign_name=upload.campaign_name,
            pool_name=upload.pool_name,
            format=upload.format,
            rejected=uploads.rejected_path_of(upload),
            who=upload.created_by,
            record=upload,
            progress=lambda done, total: run.progress(done=done, total=total or None, note="lines"),
        )
    except FileFault as fault:
        words = str(fault).replace(str(path), upload.file_name)
        Import.objects.filter(pk=upload.pk).update(state=Import.State.FAILED, error=words)
        path.unlink(missing_ok=True)
        raise Failed(words) from fault
    path.unlink(missing_ok=True)
    return dict(outcome.counts)


@handler("exchange.export")
def run_export(run: Run, snapshot: str) -> dict[str, Any]:
    """Fill a snapshot that was ordered."""
    ordered = Snapshot.objects.select_related("project", "campaign", "created_by").get(pk=snapshot)
    if ordered.state != Snapshot.State.READY:
        try:
            ordered = export(
                project=ordered.project,
                format=ordered.format,
                selection=orders.selection_of(ordered),
                out=orders.folder_of(ordered),
                campaign=ordered.campaign,
                who=ordered.created_by,
                snapshot=ordered,
                progress=lambda rows: run.progress(done=rows, note="rows written"),
            )
        except ExportFault as fault:
            raise Failed(str(fault)) from fault
    return {"rows": (ordered.manifest or {}).get("rows", 0)}


@handler("exchange.write_again", label="Write an export again")
def run_write_again(run: Run, snapshot: str, who: str) -> dict[str, Any]:
    """Write the files of a snapshot that is ready once more."""
    ready = Snapshot.objects.select_related("project", "campaign").get(pk=snapshot)
    try:
        write_again(
            snapshot=ready,
            out=orders.folder_of(ready),
            who=User.objects.filter(pk=who).first(),
            progress=lambda rows: run.progress(done=rows, note="rows written"),
        )
    except ExportFault as fault:
        raise Failed(str(fault)) from fault
    Snapshot.objects.filter(pk=ready.pk).update(path=orders.folder_of(ready).name)
    return {"rows": (ready.manifest or {}).get("rows", 0)}


@shared_task(name="exchange.tasks.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Now and then: what killed exports have left, uploads that nobody confirmed, files of no import."""
    sweeping.sweep()
    leftovers.sweep()
