"""What was said in a chat: which judgment of the ledger it is, and what the team made of it."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.accounts.models import Project
from core.tables.append_only import append_only
from core.tables.ids import uuid7
from core.tables.scoped import in_project, scoped


class Said(models.Model):
    """That a judgment was given in a chat, of what kind, and on which answer; written with the judgment."""

    class Kind(models.TextChoices):
        THUMB = "thumb", _("thumb")
        LABELS = "labels", _("labels")
        FELT_OFF = "felt_off", _("felt off")
        CHOICE = "choice", _("choice")
        FORM = "form", _("end of chat")
        REPORT = "report", _("report")
        CHECK = "check", _("spot check")

    judgment = models.OneToOneField("ledger.Judgment", primary_key=True, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    conversation = scoped("alpha.Conversation", db_index=False)
    answer = scoped("alpha.Answer")
    kind = models.CharField(max_length=8, choices=Kind.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("project", "judgment"), name="said_project_judgment"),
            *in_project("said", "judgment", to="ledger.Judgment"),
            *in_project("said", "conversation", to="alpha.Conversation"),
            *in_project("said", "answer", to="alpha.Answer"),
        ]
        indexes = [models.Index(fields=("conversation", "kind", "judgment"), name="said_in_conversation")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.judgment_id}"


class Choice(models.Model):
    """The two answers that a choice was between, in the order of the programme's trials; `flipped`: shown exchanged.

    The judgment's `overall` points from `first` (negative) to `second`, and its subject is the turn of `second`.
    """

    judgment = models.OneToOneField("ledger.Judgment", primary_key=True, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    first = scoped("alpha.Answer")
    second = scoped("alpha.Answer")
    flipped = models.BooleanField()

    class Meta:
        constraints = [
            *in_project("choice", "judgment", to="ledger.Judgment"),
            *in_project("choice", "first", "second", to="alpha.Answer"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"choice {self.judgment_id}"


class Triage(models.Model):
    """One step of what became of a flag (a thumb down, "felt off", a report, a spot check); the last one stands."""

    class State(models.TextChoices):
        NEW = "new", _("new")
        LOOKING = "looking", _("being looked at")
        CONFIRMED = "confirmed", _("confirmed")
        EXPLAINED = "explained", _("explained")
        DISMISSED = "dismissed", _("dismissed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    judgment = scoped("ledger.Judgment")
    state = models.CharField(max_length=10, choices=State.choices)
    note = models.TextField(default="", blank=True)
    # Without a key, so that erasing a person needs no change here.
    by = models.UUIDField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [*in_project("triage", "judgment", to="ledger.Judgment")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.judgment_id} {self.state}"
