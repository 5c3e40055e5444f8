"""A body of annotation work: what is asked, of how many, under which rules, and what is known beforehand."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from core.accounts.models import Project, User
from core.tables.ids import uuid7
from core.tables.scoped import in_project, project_key, scoped
from core.tables.transactions import TransactionField


class Campaign(models.Model):
    """A body of annotation work.

    `questions` says per question of the rubric how it is put: {"correct": {"ask": "required"}, "rationale":
    {"ask": "sampled", "probability": 0.2}}; `ask` is required, optional, sampled (then required) or off.
    `queue_epoch` grows whenever slots may have appeared behind a rater's seat (see `Seat`).
    `anchor_share` of what each rater takes are anchors of `anchor_set`, twice that while they are raised; the same one
    comes to the same rater again after `anchor_gap_days`, or never where that is NULL. See `anchors.py`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", gettext_lazy("draft")
        OPEN = "open", gettext_lazy("open")
        PAUSED = "paused", gettext_lazy("paused")
        CLOSED = "closed", gettext_lazy("closed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    name = models.SlugField(max_length=80)
    title = models.CharField(max_length=120)
    guideline = models.TextField(default="", blank=True)
    guideline_version = models.IntegerField(default=1)
    rubric_version = scoped("ledger.RubricVersion")
    questions = models.JSONField(default=dict)
    overlap = models.SmallIntegerField(default=3)
    lease_seconds = models.IntegerField(default=900)
    undo_seconds = models.IntegerField(default=600)
    pay = models.DecimalField(max_digits=10, decimal_places=4, default=0)
    currency = models.CharField(max_length=3, default="EUR")
    purposes = ArrayField(models.TextField(), default=list, blank=True)
    reveal_gold = models.BooleanField(default=False)
    # So many raters who say that a task is broken take it out of the queue until somebody looks.
    reports_to_hold = models.SmallIntegerField(default=2, db_default=2)
    anchor_set = scoped("catalog.AnchorSet", null=True, db_index=False)
    anchor_share = models.FloatField(default=0, db_default=0)
    anchor_gap_days = models.SmallIntegerField(null=True)
    anchors_raised = models.BooleanField(default=False, db_default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    queue_epoch = models.IntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            project_key("campaign"),
            models.UniqueConstraint(fields=("project", "name"), name="campaign_name"),
            models.CheckConstraint(condition=models.Q(overlap__gte=1, overlap__lte=50), name="campaign_overlap"),
            models.CheckConstraint(condition=models.Q(lease_seconds__gte=1), name="campaign_lease"),
            models.CheckConstraint(condition=models.Q(reports_to_hold__gte=1), name="campaign_reports_to_hold"),
            models.CheckConstraint(
                condition=models.Q(anchor_share=0)
                | models.Q(anchor_share__gte=0.05, anchor_share__lte=0.1, anchor_set__isnull=False),
                name="campaign_anchor_share",
            ),
            models.CheckConstraint(
                condition=models.Q(anchor_gap_days__isnull=True) | models.Q(anchor_gap_days__gte=1),
                name="campaign_anchor_gap",
            ),
            *in_project("campaign", "rubric_version", to="ledger.RubricVersion"),
            *in_project("campaign", "anchor_set", to="catalog.AnchorSet"),
        ]

    def __str__(self) -> str:
        return self.title


class GoldAnswer(models.Model):
    """What an expert says of a comparison: {"overall": 1, …} by question, in the comparison's own order."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    comparison = scoped("catalog.Comparison")
    answers = models.JSONField()
    source = models.TextField(default="", blank=True)
    at = models.DateTimeField(db_default=Now())
    xid = TransactionField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("project", "comparison"), name="goldanswer_once"),
            *in_project("goldanswer", "comparison", to="catalog.Comparison"),
        ]

    def __str__(self) -> str:
        return f"gold of {self.comparison_id}"
