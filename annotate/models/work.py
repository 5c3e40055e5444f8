"""What raters did: attempts, drafts, pay."""

from django.db import models
from django.db.models.functions import Now

from annotate.models.queue import Task
from core.accounts.models import Project
from core.tables.append_only import append_only
from core.tables.ids import uuid7
from core.tables.scoped import ScopedForeignKey, in_project, scoped


class Attempt(models.Model):
    """How one rater's work on one task ended. A task with a live attempt of mine never comes to me again.

    `ordinal` (of the slot) and `lease_token` say under which lease it was: they tell a late submit its task and side.
    """

    class Outcome(models.TextChoices):
        SUBMITTED = "submitted"
        SKIPPED = "skipped"
        LAPSED = "lapsed"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    campaign = scoped("annotate.Campaign", db_index=False)
    task = scoped("annotate.Task", db_index=False)
    rater = scoped("ledger.Actor", db_index=False)
    ordinal = models.SmallIntegerField(null=True)
    lease_token = models.UUIDField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.TextField(default="", blank=True)
    judgment = models.ForeignKey("ledger.Judgment", null=True, on_delete=models.PROTECT, related_name="+")
    guideline_version = models.IntegerField(default=1)
    gold_revealed = models.BooleanField(default=False)
    seconds = models.FloatField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("task", "rater"),
                condition=models.Q(outcome__in=("submitted", "skipped")),
                name="attempt_once",
            ),
            models.UniqueConstraint(
                fields=("lease_token",), condition=models.Q(lease_token__isnull=False), name="attempt_lease_token"
            ),
            *in_project("attempt", "campaign", to="annotate.Campaign"),
            *in_project("attempt", "task", to="annotate.Task"),
            *in_project("attempt", "rater", to="ledger.Actor"),
            ScopedForeignKey(
                name="attempt_slot", fields=("task", "ordinal"), to="annotate.Slot", to_fields=("task", "ordinal")
            ),
        ]
        indexes = [
            models.Index(fields=("campaign", "rater", "-at"), name="attempt_of_rater"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.task_id}"


class Draft(models.Model):
    """What a rater has filled in and not yet submitted."""

    pk = models.CompositePrimaryKey("rater_id", "task_id")
    rater = models.ForeignKey("ledger.Actor", on_delete=models.CASCADE, related_name="+", db_index=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+", db_index=False)
    body = models.JSONField()
    saved_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"draft on {self.task_id}"


class PayRow(models.Model):
    """One line of a rater's pay: for a judgment, or its reversal when it was withdrawn."""

    class Kind(models.TextChoices):
        JUDGMENT = "judgment"
        REVERSAL = "reversal"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    campaign = scoped("annotate.Campaign", db_index=False)
    rater = scoped("ledger.Actor", db_index=False)
    judgment = models.ForeignKey("ledger.Judgment", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.JUDGMENT)
    amount = models.DecimalField(max_digits=10, decimal_places=4)
    currency = models.CharField(max_length=3)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("judgment", "kind"), name="payrow_once"),
            *in_project("payrow", "campaign", to="annotate.Campaign"),
            *in_project("payrow", "rater", to="ledger.Actor"),
        ]
        indexes = [models.Index(fields=("rater", "campaign", "at"), name="payrow_of_rater")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
