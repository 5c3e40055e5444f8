"""The jobs of imports and exports."""

from typing import Any

from celery import shared_task

from core.jobs.registry import Failed, handler
from core.jobs.running import Run
from exchange import orders, sweeping, uploads
from exchange.exporting import export
from exchange.importing import import_file
from exchange.models import Import, Snapshot
from exchange.rows import FileFault
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


@shared_task(name="exchange.tasks.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Every hour: uploads that nobody confirmed, and files that a killed process left."""
    sweeping.sweep()
