"""What came in from a product: events as they were received, and what of them was struck out later."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.accounts.models import Project
from core.tables.append_only import append_only
from core.tables.ids import uuid7
from core.tables.scoped import in_project, project_key, scoped


class Event(models.Model):
    """One event of a product, once per `event_id`: what readouts are added up from.

    A thumb's or a choice's `id` is that of its judgment in the ledger. `metric` and the whole number `value` are what
    it adds (see `metrics.py`); both are empty for what adds nothing. `unit` is the keyed digest of the experiment's
    unit. `cell` names the slices it lies in, as "memory=on;locale=en". `hour` is that in which it was received, by the
    database's clock, and never a closed one. `digest` tells a repetition from another event under the same name.
    """

    class Kind(models.TextChoices):
        EXPOSURE = "exposure"
        TURN = "turn"
        THUMB = "thumb"
        SIDE_BY_SIDE = "side_by_side"
        USAGE = "usage"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    event_id = models.TextField()
    digest = models.BinaryField(max_length=8)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    experiment = scoped("abtest.Experiment", null=True, db_index=False)
    arm = scoped("abtest.Arm", null=True, db_index=False)
    unit = models.UUIDField(null=True)
    metric = models.CharField(max_length=24, default="", blank=True)
    value = models.IntegerField(null=True)
    cell = models.TextField(default="", blank=True)
    said_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())
    hour = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("project", "event_id"), name="event_once"),
            models.CheckConstraint(
                condition=Q(experiment=None, arm=None, unit=None)
                | Q(experiment__isnull=False, arm__isnull=False, unit__isnull=False),
                name="event_of_arm",
            ),
            *in_project("event", "experiment", to="abtest.Experiment"),
            *in_project("event", "arm", to="abtest.Arm"),
        ]
        indexes = [
            models.Index(fields=("experiment", "hour"), name="event_hour", condition=Q(experiment__isnull=False))
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class Correction(models.Model):
    """That an event's judgment does not count any more, or counts again (`sign` -1 or 1), from `hour` on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    experiment = scoped("abtest.Experiment", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    sign = models.SmallIntegerField()
    hour = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sign__in=(-1, 1)), name="correction_sign"),
            *in_project("correction", "experiment", to="abtest.Experiment"),
        ]
        indexes = [models.Index(fields=("experiment", "hour"), name="correction_hour")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.sign} {self.event_id}"


class ChosenTurn(models.Model):
    """A turn that the published hash chose to be labelled, since we heard of it; `turn` once its words have come.

    One whose words never come is non-response of its arm.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    experiment = scoped("abtest.Experiment", db_index=False)
    arm = scoped("abtest.Arm", db_index=False)
    unit = models.UUIDField()
    conversation = models.TextField()
    n = models.IntegerField()
    probability = models.FloatField()
    heard_at = models.DateTimeField(db_default=Now())
    turn = scoped("ledger.Turn", null=True)
    came_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            project_key("chosenturn"),
            models.UniqueConstraint(fields=("experiment", "conversation", "n"), name="chosenturn_once"),
            models.CheckConstraint(condition=Q(probability__gt=0, probability__lte=1), name="chosenturn_probability"),
            models.CheckConstraint(
                condition=Q(turn=None, came_at=None) | Q(turn__isnull=False, came_at__isnull=False),
                name="chosenturn_came",
            ),
            *in_project("chosenturn", "experiment", to="abtest.Experiment"),
            *in_project("chosenturn", "arm", to="abtest.Arm"),
            *in_project("chosenturn", "turn", to="ledger.Turn"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation} {self.n}"
