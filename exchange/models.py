"""What came in and what left."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from core.accounts.models import Project, User
from core.tables.ids import uuid7
from core.tables.scoped import in_project, project_key, scoped
from core.tables.transactions import SnapshotField


class Import(models.Model):
    """One file that was brought in, and what became of its rows; they went to a campaign or to a pool."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", "uploaded"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    campaign = scoped("annotate.Campaign", null=True)
    campaign_name = models.SlugField(max_length=80, blank=True)
    # Of a file of prompts with several responses, instead of the campaign.
    pool = scoped("catalog.Pool", null=True, db_index=False)
    pool_name = models.CharField(max_length=80, blank=True, default="", db_default="")
    file_name = models.TextField()
    file_digest = models.BinaryField(null=True)
    format = models.CharField(max_length=20)
    path = models.TextField(default="", blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.UPLOADED)
    counts = models.JSONField(default=dict)
    error = models.TextField(default="", blank=True)
    job = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            project_key("import"),
            models.CheckConstraint(
                condition=models.Q(campaign_name="") | models.Q(pool_name=""), name="import_campaign_or_pool"
            ),
            *in_project("import", "campaign", to="annotate.Campaign"),
            *in_project("import", "pool", to="catalog.Pool"),
        ]

    def __str__(self) -> str:
        return self.file_name


class Snapshot(models.Model):
    """One export: what was asked for, the cut of the ledger, the manifest with the checksums of its shards.

    A row belongs to it when its time is not after `cut` and its transaction was over in `seen`, or when its time is not
    after `restored`: until then rows came from another server, whose numbers of transactions say nothing here.
    Once it is ready the database refuses to change what it says of itself.
    """

    class State(models.TextChoices):
        RUNNING = "running", "running"
        READY = "ready", "ready"
        FAILED = "failed", "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    campaign = scoped("annotate.Campaign", null=True)
    format = models.CharField(max_length=20)
    options = models.JSONField(default=dict)
    cut = models.DateTimeField(null=True)
    seen = SnapshotField(null=True)
    restored = models.DateTimeField(null=True)
    digest = models.BinaryField(null=True)
    manifest = models.JSONField(null=True)
    path = models.TextField(default="", blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    error = models.TextField(default="", blank=True)
    job = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            project_key("snapshot"),
            *in_project("snapshot", "campaign", to="annotate.Campaign"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="ready_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state = 'ready' AND (OLD.id, OLD.project_id, OLD.campaign_id, OLD.format, OLD.options, "
                    "OLD.cut, OLD.seen::text, OLD.restored, OLD.digest, OLD.manifest, OLD.state, OLD.created_at) "
                    "IS DISTINCT FROM (NEW.id, NEW.project_id, NEW.campaign_id, NEW.format, NEW.options, NEW.cut, "
                    "NEW.seen::text, NEW.restored, NEW.digest, NEW.manifest, NEW.state, NEW.created_at)"
                ),
            ),
            pgtrigger.Protect(
                name="ready_stays",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.state = 'ready'"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.format} {self.id}"
