"""Live chats: conversations, who speaks in them, what people wrote and what models answered."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.accounts.models import Project
from core.tables.ids import uuid7
from core.tables.scoped import in_project, project_key, scoped


class Conversation(models.Model):
    """One chat of one person. Which bundle speaks is a `Voice`, drawn when it begins and kept.

    A `check` is an expert's, for a spot check; it has no volunteer. `goes_on`: with which voices the next turn goes on.
    `memory_items`: how many things said earlier its models are told, 0 without memory.
    """

    class Purpose(models.TextChoices):
        CHAT = "chat", _("chat")
        CHECK = "check", _("spot check")

    class Mode(models.TextChoices):
        SINGLE = "single", _("one answer")
        SIDE_BY_SIDE = "side_by_side", _("side by side")

    class GoesOn(models.TextChoices):
        BOTH = "both", _("with both")
        FIRST = "first", _("with the first")
        SECOND = "second", _("with the second")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    programme = scoped("alpha.Programme", db_index=False)
    volunteer = scoped("alpha.Volunteer", null=True)
    actor = scoped("ledger.Actor")
    purpose = models.CharField(max_length=8, choices=Purpose.choices, default=Purpose.CHAT)
    mode = models.CharField(max_length=12, choices=Mode.choices)
    goes_on = models.CharField(max_length=8, choices=GoesOn.choices, default=GoesOn.BOTH)
    memory = models.CharField(max_length=8, default="off")
    memory_items = models.IntegerField(default=0)
    domain = models.CharField(max_length=40, default="", blank=True)
    simulated = models.BooleanField(default=False)
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            project_key("conversation"),
            models.CheckConstraint(condition=Q(memory__in=("on", "off")), name="conversation_memory"),
            models.CheckConstraint(
                condition=Q(purpose="chat", volunteer__isnull=False) | Q(purpose="check", volunteer=None),
                name="conversation_purpose",
            ),
            *in_project("conversation", "programme", to="alpha.Programme"),
            *in_project("conversation", "volunteer", to="alpha.Volunteer"),
            *in_project("conversation", "actor", to="ledger.Actor"),
        ]
        indexes = [models.Index(fields=("programme", "-id"), name="conversation_newest")]

    def __str__(self) -> str:
        return f"conversation {self.id}"


class Voice(models.Model):
    """Which bundle answers at a place of a conversation: 0 stands first (on the left), 1 second."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    conversation = scoped("alpha.Conversation", db_index=False)
    place = models.SmallIntegerField()
    bundle = scoped("catalog.Bundle")

    class Meta:
        constraints = [
            project_key("voice"),
            models.UniqueConstraint(fields=("conversation", "place"), name="voice_place"),
            models.CheckConstraint(condition=Q(place__in=(0, 1)), name="voice_two"),
            *in_project("voice", "conversation", to="alpha.Conversation"),
            *in_project("voice", "bundle", to="catalog.Bundle"),
        ]

    def __str__(self) -> str:
        return f"voice {self.place}"


class Message(models.Model):
    """What the person wrote as the `n`th turn (from 1), stored before any model is asked. Erased: body NULL."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    conversation = scoped("alpha.Conversation", db_index=False)
    n = models.IntegerField()
    body = models.TextField(null=True)  # noqa: DJ001  (NULL says erased)
    submission_key = models.UUIDField()
    asks_thumb = models.BooleanField(default=False)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("message"),
            models.UniqueConstraint(fields=("conversation", "n"), name="message_place"),
            models.UniqueConstraint(fields=("conversation", "submission_key"), name="message_submission"),
            *in_project("message", "conversation", to="alpha.Conversation"),
        ]

    def __str__(self) -> str:
        return f"message {self.n}"


class Answer(models.Model):
    """One voice's answer to a message; asked for again it is another `attempt` (from 1), and the last one stands.

    Written by one process at a time: `owner` holds it while it beats. `text` is what has been persisted, in `seq`
    pieces; the text only grows. `fault` is a code of `core.endpoints.faults`. `turn` is its place in the ledger, made
    when it is done or was stopped with words. `model_ms` is when the model's first word came, `shown_ms` the reader's.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        STREAMING = "streaming", _("being written")
        DONE = "done", _("done")
        STOPPED = "stopped", _("stopped")
        FAILED = "failed", _("failed")
        INTERRUPTED = "interrupted", _("interrupted")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    message = scoped("alpha.Message", db_index=False)
    voice = scoped("alpha.Voice", db_index=False)
    attempt = models.SmallIntegerField(default=1)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    fault = models.CharField(max_length=20, default="", blank=True)
    text = models.TextField(null=True, default="")  # noqa: DJ001  (NULL says erased)
    seq = models.IntegerField(default=0)
    stop_asked = models.BooleanField(default=False)
    owner = models.UUIDField(null=True)
    beat_at = models.DateTimeField(null=True)
    turn = scoped("ledger.Turn", null=True)
    tokens_in = models.IntegerField(null=True)
    tokens_out = models.IntegerField(null=True)
    model_ms = models.IntegerField(null=True)
    shown_ms = models.IntegerField(null=True)
    asked_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            project_key("answer"),
            models.UniqueConstraint(fields=("message", "voice", "attempt"), name="answer_attempt"),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "streaming"), ended_at=None)
                | Q(state__in=("done", "stopped", "failed", "interrupted"), ended_at__isnull=False, owner=None),
                name="answer_state",
            ),
            *in_project("answer", "message", to="alpha.Message"),
            *in_project("answer", "voice", to="alpha.Voice"),
            *in_project("answer", "turn", to="ledger.Turn"),
        ]
        indexes = [
            models.Index(fields=("beat_at",), condition=Q(state__in=("waiting", "streaming")), name="answer_unfinished")
        ]

    def __str__(self) -> str:
        return f"answer {self.id}"
