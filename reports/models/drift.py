"""Watching users' thumbs: the log of labelled thumbs, the monitors that read it, their alarms and what was done."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.accounts.models import Project, User
from core.tables.append_only import append_only
from core.tables.exact import ExactJSONField
from core.tables.ids import uuid7
from core.tables.scoped import in_project, project_key, scoped
from stats.monitoring.declared import KEYS


class DriftEvent(models.Model):
    """A thumb that has its labels, as both were when it was found; what is said or ruled later does not change it.

    `number` counts a project's events from 1 without gaps, by the time at which thumb and labels were both there
    (`ready_at`) within each taking in. It is NULL, and `left_out` says why, for one that no monitor may read.
    `sycophantic` and `correct` are the shares of the best source (`labelled_by`) that say so, `warm` is how warm less
    how cold, from -1 to 1, `good` is 1 or 0 by an expert and NULL without one. Context that nobody gave is empty.
    """

    judgment = models.OneToOneField(
        "ledger.Judgment", primary_key=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    number = models.BigIntegerField(null=True)
    left_out = models.CharField(max_length=20, default="", blank=True)
    # Ids only: the judgment's own keys hold them, and `verify` compares.
    actor = models.UUIDField()
    response = models.UUIDField(null=True)
    turn = models.UUIDField(null=True)
    bundle = models.UUIDField(null=True)
    up = models.BooleanField()
    sycophantic = models.FloatField()
    correct = models.FloatField()
    warm = models.FloatField(null=True)
    good = models.FloatField(null=True)
    labelled_by = models.CharField(max_length=8)
    segment = models.TextField(default="", blank=True)
    arm = models.TextField(default="", blank=True)
    memory = models.TextField(default="", blank=True)
    domain = models.TextField(default="", blank=True)
    language = models.TextField(default="", blank=True)
    solicited = models.BooleanField()
    simulated = models.BooleanField()
    said_at = models.DateTimeField()
    ready_at = models.DateTimeField()
    taken_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("project", "number"), name="driftevent_number"),
            models.CheckConstraint(
                condition=models.Q(number__gte=1, left_out="")
                | (models.Q(number__isnull=True) & ~models.Q(left_out="")),
                name="driftevent_numbered",
            ),
            *in_project("driftevent", "judgment", to="ledger.Judgment"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"thumb {self.number}"


class Monitor(models.Model):
    """One watched quantity of a project; `declared` is `stats.monitoring.declared.Declared`, `state` its machine's.

    The state is that after event `last_number` of the run whose reference are the events from `first_number` to
    `reference_last`; both are NULL while the reference is not full. `reading` is what the machine says of itself, as
    JSON, NULL as long. `run` counts from 1 how often it was started with a new reference. `suspected` is what is behind
    an alarm, as far as that is known; `needed` is how much is still missing of a reference.
    """

    class Key(models.TextChoices):
        M1 = "M1", _("bias coefficient")
        M2 = "M2", _("raw gap")
        M3 = "M3", _("calibration against experts")
        M4 = "M4", _("selection")
        M5 = "M5", _("conflation of warmth and agreement")
        M6 = "M6", _("mix")
        M7 = "M7", _("rater drift on anchors")
        M8 = "M8", _("volume and delay")
        M9 = "M9", _("memory modifier")
        M10 = "M10", _("vulnerable tail")

    class Standing(models.TextChoices):
        WARMING_UP = "WARMING_UP", _("warming up")
        OK = "OK", _("ok")
        WATCH = "WATCH", _("watch")
        ALARM = "ALARM", _("alarm")

    class Suspected(models.TextChoices):
        BIAS_DRIFT = "bias_drift", _("bias drift")
        LABEL_DRIFT = "label_drift", _("label drift")
        MIX_SHIFT = "mix_shift", _("mix shift")
        DATA_FAULT = "data_fault", _("data fault")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=3, choices=Key.choices)
    declared = models.JSONField()
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    run = models.IntegerField(default=1)
    first_number = models.BigIntegerField(default=1)
    last_number = models.BigIntegerField(default=0)
    reference_last = models.BigIntegerField(null=True)
    state = ExactJSONField(null=True)
    reading = models.JSONField(null=True)
    standing = models.CharField(max_length=12, choices=Standing.choices, default=Standing.WARMING_UP)
    since = models.DateTimeField(null=True)
    suspected = models.CharField(max_length=12, choices=Suspected.choices, default="", blank=True)
    needed = models.JSONField(default=dict)
    fault = models.TextField(default="", blank=True)
    stepped_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            project_key("monitor"),
            models.UniqueConstraint(fields=("project", "key"), name="monitor_key"),
            models.CheckConstraint(condition=models.Q(key__in=KEYS), name="monitor_known_key"),
            models.CheckConstraint(
                condition=models.Q(standing__in=("WARMING_UP", "OK", "WATCH", "ALARM")), name="monitor_standing"
            ),
            models.CheckConstraint(
                condition=models.Q(first_number__gte=1, last_number__gte=models.F("first_number") - 1),
                name="monitor_numbers",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Alarm(models.Model):
    """That a monitor alarmed, once in each of its runs, at event `number`, which was ready at `at`.

    `body` is what explains it: statistic, change_point, attribution, kitagawa, go_lives, contributors; it is made again
    while it is `provisional`. `closed_at` is when the monitor was given a new reference; NULL while the alarm stands.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    monitor = scoped("reports.Monitor", db_index=False)
    run = models.IntegerField()
    number = models.BigIntegerField()
    at = models.DateTimeField()
    suspect_from = models.DateTimeField()
    raised_at = models.DateTimeField(db_default=Now())
    body = models.JSONField()
    provisional = models.BooleanField(default=True)
    suspected = models.CharField(max_length=12, choices=Monitor.Suspected.choices, default="", blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            project_key("alarm"),
            models.UniqueConstraint(fields=("monitor", "run"), name="alarm_once"),
            *in_project("alarm", "monitor", to="reports.Monitor"),
        ]
        indexes = [models.Index(fields=("project", "-id"), name="alarm_newest")]

    def __str__(self) -> str:
        return f"alarm {self.id}"


