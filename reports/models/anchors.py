"""Watching raters: the log of what they said of anchors."""

from django.db import models
from django.db.models.functions import Now

from core.accounts.models import Project
from core.tables.append_only import append_only
from core.tables.ids import uuid7
from core.tables.scoped import in_project, project_key, scoped


class AnchorEvent(models.Model):
    """What a rater said of one response of an anchor, beside its baseline, as it was when it was found.

    `number` counts a project's events from 1 without gaps, by `at` within each taking in. `rater` is the number of the
    rater's first event, by which monitors know them. `place` is 0 for a single response, 1 and 2 in a comparison.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.BigIntegerField()
    judgment = scoped("ledger.Judgment", db_index=False)
    place = models.SmallIntegerField()
    anchor = scoped("catalog.Anchor", db_index=False)
    actor = scoped("ledger.Actor", db_index=False)
    rater = models.BigIntegerField()
    baseline = models.BooleanField()
    said = models.BooleanField()
    simulated = models.BooleanField()
    at = models.DateTimeField()
    taken_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("anchorevent"),
            models.UniqueConstraint(fields=("project", "number"), name="anchorevent_number"),
            models.UniqueConstraint(fields=("judgment", "place"), name="anchorevent_once"),
            models.CheckConstraint(
                condition=models.Q(number__gte=1, rater__gte=1, rater__lte=models.F("number")),
                name="anchorevent_numbers",
            ),
            *in_project("anchorevent", "judgment", to="ledger.Judgment"),
            *in_project("anchorevent", "anchor", to="catalog.Anchor"),
            *in_project("anchorevent", "actor", to="ledger.Actor"),
        ]
        indexes = [models.Index(fields=("project", "actor"), name="anchorevent_of_rater")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"anchor judgment {self.number}"
