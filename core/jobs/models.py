"""Durable work: the job row is the outbox, the broker only the doorbell."""

from django.db import models
from django.db.models.functions import Now

from core.tables.ids import uuid7

# So many times the work is tried before a person must look.
ATTEMPTS = 3


class Job(models.Model):
    """One piece of work, written in the same transaction as its cause.

    `attempt` is the fencing token: a worker writes only while the row still carries the attempt it began with; it
    never goes back, so a person's retry raises `tries_until` instead, the attempt after which the job is parked.
    `error` is one line for people, `trace` the tail of the traceback.
    `scope` is the id of the project whose members may see the job; it has no foreign key since projects lie above.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        PARKED = "parked", "parked"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.TextField()
    args = models.JSONField(default=dict)
    scope = models.UUIDField(null=True)
    dedupe_key = models.TextField(null=True)  # noqa: DJ001  (NULL: never a duplicate; '' would be one key)
    state = models.TextField(choices=State.choices, default=State.QUEUED)
    attempt = models.SmallIntegerField(default=0)
    tries_until = models.SmallIntegerField(default=ATTEMPTS, db_default=ATTEMPTS)
    run_after = models.DateTimeField(db_default=Now())
    heartbeat_at = models.DateTimeField(null=True)
    progress = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    error = models.TextField(default="")
    trace = models.TextField(default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("kind", "scope", "dedupe_key"),
                condition=models.Q(state__in=("queued", "running"), dedupe_key__isnull=False),
                nulls_distinct=False,
                name="job_dedupe",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=("queued", "running", "done", "failed", "parked")), name="job_state"
            ),
        ]
        indexes = [
            models.Index(fields=("run_after",), condition=models.Q(state="queued"), name="job_due"),
            models.Index(fields=("heartbeat_at",), condition=models.Q(state="running"), name="job_running"),
            models.Index(fields=("scope", "-id"), name="job_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
