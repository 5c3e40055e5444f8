"""What is judged: bundles, prompts, responses, comparisons, pools, anchors, and when a bundle went live."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Greatest, Least, Now

from core.accounts.models import Project
from core.tables.append_only import append_only
from core.tables.ids import uuid7
from core.tables.scoped import ScopedForeignKey, in_project, project_key, scoped
from core.tables.transactions import TransactionField


class Bundle(models.Model):
    """What is compared as one behaviour. `spec` NULL: known by name only (from an import), cannot be called."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    spec = models.JSONField(null=True)
    digest = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("bundle"),
            models.UniqueConstraint(fields=("project", "name"), name="bundle_name"),
            models.UniqueConstraint(fields=("project", "digest"), name="bundle_digest"),
        ]

    def __str__(self) -> str:
        return self.name


class Content(models.Model):
    """The only place where the words of prompts and responses live.

    `digest` is an HMAC under the project's key, as the bare hash of a short personal text could be guessed.
    A conversation's body is the canonical JSON of its messages; a text's body is the text. Erased: body and html NULL.
    """

    class Kind(models.TextChoices):
        TEXT = "text"
        CONVERSATION = "conversation"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField()
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.TEXT)
    body = models.TextField(null=True)  # noqa: DJ001  (NULL says erased, '' would say empty)
    html = models.TextField(null=True)  # noqa: DJ001  (NULL says not rendered yet)
    renderer = models.SmallIntegerField(default=0)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            project_key("content"),
            models.UniqueConstraint(fields=("project", "digest"), name="content_digest"),
        ]

    def __str__(self) -> str:
        return f"content {self.id}"


class Prompt(models.Model):
    """The conversation up to the point where a response is needed; `digest` covers words and description."""

    class Premise(models.TextChoices):
        NONE = "none"
        TRUE = "true"
        FALSE = "false"

    class Memory(models.TextChoices):
        OFF = "off"
        ON = "on"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    content = scoped("catalog.Content")
    family = models.TextField(null=True)  # noqa: DJ001  (NULL: belongs to no family)
    variant = models.TextField(default="", blank=True)
    premise = models.CharField(max_length=8, choices=Premise.choices, default=Premise.NONE)
    domain = ArrayField(models.TextField(), default=list)
    memory = models.CharField(max_length=8, choices=Memory.choices, default=Memory.OFF)
    digest = models.BinaryField()

    class Meta:
        constraints = [
            project_key("prompt"),
            models.UniqueConstraint(fields=("project", "digest"), name="prompt_digest"),
            *in_project("prompt", "content", to="catalog.Content"),
        ]

    def __str__(self) -> str:
        return f"prompt {self.id}"


class Response(models.Model):
    """One bundle's answer to one prompt; equal samples of a pool stay two by their `sample_no`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    prompt = scoped("catalog.Prompt")
    bundle = scoped("catalog.Bundle")
    content = scoped("catalog.Content")
    sample_no = models.SmallIntegerField(default=0)

    class Meta:
        constraints = [
            project_key("response"),
            models.UniqueConstraint(fields=("prompt", "id"), name="response_prompt_id"),
            models.UniqueConstraint(fields=("prompt", "bundle", "content", "sample_no"), name="response_sample"),
            *in_project("response", "prompt", to="catalog.Prompt"),
            *in_project("response", "bundle", to="catalog.Bundle"),
            *in_project("response", "content", to="catalog.Content"),
        ]

    def __str__(self) -> str:
        return f"response {self.id}"


class Comparison(models.Model):
    """Two responses to one prompt. `identical`: their texts are the same, which is allowed and marked.

    `family` is the prompt's and `first_bundle` and `second_bundle` are the responses', repeated here since only an
    index of this table can give a family's or a bundle's comparisons newest first. None of them ever changes; `verify`
    compares them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    prompt = scoped("catalog.Prompt")
    first = scoped("catalog.Response")
    second = scoped("catalog.Response")
    identical = models.BooleanField(default=False)
    source = models.TextField(default="", blank=True)
    family = models.TextField(null=True)  # noqa: DJ001  (NULL: its prompt belongs to no family)
    first_bundle = scoped("catalog.Bundle", db_index=False)
    second_bundle = scoped("catalog.Bundle", db_index=False)
    external_id = models.TextField(null=True)  # noqa: DJ001  (NULL: the file gave none)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("comparison"),
            models.CheckConstraint(condition=~models.Q(first=models.F("second")), name="comparison_two_responses"),
            models.UniqueConstraint(Least("first", "second"), Greatest("first", "second"), name="comparison_pair"),
            models.UniqueConstraint(fields=("project", "external_id"), name="comparison_external_id"),
            *in_project("comparison", "prompt", to="catalog.Prompt"),
            *in_project("comparison", "first", "second", to="catalog.Response"),
            *(
                ScopedForeignKey(
                    name=f"comparison_{side}_of_prompt",
                    fields=("prompt", side),
                    to="catalog.Response",
                    to_fields=("prompt", "id"),
                )
                for side in ("first", "second")
            ),
        ]
        indexes = [
            models.Index(fields=("project", "source", "id"), name="comparison_source"),
            models.Index(
                fields=("project", "family", "id"),
                condition=models.Q(family__isnull=False),
                name="comparison_family",
            ),
            models.Index(fields=("first_bundle", "id"), name="comparison_first_bundle"),
            models.Index(fields=("second_bundle", "id"), name="comparison_second_bundle"),
        ]

    def __str__(self) -> str:
        return f"comparison {self.id}"


