"""Raters' work: campaigns, tasks, slots, attempts, drafts, pay."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from core.accounts.models import Project, User
from core.tables.append_only import append_only
from core.tables.ids import uuid7
from core.tables.scoped import ScopedForeignKey, in_project, project_key, scoped
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


# Where anchors stand in the order of the queue: behind all work, where no walk along it goes.
ASIDE = 32_767


class Task(models.Model):
    """What a rater judges: a comparison, or a single response. `flip`: slot 0 shows the second response on the left.

    HELD: reported as broken, and out of the queue until somebody decides; its places wait. RETIRED: out of the queue
    for good, with the places that were filled. `answered_at`: reports up to then have been decided upon.
    """

    class State(models.TextChoices):
        LIVE = "live"
        HELD = "held"
        RETIRED = "retired"

    class Kind(models.TextChoices):
        WORK = "work"
        GOLD = "gold"
        MIRROR = "mirror"
        NULL = "null"
        TWIN = "twin"
        ANCHOR = "anchor"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    campaign = scoped("annotate.Campaign", db_index=False)
    comparison = scoped("catalog.Comparison", null=True)
    response = scoped("catalog.Response", null=True)
    request = scoped("ledger.LabelRequest", null=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.WORK)
    anchor = scoped("catalog.Anchor", null=True, db_index=False)
    twin_of = scoped("annotate.Task", null=True)
    rnd = models.FloatField()
    priority = models.SmallIntegerField(default=0)
    flip = models.BooleanField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.LIVE, db_default=State.LIVE)
    answered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    xid = TransactionField()

    class Meta:
        constraints = [
            project_key("task"),
            models.CheckConstraint(
                condition=models.Q(comparison__isnull=False, response__isnull=True)
                | models.Q(comparison__isnull=True, response__isnull=False),
                name="task_one_subject",
            ),
            models.UniqueConstraint(
                fields=("campaign", "comparison", "response"),
                condition=models.Q(kind__in=("work", "gold")),
                nulls_distinct=False,
                name="task_once",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="anchor", anchor__isnull=False, priority=ASIDE)
                | (~models.Q(kind="anchor") & models.Q(anchor__isnull=True, priority__lt=ASIDE)),
                name="task_anchor",
            ),
            *in_project("task", "campaign", to="annotate.Campaign"),
            *in_project("task", "comparison", to="catalog.Comparison"),
            *in_project("task", "response", to="catalog.Response"),
            *in_project("task", "request", to="ledger.LabelRequest"),
            *in_project("task", "anchor", to="catalog.Anchor"),
            *in_project("task", "twin_of", to="annotate.Task"),
        ]
        indexes = [
            models.Index(fields=("campaign", "comparison"), name="task_of_campaign"),
            models.Index(
                fields=("campaign", "anchor"), condition=models.Q(anchor__isnull=False), name="task_of_anchor"
            ),
        ]

    def __str__(self) -> str:
        return f"task {self.id}"


class Slot(models.Model):
    """One place for one rater on one task. The side belongs to the slot, so that who comes when cannot unbalance it.

    A leased slot whose `lease_until` has passed is free for others, but still its holder's until somebody takes it.
    A held slot belongs to a held task and is nobody's.
    `campaign`, `priority` and `rnd` are copied from the task, for the index that the claim walks along.
    """

    class State(models.TextChoices):
        OPEN = "open"
        LEASED = "leased"
        FILLED = "filled"
        HELD = "held"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    campaign = scoped("annotate.Campaign", db_index=False)
    task = scoped("annotate.Task", db_index=False)
    ordinal = models.SmallIntegerField()
    flipped = models.BooleanField()
    priority = models.SmallIntegerField(default=0)
    rnd = models.FloatField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    holder = scoped("ledger.Actor", null=True, db_index=False)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    leased_at = models.DateTimeField(null=True)
    judgment = models.OneToOneField("ledger.Judgment", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("task", "ordinal"), name="slot_ordinal"),
            models.UniqueConstraint(
                fields=("task", "holder"), condition=models.Q(holder__isnull=False), name="slot_one_per_rater"
            ),
            models.UniqueConstraint(
                fields=("lease_token",), condition=models.Q(lease_token__isnull=False), name="slot_lease_token"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=("open", "held"), holder__isnull=True, lease_token__isnull=True, judgment__isnull=True
                )
                | models.Q(
                    state="leased",
                    holder__isnull=False,
                    lease_token__isnull=False,
                    lease_until__isnull=False,
                    judgment__isnull=True,
                )
                | models.Q(state="filled", holder__isnull=False, judgment__isnull=False)
                | models.Q(state="closed", judgment__isnull=True),
                name="slot_state",
            ),
            *in_project("slot", "task", to="annotate.Task"),
            *in_project("slot", "campaign", to="annotate.Campaign"),
            *in_project("slot", "holder", to="ledger.Actor"),
            ScopedForeignKey(
                name="slot_judgment_in_project",
                fields=("project", "judgment"),
                to="ledger.Judgment",
                to_fields=("project", "id"),
            ),
        ]
        indexes = [
            models.Index(
                fields=("campaign", "priority", "rnd"),
                condition=models.Q(state__in=("open", "leased")),
                name="slot_claim",
            ),
            models.Index(fields=("holder", "campaign"), condition=models.Q(state="leased"), name="slot_held"),
            models.Index(fields=("campaign",), condition=models.Q(state="held"), name="slot_set_aside"),
        ]

    def __str__(self) -> str:
        return f"slot {self.ordinal} of {self.task_id}"


class Attempt(models.Model):
    """How one rater's work on one task ended. A task with a live attempt of mine never comes to me again.

    `ordinal` (of the slot) and `lease_token` say under which lease it was: they tell a late submit its task and side.
    """

    class Outcome(models.TextChoices):
        SUBMITTED = "submitted"
        SKIPPED = "skipped"
        LAPSED = "lapsed"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    campaign = scoped("annotate.Campaign", db_index=False)
    task = scoped("annotate.Task", db_index=False)
    rater = scoped("ledger.Actor", db_index=False)
    ordinal = models.SmallIntegerField(null=True)
    lease_token = models.UUIDField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.TextField(default="", blank=True)
    judgment = models.ForeignKey("ledger.Judgment", null=True, on_delete=models.PROTECT, related_name="+")
    guideline_version = models.IntegerField(default=1)
    gold_revealed = models.BooleanField(default=False)
    seconds = models.FloatField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("task", "rater"),
                condition=models.Q(outcome__in=("submitted", "skipped")),
                name="attempt_once",
            ),
            models.UniqueConstraint(
                fields=("lease_token",), condition=models.Q(lease_token__isnull=False), name="attempt_lease_token"
            ),
            *in_project("attempt", "campaign", to="annotate.Campaign"),
            *in_project("attempt", "task", to="annotate.Task"),
            *in_project("attempt", "rater", to="ledger.Actor"),
            ScopedForeignKey(
                name="attempt_slot", fields=("task", "ordinal"), to="annotate.Slot", to_fields=("task", "ordinal")
            ),
        ]
        indexes = [
            models.Index(fields=("campaign", "rater", "-at"), name="attempt_of_rater"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.task_id}"


class Seat(models.Model):
    """Where in the queue's order a rater's next claim begins, so that a claim does not walk over what they have done.

    Valid while `epoch` equals the campaign's; otherwise the walk begins at the front again. `claims` counts what they
    have taken here since the beginning; it says when the next anchor is due.
    """

    pk = models.CompositePrimaryKey("campaign_id", "rater_id")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", db_index=False)
    rater = models.ForeignKey("ledger.Actor", on_delete=models.CASCADE, related_name="+", db_index=False)
    priority = models.SmallIntegerField()
    rnd = models.FloatField()
    epoch = models.IntegerField()
    claims = models.IntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"seat of {self.rater_id}"


class Draft(models.Model):
    """What a rater has filled in and not yet submitted."""

    pk = models.CompositePrimaryKey("rater_id", "task_id")
    rater = models.ForeignKey("ledger.Actor", on_delete=models.CASCADE, related_name="+", db_index=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+", db_index=False)
    body = models.JSONField()
    saved_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"draft on {self.task_id}"


class PayRow(models.Model):
    """One line of a rater's pay: for a judgment, or its reversal when it was withdrawn."""

    class Kind(models.TextChoices):
        JUDGMENT = "judgment"
        REVERSAL = "reversal"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    campaign = scoped("annotate.Campaign", db_index=False)
    rater = scoped("ledger.Actor", db_index=False)
    judgment = models.ForeignKey("ledger.Judgment", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.JUDGMENT)
    amount = models.DecimalField(max_digits=10, decimal_places=4)
    currency = models.CharField(max_length=3)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("judgment", "kind"), name="payrow_once"),
            *in_project("payrow", "campaign", to="annotate.Campaign"),
            *in_project("payrow", "rater", to="ledger.Actor"),
        ]
        indexes = [models.Index(fields=("rater", "campaign", "at"), name="payrow_of_rater")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class ProgressTally(models.Model):
    """How far the tasks of one bucket are; stored, and at any moment equal to what `tallies.py` counts anew."""

    pk = models.CompositePrimaryKey("campaign_id", "bucket")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", db_index=False)
    bucket = models.TextField()
    tasks = models.IntegerField()
    complete = models.IntegerField()
    slots = models.IntegerField()
    filled = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.filled} of {self.slots} in {self.bucket}"


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


