"""What was added up of the events, hour by hour of their reception, and what was read of it."""

from django.db import models
from django.db.models.functions import Now

from core.accounts.models import Project
from core.tables.append_only import append_only
from core.tables.exact import ExactJSONField
from core.tables.ids import uuid7
from core.tables.scoped import in_project, scoped


class ClosedHour(models.Model):
    """An hour of reception of an experiment after which no event can come into it any more, and that was added up."""

    pk = models.CompositePrimaryKey("experiment_id", "hour")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    experiment = scoped("abtest.Experiment", db_index=False)
    hour = models.DateTimeField()
    events = models.IntegerField()
    closed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [*in_project("closedhour", "experiment", to="abtest.Experiment")]

    def __str__(self) -> str:
        return f"{self.experiment_id} {self.hour}"


class Exposure(models.Model):
    """In which arm a unit was first heard of (the first event received wins), and since when it is exposed.

    `exposed_in` is the hour that received its first exposure there, `cell` the slices of that exposure. A unit that was
    heard of in another arm as well has `crossed`; what it did there is not added up.
    """

    pk = models.CompositePrimaryKey("experiment_id", "unit")
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    experiment = scoped("abtest.Experiment", db_index=False)
    unit = models.UUIDField()
    arm = scoped("abtest.Arm", db_index=False)
    exposed_in = models.DateTimeField(null=True)
    cell = models.TextField(default="", blank=True)
    crossed = models.BooleanField(default=False)

    # No keys to experiment and arm: a row comes from events, which have them, and `verify` compares the two.

    def __str__(self) -> str:
        return f"{self.unit} in {self.arm_id}"


class UnitTotal(models.Model):
    """How often a unit did in one cell what each metric counts, and the sums of its values: the unit of the variance.

    Each of `metrics.COUNTED` has its columns, which are null where the unit never did what it counts.
    """

    pk = models.CompositePrimaryKey("experiment_id", "unit", "cell")
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    experiment = scoped("abtest.Experiment", db_index=False)
    arm = models.UUIDField()
    unit = models.UUIDField()
    cell = models.TextField()
    n_thumb = models.IntegerField(null=True)
    x_thumb = models.BigIntegerField(null=True)
    n_thumb_asked = models.IntegerField(null=True)
    x_thumb_asked = models.BigIntegerField(null=True)
    n_preference = models.IntegerField(null=True)
    x_preference = models.BigIntegerField(null=True)
    n_message = models.IntegerField(null=True)
    x_message = models.BigIntegerField(null=True)
    n_regenerate = models.IntegerField(null=True)
    x_regenerate = models.BigIntegerField(null=True)
    n_abandon = models.IntegerField(null=True)
    x_abandon = models.BigIntegerField(null=True)
    n_return = models.IntegerField(null=True)
    x_return = models.BigIntegerField(null=True)
    n_safety_report = models.IntegerField(null=True)
    x_safety_report = models.BigIntegerField(null=True)
    n_latency = models.IntegerField(null=True)
    x_latency = models.BigIntegerField(null=True)
    n_turn = models.IntegerField(null=True)
    x_turn = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.unit} in {self.cell}"


class ArmMoments(models.Model):
    """Moments over the units of an arm up to the end of an hour, cumulative: x a unit's total, m its count.

    `part` is "" for all units, else a slice as "memory=on". `units` have at least one event of the metric there;
    `exposed` are all units of the arm that are exposed (in a slice: those whose exposure lies in it). A mean per
    exposed unit is over exposed units alone, and its slices are those of their exposures. The rows of metric "" say
    how many are exposed.
    """

    pk = models.CompositePrimaryKey("experiment_id", "metric", "part", "arm_id", "hour")
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    experiment = scoped("abtest.Experiment", db_index=False)
    arm = scoped("abtest.Arm", db_index=False)
    metric = models.CharField(max_length=24)
    part = models.TextField()
    hour = models.DateTimeField()
    exposed = models.BigIntegerField()
    units = models.BigIntegerField()
    sx = models.DecimalField(max_digits=38, decimal_places=0)
    sm = models.DecimalField(max_digits=38, decimal_places=0)
    sxx = models.DecimalField(max_digits=38, decimal_places=0)
    sxm = models.DecimalField(max_digits=38, decimal_places=0)
    smm = models.DecimalField(max_digits=38, decimal_places=0)

    class Meta:
        indexes = [models.Index(fields=("experiment", "hour"), name="armmoments_hour")]

    def __str__(self) -> str:
        return f"{self.metric} {self.part} at {self.hour}"


class Readout(models.Model):
    """What an experiment said at the end of a closed hour: verdict, metrics, guardrails, as JSON (see `readouts`)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    experiment = scoped("abtest.Experiment", db_index=False)
    hour = models.DateTimeField()
    version = models.TextField()
    body = ExactJSONField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("experiment", "hour"), name="readout_hour"),
            *in_project("readout", "experiment", to="abtest.Experiment"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"readout at {self.hour}"
