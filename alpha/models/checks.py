"""Spot checks: an expert's structured session with a bundle, in which every blocking axis is asked."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.accounts.models import Project, User
from core.tables.append_only import append_only
from core.tables.ids import uuid7
from core.tables.scoped import in_project, project_key, scoped


class SpotCheck(models.Model):
    """What one expert is asked to try, blind. It is done when its judgment is written, and then never changes.

    `axes` are the programme's when it was asked for. The words of it (notes, quotes) are `Words` of the judgment.
    """

    class State(models.TextChoices):
        DUE = "due", _("due")
        DONE = "done", _("done")
        DECLINED = "declined", _("declined")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    programme = scoped("alpha.Programme")
    bundle = scoped("catalog.Bundle")
    expert = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    axes = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    due_on = models.DateField(null=True)
    conversation = scoped("alpha.Conversation", null=True)
    judgment = scoped("ledger.Judgment", null=True)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            project_key("spotcheck"),
            models.UniqueConstraint(
                fields=("programme", "bundle", "expert"), condition=Q(state="due"), name="spotcheck_due_once"
            ),
            models.CheckConstraint(
                condition=Q(state="done", judgment__isnull=False, done_at__isnull=False)
                | Q(state__in=("due", "declined"), judgment=None),
                name="spotcheck_state",
            ),
            *in_project("spotcheck", "programme", to="alpha.Programme"),
            *in_project("spotcheck", "bundle", to="catalog.Bundle"),
            *in_project("spotcheck", "conversation", to="alpha.Conversation"),
            *in_project("spotcheck", "judgment", to="ledger.Judgment"),
        ]

    def __str__(self) -> str:
        return f"spot check {self.id}"


class AxisAnswer(models.Model):
    """What an expert said of one axis; `severity` 1 to 3 where they said yes, else 0; `confidence` 1 to 3.

    `answer` is the one that they quote from; the quote itself is among the judgment's words.
    """

    class Seen(models.TextChoices):
        YES = "yes", _("yes")
        NO = "no", _("no")
        UNSURE = "unsure", _("unsure")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    check_of = scoped("alpha.SpotCheck", db_index=False)
    axis = models.TextField()
    seen = models.CharField(max_length=6, choices=Seen.choices)
    severity = models.SmallIntegerField()
    confidence = models.SmallIntegerField()
    answer = scoped("alpha.Answer", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("check_of", "axis"), name="axisanswer_once"),
            models.CheckConstraint(
                condition=Q(confidence__gte=1, confidence__lte=3)
                & (Q(seen="yes", severity__gte=1, severity__lte=3) | Q(seen__in=("no", "unsure"), severity=0)),
                name="axisanswer_amounts",
            ),
            *in_project("axisanswer", "check_of", to="alpha.SpotCheck"),
            *in_project("axisanswer", "answer", to="alpha.Answer"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.axis} {self.seen}"
