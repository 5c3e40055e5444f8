"""What was said: rubrics, turns, judgments with their signals and words, and rulings about them."""

from django.db import models
from django.db.models.functions import Now

from core.accounts.models import Project
from core.ledger.models.actors import Actor
from core.tables.append_only import append_only
from core.tables.ids import uuid7
from core.tables.scoped import in_project, project_key, scoped
from core.tables.transactions import TransactionField


class RubricVersion(models.Model):
    """A versioned set of questions; its shape is described in `rubrics.py`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    version = models.IntegerField()
    questions = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("rubricversion"),
            models.UniqueConstraint(fields=("project", "name", "version"), name="rubricversion_version"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Turn(models.Model):
    """One answer in a live conversation, in the place where it happened."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    bundle = scoped("catalog.Bundle", null=True)
    arm_key = models.TextField(default="", blank=True)
    conversation = models.TextField()
    n = models.IntegerField()
    memory = models.CharField(max_length=8, default="off")
    segment = models.JSONField(default=dict)
    response = scoped("catalog.Response", null=True)
    label_probability = models.FloatField(null=True)

    class Meta:
        constraints = [
            project_key("turn"),
            models.UniqueConstraint(fields=("project", "conversation", "n"), name="turn_place"),
            *in_project("turn", "bundle", to="catalog.Bundle"),
            *in_project("turn", "response", to="catalog.Response"),
        ]

    def __str__(self) -> str:
        return f"turn {self.id}"


class Judgment(models.Model):
    """What one actor said at one moment about one comparison, response or turn, with its context.

    `shown_first` is the response that stood on the left; `submission_key` is the one rule of idempotency for raters'
    submits, imported votes and ingested events; `supersedes` makes a history a line, as each row has one successor.
    """

    class Source(models.TextChoices):
        IMPORT = "import"
        RATING = "rating"
        ALPHA = "alpha"
        LIVE = "live"
        SPOT_CHECK = "spot_check"
        JUDGE = "judge"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    actor = scoped("ledger.Actor")
    source = models.CharField(max_length=12, choices=Source.choices)
    rubric_version = scoped("ledger.RubricVersion", null=True, db_index=False)
    comparison = scoped("catalog.Comparison", null=True)
    response = scoped("catalog.Response", null=True)
    turn = scoped("ledger.Turn", null=True)
    shown_first = scoped("catalog.Response", null=True, db_index=False)
    solicited = models.BooleanField(default=True)
    memory = models.CharField(max_length=8, default="off")
    arm_key = models.TextField(default="", blank=True)
    segment_key = models.TextField(default="", blank=True)
    said_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())
    submission_key = models.TextField()
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    simulated = models.BooleanField(default=False)
    xid = TransactionField()

    class Meta:
        constraints = [
            project_key("judgment"),
            models.UniqueConstraint(fields=("project", "source", "submission_key"), name="judgment_submission"),
            models.CheckConstraint(
                condition=models.Q(comparison__isnull=False, response__isnull=True, turn__isnull=True)
                | models.Q(comparison__isnull=True, response__isnull=False, turn__isnull=True)
                | models.Q(comparison__isnull=True, response__isnull=True, turn__isnull=False),
                name="judgment_one_subject",
            ),
            *in_project("judgment", "actor", to="ledger.Actor"),
            *in_project("judgment", "rubric_version", to="ledger.RubricVersion"),
            *in_project("judgment", "comparison", to="catalog.Comparison"),
            *in_project("judgment", "response", "shown_first", to="catalog.Response"),
            *in_project("judgment", "turn", to="ledger.Turn"),
            *in_project("judgment", "supersedes", to="ledger.Judgment"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"judgment {self.id}"


class Signal(models.Model):
    """One answer inside a judgment: an ordinal, or a code of the rubric version.

    `response_slot` is 0 for an answer about the whole subject, 1 and 2 for the comparison's first and second response.
    """

    pk = models.CompositePrimaryKey("judgment_id", "question", "response_slot")
    judgment = models.ForeignKey(Judgment, on_delete=models.PROTECT, related_name="signals", db_index=False)
    question = models.TextField()
    response_slot = models.SmallIntegerField(default=0)
    value = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(response_slot__in=(0, 1, 2)), name="signal_slot"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.question}={self.value}"


class Mention(models.Model):
    """That somebody once gave this answer about this comparison: what a reader walks along, newest comparison first.

    Written with the judgment and never changed. Whether the answer still counts is asked of the ledger itself.
    """

    pk = models.CompositePrimaryKey("project_id", "question", "value", "comparison_id")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    question = models.TextField()
    value = models.SmallIntegerField()
    # The judgment beside which it is written holds the same key, checked by the database; `verify` compares the two.
    comparison = scoped("catalog.Comparison", db_index=False)

    def __str__(self) -> str:
        return f"{self.comparison_id} {self.question}={self.value}"


class Words(models.Model):
    """A person's words about a judgment (rationale, note, quote); deletable, so not part of the ledger."""

    judgment = models.OneToOneField(Judgment, primary_key=True, on_delete=models.PROTECT, related_name="words")
    body = models.JSONField()

    def __str__(self) -> str:
        return f"words of {self.judgment_id}"


class Ruling(models.Model):
    """The standing of a judgment; the last one by id stands. A judgment without a ruling is counted with weight 1."""

    class Standing(models.TextChoices):
        COUNTED = "counted"
        SURPLUS = "surplus"
        WITHDRAWN = "withdrawn"
        QUARANTINED = "quarantined"
        OVERRULED = "overruled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    judgment = models.ForeignKey(Judgment, on_delete=models.PROTECT, related_name="rulings", db_index=False)
    standing = models.CharField(max_length=12, choices=Standing.choices)
    weight = models.FloatField(default=1.0)
    reason = models.TextField(default="", blank=True)
    by = models.UUIDField(null=True)
    run = models.UUIDField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())
    xid = TransactionField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(standing__in=("counted", "surplus", "withdrawn", "quarantined", "overruled")),
                name="ruling_standing",
            ),
        ]
        indexes = [models.Index(fields=("judgment", "-id"), name="ruling_last")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.judgment_id} {self.standing}"