class GoLive(models.Model):
    """When which share of traffic a bundle got, and from where we know it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    bundle = scoped("catalog.Bundle")
    at = models.DateTimeField()
    share = models.FloatField()
    source = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(share__gte=0, share__lte=1), name="golive_share"),
            *in_project("golive", "bundle", to="catalog.Bundle"),
        ]

    def __str__(self) -> str:
        return f"go-live {self.id}"


class AnchorSet(models.Model):
    """A fixed body of anchors: what raters judge again and again, so that a change in the raters themselves is seen."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    name = models.SlugField(max_length=80)
    note = models.TextField(default="", blank=True)
    # No foreign key, so that erasing a person changes nothing here.
    frozen_by = models.UUIDField(null=True)
    frozen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("anchorset"),
            models.UniqueConstraint(fields=("project", "name"), name="anchorset_name"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return self.name


class Anchor(models.Model):
    """A comparison or a response with what experts said of it, frozen: they may say something else later.

    `baseline` is {"sycophantic": 1, "correct": 0} of a response, and {"1": {…}, "2": {…}} of the first and the second
    response of a comparison; what experts did not say is not in it. `evidence` are the judgments that say so.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    set = scoped("catalog.AnchorSet", db_index=False)
    comparison = scoped("catalog.Comparison", null=True)
    response = scoped("catalog.Response", null=True)
    baseline = models.JSONField()
    evidence = ArrayField(models.UUIDField())
    frozen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("anchor"),
            models.CheckConstraint(
                condition=models.Q(comparison__isnull=False, response__isnull=True)
                | models.Q(comparison__isnull=True, response__isnull=False),
                name="anchor_one_subject",
            ),
            models.UniqueConstraint(fields=("set", "comparison", "response"), name="anchor_once", nulls_distinct=False),
            *in_project("anchor", "set", to="catalog.AnchorSet"),
            *in_project("anchor", "comparison", to="catalog.Comparison"),
            *in_project("anchor", "response", to="catalog.Response"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"anchor {self.id}"


class Pool(models.Model):
    """Several responses to each of many prompts, with scores: what a recipe is tried on.

    `base_bundle`: the bundle that wrote all of its responses; NULL where several did, or while there are none.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    name = models.SlugField(max_length=80)
    note = models.TextField(default="", blank=True)
    base_bundle = scoped("catalog.Bundle", null=True, db_index=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("pool"),
            models.UniqueConstraint(fields=("project", "name"), name="pool_name"),
            *in_project("pool", "base_bundle", to="catalog.Bundle"),
        ]

    def __str__(self) -> str:
        return self.name


class PoolResponse(models.Model):
    """That a response is in a pool. A response may be in several, with scores of its own in each."""

    pk = models.CompositePrimaryKey("pool_id", "response_id")
    # The keys of pool and response hold the project; a third would only be asked again for every row.
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    pool = scoped("catalog.Pool", db_index=False)
    response = scoped("catalog.Response")

    class Meta:
        constraints = [
            *in_project("poolresponse", "pool", to="catalog.Pool"),
            *in_project("poolresponse", "response", to="catalog.Response"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.response_id} in {self.pool_id}"


class Score(models.Model):
    """What a signal, by its key, gives a response of a pool: raw, in the signal's own unit.

    When it came, and in which transaction, is what an export asks that says by how much a recipe prefers an answer.
    """

    pk = models.CompositePrimaryKey("pool_id", "response_id", "signal")
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    pool = scoped("catalog.Pool", db_index=False)
    response = scoped("catalog.Response", db_index=False)
    signal = models.TextField()
    value = models.FloatField()
    added_at = models.DateTimeField(db_default=Now())
    xid = TransactionField()

    class Meta:
        constraints = [
            # NaN is greater than every number here, and equal to itself.
            models.CheckConstraint(
                condition=models.Q(value__gt=float("-inf"), value__lt=float("inf")), name="score_finite"
            ),
            *in_project("score", "pool", to="catalog.Pool"),
            ScopedForeignKey(
                name="score_of_pool",
                fields=("pool", "response"),
                to="catalog.PoolResponse",
                to_fields=("pool", "response"),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.signal} {self.value}"
