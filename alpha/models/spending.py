"""What may be spent on models, in tokens, and what was."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.accounts.models import Project
from core.tables.ids import uuid7
from core.tables.scoped import in_project, scoped


class Budget(models.Model):
    """Tokens held and used by a programme: in all, on a day, and by a person on a day; a row for each.

    `held` is reserved for answers that are being written. At any moment both equal the sums over `Reservation`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    programme = scoped("alpha.Programme", db_index=False)
    day = models.DateField(null=True)
    actor = scoped("ledger.Actor", null=True)
    held = models.BigIntegerField(default=0)
    used = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("programme", "day", "actor"), name="budget_once", nulls_distinct=False),
            models.CheckConstraint(condition=Q(held__gte=0, used__gte=0), name="budget_amounts"),
            *in_project("budget", "programme", to="alpha.Programme"),
            *in_project("budget", "actor", to="ledger.Actor"),
        ]

    def __str__(self) -> str:
        return f"{self.used} used"


class Reservation(models.Model):
    """What was set aside for one answer, and what it took: `used` is NULL until it is settled, 0 where it broke."""

    answer = models.OneToOneField("alpha.Answer", primary_key=True, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    programme = scoped("alpha.Programme")
    actor = scoped("ledger.Actor", db_index=False)
    day = models.DateField()
    held = models.IntegerField()
    used = models.IntegerField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(held__gt=0), name="reservation_held"),
            *in_project("reservation", "answer", to="alpha.Answer"),
            *in_project("reservation", "programme", to="alpha.Programme"),
            *in_project("reservation", "actor", to="ledger.Actor"),
        ]

    def __str__(self) -> str:
        return f"{self.held} for {self.answer_id}"