class AnchorJudgment(models.Model):
    """That a judgment was given on an anchor: it says something of its author, and is no more work on its subject.

    Written in the judgment's own transaction; readers of what people prefer leave these judgments out.
    """

    judgment = models.OneToOneField(Judgment, primary_key=True, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    anchor = scoped("catalog.Anchor")

    class Meta:
        constraints = [*in_project("anchorjudgment", "anchor", to="catalog.Anchor")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.judgment_id} on {self.anchor_id}"


class CountedJudgment(models.Model):
    """The view that every reader of the ledger uses: judgments whose last ruling (if any) says counted."""

    id = models.UUIDField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.DO_NOTHING, related_name="+")
    actor = models.ForeignKey(Actor, on_delete=models.DO_NOTHING, related_name="+")
    source = models.CharField(max_length=12)
    rubric_version = models.ForeignKey(RubricVersion, null=True, on_delete=models.DO_NOTHING, related_name="+")
    comparison = models.ForeignKey("catalog.Comparison", null=True, on_delete=models.DO_NOTHING, related_name="+")
    response = models.ForeignKey("catalog.Response", null=True, on_delete=models.DO_NOTHING, related_name="+")
    turn = models.ForeignKey(Turn, null=True, on_delete=models.DO_NOTHING, related_name="+")
    shown_first = models.ForeignKey("catalog.Response", null=True, on_delete=models.DO_NOTHING, related_name="+")
    solicited = models.BooleanField()
    memory = models.CharField(max_length=8)
    arm_key = models.TextField()
    segment_key = models.TextField()
    said_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    simulated = models.BooleanField()
    weight = models.FloatField()

    class Meta:
        managed = False
        db_table = "counted_judgment"

    def __str__(self) -> str:
        return f"counted {self.id}"
