"""Who tries what: programmes, the bundles on trial, volunteers and what they agreed to."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from core.accounts.models import Invitation, Project, User
from core.tables.append_only import append_only
from core.tables.ids import uuid7
from core.tables.scoped import in_project, project_key, scoped


class Programme(models.Model):
    """An alpha. `axes` are the behaviours that block a release: every spot check asks each of them.

    In single mode a blind answer appears `first_ms` after it was asked for and then at `pace` characters a second,
    whatever the model does. `ask_share` of the turns ask for a thumb; `memory_share` of the conversations have memory.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=120)
    purpose = models.TextField(default="", blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    axes = ArrayField(models.TextField(), default=list)
    high_risk = ArrayField(models.TextField(), default=list)
    single = models.BooleanField(default=True)
    side_by_side = models.BooleanField(default=True)
    most_volunteers = models.IntegerField(default=100)
    ask_share = models.FloatField(default=0.02)
    memory_share = models.FloatField(default=0.5)
    first_ms = models.IntegerField(default=1500)
    pace = models.IntegerField(default=200)
    tokens = models.BigIntegerField(default=5_000_000)
    tokens_a_day = models.BigIntegerField(default=500_000)
    tokens_a_person_a_day = models.BigIntegerField(default=50_000)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("programme"),
            models.UniqueConstraint(fields=("project", "key"), name="programme_key"),
            models.CheckConstraint(condition=Q(single=True) | Q(side_by_side=True), name="programme_mode"),
            models.CheckConstraint(
                condition=Q(ask_share__gte=0, ask_share__lte=1, memory_share__gte=0, memory_share__lte=1),
                name="programme_shares",
            ),
            models.CheckConstraint(condition=Q(first_ms__gte=0, pace__gte=1), name="programme_clock"),
            models.CheckConstraint(
                condition=Q(most_volunteers__gte=0, tokens__gte=0, tokens_a_day__gte=0, tokens_a_person_a_day__gte=0),
                name="programme_caps",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Trial(models.Model):
    """A bundle on trial. The baseline, if there is one, has ordinal 0; candidates follow."""

    class Part(models.TextChoices):
        BASELINE = "baseline", _("baseline")
        CANDIDATE = "candidate", _("candidate")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    programme = scoped("alpha.Programme", db_index=False)
    bundle = scoped("catalog.Bundle")
    part = models.CharField(max_length=10, choices=Part.choices)
    ordinal = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("programme", "ordinal"), name="trial_ordinal"),
            models.UniqueConstraint(fields=("programme", "bundle"), name="trial_bundle"),
            models.UniqueConstraint(fields=("programme",), condition=Q(part="baseline"), name="trial_one_baseline"),
            *in_project("trial", "programme", to="alpha.Programme"),
            *in_project("trial", "bundle", to="catalog.Bundle"),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.bundle_id}"


class ConsentText(models.Model):
    """What a volunteer agrees to; the newest version is asked for, and an older agreement is not one to it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    programme = scoped("alpha.Programme", db_index=False)
    version = models.IntegerField()
    body = models.TextField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("consenttext"),
            models.UniqueConstraint(fields=("programme", "version"), name="consenttext_version"),
            *in_project("consenttext", "programme", to="alpha.Programme"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"version {self.version}"


class Volunteer(models.Model):
    """One person's place in a programme, from the waiting list on. Erased: `email` and `user` are NULL."""

    class State(models.TextChoices):
        WAITING = "waiting", _("on the waiting list")
        INVITED = "invited", _("invited")
        JOINED = "joined", _("taking part")
        LEFT = "left", _("left")
        REMOVED = "removed", _("removed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    programme = scoped("alpha.Programme", db_index=False)
    email = models.EmailField(max_length=254, null=True)  # noqa: DJ001  (NULL: erased)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    invitation = models.ForeignKey(Invitation, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices)
    added_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(db_default=Now())
    joined_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            project_key("volunteer"),
            models.UniqueConstraint(fields=("programme", "email"), name="volunteer_once"),
            models.UniqueConstraint(fields=("programme", "user"), name="volunteer_user"),
            models.CheckConstraint(condition=Q(email=None) | Q(email=Lower("email")), name="volunteer_email_lower"),
            *in_project("volunteer", "programme", to="alpha.Programme"),
        ]
        indexes = [models.Index(fields=("programme", "state", "id"), name="volunteer_state")]

    def __str__(self) -> str:
        return f"volunteer {self.id}"


class Consent(models.Model):
    """That a volunteer agreed to a version of the text, and when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    volunteer = scoped("alpha.Volunteer", db_index=False)
    text = scoped("alpha.ConsentText")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("volunteer", "text"), name="consent_once"),
            *in_project("consent", "volunteer", to="alpha.Volunteer"),
            *in_project("consent", "text", to="alpha.ConsentText"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.volunteer_id} to {self.text_id}"