class AlarmAction(models.Model):
    """Something that a person did about an alarm; the last of a kind by id stands. `data` is what came of it."""

    class Kind(models.TextChoices):
        TRIAGE = "triage", _("triage")
        THUMBS_OFF = "thumbs_off", _("thumbs switched off")
        BLOCK_EXPORTS = "block_exports", _("exports blocked")
        RAISE_GOLD = "raise_gold", _("gold sampling raised")
        ASK_INCIDENT = "ask_incident", _("incident asked for")
        RESET = "reset", _("reset with a new reference")
        OVERRIDE = "override", _("exported all the same")

    class Verdict(models.TextChoices):
        BIAS_DRIFT = "bias_drift", _("real bias drift")
        LABEL_DRIFT = "label_drift", _("label drift")
        MIX_SHIFT = "mix_shift", _("mix shift")
        DATA_FAULT = "data_fault", _("data fault")
        KNOWN_LAUNCH = "known_launch", _("known launch")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    alarm = scoped("reports.Alarm", db_index=False)
    kind = models.CharField(max_length=14, choices=Kind.choices)
    verdict = models.CharField(max_length=12, choices=Verdict.choices, default="", blank=True)
    reason = models.TextField(default="", blank=True)
    data = models.JSONField(default=dict)
    # No foreign key, so that erasing a person changes nothing here.
    by = models.UUIDField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=(
                        "triage",
                        "thumbs_off",
                        "block_exports",
                        "raise_gold",
                        "ask_incident",
                        "reset",
                        "override",
                    )
                ),
                name="alarmaction_kind",
            ),
            models.CheckConstraint(
                condition=(models.Q(kind="triage") & ~models.Q(verdict=""))
                | (~models.Q(kind="triage") & models.Q(verdict="")),
                name="alarmaction_verdict",
            ),
            *in_project("alarmaction", "alarm", to="reports.Alarm"),
        ]
        indexes = [models.Index(fields=("alarm", "-id"), name="alarmaction_last")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} on {self.alarm_id}"
