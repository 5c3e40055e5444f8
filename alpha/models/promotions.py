"""Turns of an alpha that raters shall judge: scrubbed, looked at by a person, given a rival, queued."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.accounts.models import Project, User
from core.tables.ids import uuid7
from core.tables.scoped import in_project, scoped


class Promotion(models.Model):
    """One answer on its way to raters. `prompt` and `text` are as scrubbed, then as the reviewer left them.

    `findings` are what the patterns found: [{"kind", "where", "found"}]; nothing of it is kept once it is queued.
    """

    class State(models.TextChoices):
        REVIEW = "review", _("to be looked at")
        ASKING = "asking", _("its rival is being asked")
        QUEUED = "queued", _("with the raters")
        DROPPED = "dropped", _("dropped")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    answer = scoped("alpha.Answer", db_index=False)
    rival = scoped("catalog.Bundle")
    state = models.CharField(max_length=8, choices=State.choices, default=State.REVIEW)
    prompt = models.JSONField(null=True)
    text = models.TextField(null=True)  # noqa: DJ001  (NULL: no longer kept, or erased)
    findings = models.JSONField(default=list)
    why = models.CharField(max_length=200, default="", blank=True)
    comparison = scoped("catalog.Comparison", null=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("answer", "rival"), name="promotion_once"),
            *in_project("promotion", "answer", to="alpha.Answer"),
            *in_project("promotion", "rival", to="catalog.Bundle"),
            *in_project("promotion", "comparison", to="catalog.Comparison"),
        ]

    def __str__(self) -> str:
        return f"promotion of {self.answer_id}"
