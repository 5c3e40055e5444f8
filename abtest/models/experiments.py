"""What is tried on whom: experiments, their arms, and what was decided."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.accounts.models import Project
from core.tables.append_only import append_only
from core.tables.ids import uuid7
from core.tables.scoped import in_project, project_key, scoped

_FROZEN = """
OLD.state <> 'draft' AND (
    (OLD.key, OLD.unit, OLD.salt, OLD.plan) IS DISTINCT FROM (NEW.key, NEW.unit, NEW.salt, NEW.plan)
    OR NEW.ramp < OLD.ramp OR NEW.state = 'draft'
)
"""
_ARM_OF_STARTED = """
IF EXISTS (SELECT FROM abtest_experiment WHERE id = OLD.experiment_id AND state <> 'draft') THEN
    RAISE EXCEPTION 'pgtrigger: Cannot change the arms of an experiment that has started';
END IF;
RETURN coalesce(NEW, OLD);
"""


class Experiment(models.Model):
    """Bundles tried on a product's own traffic. `plan` (see `plans.py`) is frozen when it starts.

    A unit takes part if its first hash lies under `ramp` (percent of the eligible units, which only grows), and its
    second hash says in which arm (see `assignment.py`). While `held_because` says something the ramp may not grow.
    """

    class Unit(models.TextChoices):
        USER = "user", _("user")
        CONVERSATION = "conversation", _("conversation")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        RUNNING = "running", _("running")
        STOPPED = "stopped", _("stopped")
        DECIDED = "decided", _("decided")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    unit = models.CharField(max_length=12, choices=Unit.choices, default=Unit.USER)
    salt = models.CharField(max_length=32)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    plan = models.JSONField(default=dict)
    ramp = models.SmallIntegerField(default=0)
    held_because = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            project_key("experiment"),
            models.UniqueConstraint(fields=("project", "key"), name="experiment_key"),
            models.CheckConstraint(condition=Q(unit__in=("user", "conversation")), name="experiment_unit"),
            models.CheckConstraint(condition=Q(ramp__gte=0, ramp__lte=100), name="experiment_ramp"),
            models.CheckConstraint(
                condition=Q(state="draft", started_at=None, stopped_at=None)
                | Q(state="running", started_at__isnull=False, stopped_at=None)
                | Q(state__in=("stopped", "decided"), started_at__isnull=False, stopped_at__isnull=False),
                name="experiment_state",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="frozen", operation=pgtrigger.Update, condition=pgtrigger.Condition(" ".join(_FROZEN.split()))
            ),
            pgtrigger.Protect(
                name="started_stays",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.state <> 'draft'"),
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def hypothesis(self) -> str:
        """What the plan expects, and why."""
        return str(self.plan.get("hypothesis", ""))


class Arm(models.Model):
    """One bundle of an experiment with its share of the units, in millionths; the control comes first (ordinal 0)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    experiment = scoped("abtest.Experiment", db_index=False)
    key = models.CharField(max_length=40)
    bundle = scoped("catalog.Bundle")
    ordinal = models.SmallIntegerField()
    share = models.IntegerField()

    class Meta:
        constraints = [
            project_key("arm"),
            models.UniqueConstraint(fields=("experiment", "key"), name="arm_key"),
            models.UniqueConstraint(fields=("experiment", "ordinal"), name="arm_ordinal"),
            models.CheckConstraint(condition=Q(share__gte=1, share__lte=1_000_000), name="arm_share"),
            *in_project("arm", "experiment", to="abtest.Experiment"),
            *in_project("arm", "bundle", to="catalog.Bundle"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=" ".join(_ARM_OF_STARTED.split()),
            )
        ]

    def __str__(self) -> str:
        return self.key


class Step(models.Model):
    """One change of an experiment's state or ramp: `ramp` in percent after it, why, by whom (None: by the system)."""

    class Kind(models.TextChoices):
        STARTED = "started", _("started")
        RAMPED = "ramped", _("ramp raised")
        HELD = "held", _("ramp held")
        RELEASED = "released", _("ramp released")
        STOPPED = "stopped", _("stopped")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    experiment = scoped("abtest.Experiment")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    ramp = models.SmallIntegerField()
    reason = models.TextField(default="", blank=True)
    # Without a key, so that erasing a person needs no change here.
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [*in_project("step", "experiment", to="abtest.Experiment")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.ramp} %"


class Decision(models.Model):
    """What was decided on an experiment, by whom and why: `body` has the choice, the reason, and words on each
    guardrail as it stood in `readout`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    experiment = scoped("abtest.Experiment")
    readout = models.UUIDField(null=True)
    body = models.JSONField()
    # Without a key, so that erasing a person needs no change here.
    by = models.UUIDField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [*in_project("decision", "experiment", to="abtest.Experiment")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"decision {self.id}"
