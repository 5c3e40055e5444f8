"""Exports that are asked for on a page: a Snapshot and the job that fills it."""

from pathlib import Path

from django.conf import settings
from django.db import transaction

from annotate.models import Campaign
from core.accounts.models import Project, User
from core.jobs.queue import enqueue
from exchange.formats.writers import WRITERS
from exchange.models import Snapshot
from exchange.selection import Selection
from exchange.sweeping import waits


def order(*, project: Project, who: User, format: str, campaign: Campaign | None, selection: Selection) -> Snapshot:
    """Have an export made by a job; returns its Snapshot, which is running."""
    with transaction.atomic():
        snapshot = Snapshot(project=project, created_by=who, format=format, campaign=campaign)
        snapshot.options = selection.as_json(WRITERS[format].options)
        snapshot.path = str(snapshot.pk)
        snapshot.job = enqueue(
            kind="exchange.export",
            args={"snapshot": str(snapshot.pk)},
            scope=project.pk,
            dedupe_key=str(snapshot.pk),
        ).pk
        snapshot.save(force_insert=True)
    return snapshot


def order_again(*, snapshot: Snapshot, who: User) -> None:
    """Have the files of a snapshot that is ready written again by a job; asked twice is as once."""
    with transaction.atomic():
        snapshot = Snapshot.objects.select_for_update().get(pk=snapshot.pk)
        if snapshot.state != Snapshot.State.READY or waits(snapshot):
            return
        job = enqueue(
            kind="exchange.write_again",
            args={"snapshot": str(snapshot.pk), "who": str(who.pk)},
            scope=snapshot.project_id,
            dedupe_key=str(snapshot.pk),
        )
        Snapshot.objects.filter(pk=snapshot.pk).update(job=job.pk)


def folder_of(snapshot: Snapshot) -> Path:
    """Where the files of an export that was ordered lie, or will lie if they are asked for on a page."""
    return Path(settings.EXPORT_DIR) / (snapshot.path or str(snapshot.pk))


def selection_of(snapshot: Snapshot) -> Selection:
    """What the order asked for."""
    return Selection(project=snapshot.project_id, campaign=snapshot.campaign_id, **snapshot.options)
