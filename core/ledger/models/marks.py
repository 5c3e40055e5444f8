"""What is kept beside the record: marks that something is to be counted again, counts, and cuts of exports."""

from django.db import models
from django.db.models.functions import Now

from core.accounts.models import Project
from core.tables.append_only import append_only
from core.tables.ids import uuid7


class DirtyBucket(models.Model):
    """A mark that a bucket is to be computed again, written in the writer's own transaction; see `buckets.py`.

    Several writers' marks of one bucket are several rows: an upsert would make them wait for each other until commit.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    scope = models.TextField()
    bucket = models.TextField()
    marked_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=("scope", "project", "bucket"), name="dirtybucket_scope")]

    def __str__(self) -> str:
        return f"{self.scope} {self.bucket}"


class JudgmentTally(models.Model):
    """How many judgments count in one bucket; stored, and at any moment equal to what `tallies.py` counts anew."""

    pk = models.CompositePrimaryKey("project_id", "bucket")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    bucket = models.TextField()
    counted = models.IntegerField()
    simulated = models.IntegerField()
    earliest = models.DateTimeField()
    latest = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.counted} in {self.bucket}"


class ExportCut(models.Model):
    """A snapshot of the ledger was taken here: what was recorded before can no longer be undone by its author."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(db_default=Now())
    snapshot = models.UUIDField()

    class Meta:
        indexes = [models.Index(fields=("project", "-taken_at"), name="exportcut_last")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"cut {self.taken_at}"
