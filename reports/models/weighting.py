"""What signals teach: reward signals, recipes, the pinned reference, the budget, and the reports made."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.accounts.models import Project, User
from core.tables.append_only import append_only
from core.tables.ids import uuid7
from core.tables.scoped import in_project, project_key, scoped


class RewardSignal(models.Model):
    """What a trainer may reward. `key` names its scores in pools and its weight in recipes, and never changes.

    `direction`: 1 where more of it is better, -1 where less is. `is_brake`: it is one of those that hold sycophancy in
    check. `source` says where its scores come from, `unit` in what they are measured.
    """

    class Kind(models.TextChoices):
        REWARD_MODEL = "reward_model", _("reward model")
        THUMBS = "thumbs", _("users' thumbs")
        RATERS = "raters", _("raters")
        EXPERTS = "experts", _("experts")
        JUDGE = "judge", _("model as judge")
        RULE = "rule", _("rule")

    class Direction(models.IntegerChoices):
        MORE = 1, _("more is better")
        LESS = -1, _("less is better")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    source = models.CharField(max_length=200, default="", blank=True)
    direction = models.SmallIntegerField(choices=Direction.choices, default=Direction.MORE)
    unit = models.CharField(max_length=60, default="", blank=True)
    is_brake = models.BooleanField(default=False)
    note = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("rewardsignal"),
            models.UniqueConstraint(fields=("project", "key"), name="rewardsignal_key"),
            models.CheckConstraint(
                condition=models.Q(kind__in=("reward_model", "thumbs", "raters", "experts", "judge", "rule")),
                name="rewardsignal_kind",
            ),
            models.CheckConstraint(condition=models.Q(direction__in=(1, -1)), name="rewardsignal_direction"),
        ]

    def __str__(self) -> str:
        return self.name


class Recipe(models.Model):
    """A mix of signals under a name; what is mixed how is said by its versions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    name = models.SlugField(max_length=80)
    note = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("recipe"),
            models.UniqueConstraint(fields=("project", "name"), name="recipe_name"),
        ]

    def __str__(self) -> str:
        return self.name


class RecipeVersion(models.Model):
    """A recipe as it was at one time; see `recipes.py` for what must hold of its weights and changes.

    `weights` is {signal's key: weight}; `changes` lists {"name": …, "signals": [keys]}, the parts in which it differs
    from the reference, for attribution.
    """

    class Normalisation(models.TextChoices):
        PROMPT_Z = "prompt_z", _("centred within the prompt, in pooled standard deviations")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    recipe = scoped("reports.Recipe")
    number = models.IntegerField()
    weights = models.JSONField()
    normalisation = models.CharField(max_length=12, choices=Normalisation.choices, default=Normalisation.PROMPT_Z)
    changes = models.JSONField(default=list)
    note = models.TextField(default="", blank=True)
    # No foreign key, so that erasing a person changes nothing here.
    made_by = models.UUIDField(null=True)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("recipeversion"),
            models.UniqueConstraint(fields=("recipe", "number"), name="recipeversion_number"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="recipeversion_from_one"),
            *in_project("recipeversion", "recipe", to="reports.Recipe"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"version {self.number} of {self.recipe_id}"


class ReferenceDecision(models.Model):
    """That a version of a recipe is the last known good, which shifts are measured against; the last by id stands."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = scoped("reports.RecipeVersion")
    reason = models.TextField()
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="referencedecision_reason"),
            *in_project("referencedecision", "version", to="reports.RecipeVersion"),
        ]
        indexes = [models.Index(fields=("project", "-id"), name="referencedecision_last")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"reference {self.version_id}"


class Budget(models.Model):
    """How far a recipe may move behaviour from the reference, at which optimisation pressure.

    `sycophancy` and `coldness` are ceilings on the shift, in shares of responses; `domains` is {domain: ceiling on its
    sycophancy shift}. `kl` is in nats. `brake_floor`: the least share of weight that a recommendation gives the brakes.
    """

    project = models.OneToOneField(Project, primary_key=True, on_delete=models.PROTECT, related_name="+")
    sycophancy = models.FloatField(default=0.045)
    coldness = models.FloatField(default=0.045)
    domains = models.JSONField(default=dict)
    kl = models.FloatField(default=0.25)
    brake_floor = models.FloatField(default=0.3)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sycophancy__gte=0, sycophancy__lte=1, coldness__gte=0, coldness__lte=1),
                name="budget_ceilings",
            ),
            models.CheckConstraint(condition=models.Q(kl__gt=0, kl__lte=5), name="budget_kl"),
            models.CheckConstraint(condition=models.Q(brake_floor__gte=0, brake_floor__lte=1), name="budget_floor"),
        ]

    def __str__(self) -> str:
        return f"budget of {self.project_id}"


class Report(models.Model):
    """A report that was asked for and, once it is done, what it says; a finished one is never changed.

    `snapshot` is the hash of the rows it was computed from, `version` that of the code. `recipe_version` and `pool` are
    NULL where the report takes none, or found none.
    """

    class Kind(models.TextChoices):
        WEIGHTING = "weighting", _("reward weighting")
        DRIFT = "drift", _("drift of users' thumbs")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    recipe_version = scoped("reports.RecipeVersion", null=True, db_index=False)
    pool = scoped("catalog.Pool", null=True, db_index=False)
    snapshot = models.CharField(max_length=64, default="", blank=True)
    version = models.CharField(max_length=80, default="", blank=True)
    seed = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    body = models.JSONField(null=True)
    error = models.TextField(default="", blank=True)
    job = models.UUIDField(null=True)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            project_key("report"),
            models.CheckConstraint(
                condition=models.Q(state="done", body__isnull=False)
                | models.Q(state__in=("waiting", "running", "failed"), body__isnull=True),
                name="report_state",
            ),
            *in_project("report", "recipe_version", to="reports.RecipeVersion"),
            *in_project("report", "pool", to="catalog.Pool"),
        ]
        indexes = [models.Index(fields=("project", "kind", "-id"), name="report_newest")]
        triggers = [
            pgtrigger.Protect(
                name="done_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state = 'done' AND (OLD.id, OLD.project_id, OLD.kind, OLD.recipe_version_id, OLD.pool_id, "
                    "OLD.snapshot, OLD.version, OLD.seed, OLD.state, OLD.body, OLD.made_at) IS DISTINCT FROM "
                    "(NEW.id, NEW.project_id, NEW.kind, NEW.recipe_version_id, NEW.pool_id, NEW.snapshot, "
                    "NEW.version, NEW.seed, NEW.state, NEW.body, NEW.made_at)"
                ),
            ),
            pgtrigger.Protect(
                name="done_stays",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.state = 'done'"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
