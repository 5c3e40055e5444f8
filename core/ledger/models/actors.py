"""Who speaks: pseudonyms, and the only way from one to a person."""

from django.db import models
from django.db.models.functions import Now

from core.accounts.models import Project, User
from core.tables.ids import uuid7
from core.tables.scoped import in_project, project_key


class Actor(models.Model):
    """The pseudonymous author of judgments. The pseudonym is random, never derived from the person."""

    class Kind(models.TextChoices):
        RATER = "rater"
        EXPERT = "expert"
        VOLUNTEER = "volunteer"
        USER = "user"
        JUDGE = "judge"
        IMPORTED = "imported"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    pseudonym = models.CharField(max_length=24)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("actor"),
            models.UniqueConstraint(fields=("project", "pseudonym"), name="actor_pseudonym"),
            models.CheckConstraint(
                condition=models.Q(kind__in=("rater", "expert", "volunteer", "user", "judge", "imported")),
                name="actor_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.pseudonym


class ActorLink(models.Model):
    """Whose pseudonym it is. The only way from an actor to a person; erasing the person deletes this row."""

    actor = models.OneToOneField(Actor, primary_key=True, on_delete=models.PROTECT, related_name="link")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    external_key = models.TextField(null=True)  # noqa: DJ001  (NULL: a person of this installation)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("project", "user"), name="actorlink_user"),
            models.UniqueConstraint(fields=("project", "external_key"), name="actorlink_external_key"),
            *in_project("actorlink", "actor", to="ledger.Actor"),
        ]

    def __str__(self) -> str:
        return str(self.actor_id)
