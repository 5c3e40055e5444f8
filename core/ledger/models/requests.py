"""What is asked for: labels of raters, and looks that experts owe."""

from django.db import models
from django.db.models.functions import Now

from core.accounts.models import Project, User
from core.tables.ids import uuid7
from core.tables.scoped import in_project, project_key, scoped


class LabelRequest(models.Model):
    """ "Please label this on that rubric, because …": how anyone asks for raters' work.

    A campaign subscribes to `purpose`; `probability` is that with which the subject was sampled.
    """

    class State(models.TextChoices):
        OPEN = "open"
        TAKEN = "taken"
        DONE = "done"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    comparison = scoped("catalog.Comparison", null=True)
    response = scoped("catalog.Response", null=True)
    turn = scoped("ledger.Turn", null=True)
    rubric = models.CharField(max_length=80)
    because = models.TextField()
    probability = models.FloatField(default=1.0)
    purpose = models.TextField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    filed_by = models.TextField()
    filed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("labelrequest"),
            models.UniqueConstraint(
                fields=("project", "purpose", "comparison", "response", "turn"),
                name="labelrequest_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(comparison__isnull=False, response__isnull=True, turn__isnull=True)
                | models.Q(comparison__isnull=True, response__isnull=False, turn__isnull=True)
                | models.Q(comparison__isnull=True, response__isnull=True, turn__isnull=False),
                name="labelrequest_one_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(probability__gt=0, probability__lte=1), name="labelrequest_probability"
            ),
            *in_project("labelrequest", "comparison", to="catalog.Comparison"),
            *in_project("labelrequest", "response", to="catalog.Response"),
            *in_project("labelrequest", "turn", to="ledger.Turn"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"


class Seal(models.Model):
    """An expert owes an unbiased look at a bundle: until it is written they may see no metric of the project.

    One for each look that was asked for, `owed_for` names it; `lifted_at` is when it was written or declined.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    bundle = scoped("catalog.Bundle")
    owed_for = models.UUIDField(unique=True)
    set_at = models.DateTimeField(db_default=Now())
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [*in_project("seal", "bundle", to="catalog.Bundle")]
        indexes = [
            models.Index(fields=("user", "project"), condition=models.Q(lifted_at=None), name="seal_unlifted"),
        ]

    def __str__(self) -> str:
        return f"seal of {self.owed_for}"
