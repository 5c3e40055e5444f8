"""What raters say is broken."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from core.accounts.models import Project
from core.tables.append_only import append_only
from core.tables.ids import uuid7
from core.tables.scoped import in_project, project_key, scoped


class BrokenReport(models.Model):
    """One rater says of one task that it is broken. What they wrote lies beside it, in `ReportWords`."""

    class Reason(models.TextChoices):
        GARBLED = "garbled", gettext_lazy("text missing or garbled")
        SAME = "same", gettext_lazy("both are the same")
        LANGUAGE = "language", gettext_lazy("wrong language")
        HARMFUL = "harmful", gettext_lazy("harmful or illegal")
        IDENTITY = "identity", gettext_lazy("a response says who made it")
        OTHER = "other", gettext_lazy("something else")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    campaign = scoped("annotate.Campaign", db_index=False)
    task = scoped("annotate.Task", db_index=False)
    rater = scoped("ledger.Actor", db_index=False)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("brokenreport"),
            models.UniqueConstraint(fields=("task", "rater"), name="brokenreport_once"),
            *in_project("brokenreport", "campaign", to="annotate.Campaign"),
            *in_project("brokenreport", "task", to="annotate.Task"),
            *in_project("brokenreport", "rater", to="ledger.Actor"),
        ]
        indexes = [models.Index(fields=("project", "campaign", "-at"), name="brokenreport_newest")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.reason} {self.task_id}"


class ReportWords(models.Model):
    """What a rater wrote about a broken pair: beside the report, so that erasing it leaves the report."""

    report = models.OneToOneField(BrokenReport, primary_key=True, on_delete=models.PROTECT, related_name="written")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()

    class Meta:
        constraints = [*in_project("reportwords", "report", to="annotate.BrokenReport")]

    def __str__(self) -> str:
        return f"words of {self.report_id}"
