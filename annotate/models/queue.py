"""What waits for raters and where each of them stands: tasks, slots, seats, and how far it all is."""

from django.db import models
from django.db.models.functions import Now

from annotate.models.campaigns import Campaign
from core.accounts.models import Project
from core.tables.ids import uuid7
from core.tables.scoped import ScopedForeignKey, in_project, project_key, scoped
from core.tables.transactions import TransactionField

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
