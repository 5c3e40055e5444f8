"""Where models are asked: endpoints of a project, whose keys are encrypted at rest and never shown again."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.accounts.models import Project, User
from core.tables.ids import uuid7
from core.tables.scoped import project_key


class Endpoint(models.Model):
    """A place that answers for bundles, which name it in their specification.

    `kind` says by which adapter: `openai` calls `url`, any OpenAI-compatible base address, with the key; `script`
    answers from `script`, JSON Lines that are described in `adapters/scripted.py`.
    """

    class Kind(models.TextChoices):
        OPENAI = "openai", _("OpenAI-compatible")
        SCRIPT = "script", _("script")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.SlugField(max_length=60)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    url = models.TextField(default="", blank=True)
    key_encrypted = models.BinaryField(null=True)
    script = models.TextField(default="", blank=True)
    set_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    set_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("endpoint"),
            models.UniqueConstraint(fields=("project", "name"), name="endpoint_name"),
            models.CheckConstraint(
                condition=Q(kind="openai", script="") & ~Q(url="") | Q(kind="script", url="", key_encrypted=None),
                name="endpoint_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.name
