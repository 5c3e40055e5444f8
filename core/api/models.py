"""What the API remembers of its callers: answers that may be asked for again, and how fast each token asks."""

from django.db import models
from django.db.models.functions import Now

from core.accounts.models import Project, Token
from core.tables.ids import uuid7
from core.tables.scoped import in_project, scoped


class KeptAnswer(models.Model):
    """The answer to a request with an idempotency key, written in the transaction of the request's effect."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    token = scoped("accounts.Token", db_index=False)
    endpoint = models.TextField()
    key = models.CharField(max_length=255)
    request_digest = models.BinaryField()
    status = models.SmallIntegerField()
    location = models.TextField(default="", blank=True)
    body = models.TextField()
    at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("project", "token", "endpoint", "key"), name="keptanswer_key"),
            *in_project("keptanswer", "token", to="accounts.Token"),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.key}"


class Bucket(models.Model):
    """How many requests a token may still make at once: `level` as it was at `at`, filling up since."""

    token = models.OneToOneField(Token, primary_key=True, on_delete=models.CASCADE, related_name="+")
    level = models.FloatField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"bucket of {self.token_id}"