class BrokenReport(models.Model):
    """One rater says of one task that it is broken. What they wrote lies beside it, in `ReportWords`."""

    class Reason(models.TextChoices):
        GARBLED = "garbled", gettext_lazy("text missing or garbled")
        SAME = "same", gettext_lazy("both are the same")
        LANGUAGE = "language", gettext_lazy("wrong language")
        HARMFUL = "harmful", gettext_lazy("harmful or illegal")
        IDENTITY = "identity", gettext_lazy("a response says who made it")
        OTHER = "other", gettext_lazy("something else")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    campaign = scoped("annotate.Campaign", db_index=False)
    task = scoped("annotate.Task", db_index=False)
    rater = scoped("ledger.Actor", db_index=False)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("brokenreport"),
            models.UniqueConstraint(fields=("task", "rater"), name="brokenreport_once"),
            *in_project("brokenreport", "campaign", to="annotate.Campaign"),
            *in_project("brokenreport", "task", to="annotate.Task"),
            *in_project("brokenreport", "rater", to="ledger.Actor"),
        ]
        indexes = [models.Index(fields=("project", "campaign", "-at"), name="brokenreport_newest")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.reason} {self.task_id}"


class ReportWords(models.Model):
    """What a rater wrote about a broken pair: beside the report, so that erasing it leaves the report."""

    report = models.OneToOneField(BrokenReport, primary_key=True, on_delete=models.PROTECT, related_name="written")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()

    class Meta:
        constraints = [*in_project("reportwords", "report", to="annotate.BrokenReport")]

    def __str__(self) -> str:
        return f"words of {self.report_id}"
