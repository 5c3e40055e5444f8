"""What must hold of the job table at any moment."""

from collections.abc import Iterator

from core.tables.verification import Finding, check, found

_FINISHED = "('done', 'failed', 'parked')"


@check("a job's times fit its state")
def times_fit_state() -> Iterator[Finding]:
    """Finished jobs say when; running ones have a heartbeat; waiting ones have neither."""
    return found(
        "a job's times fit its state",
        "jobs_job",
        f"""
        SELECT id, state FROM jobs_job
        WHERE (state IN {_FINISHED}) <> (finished_at IS NOT NULL) OR (state = 'running') <> (heartbeat_at IS NOT NULL)
        ORDER BY id
        """,  # noqa: S608  (constants only)
        "a job that is {1} has the wrong times (finished_at, heartbeat_at)",
    )


@check("no job is tried more often than allowed")
def attempts_are_bounded() -> Iterator[Finding]:
    """A job out of attempts is parked, done or failed, or is on its last attempt."""
    return found(
        "no job is tried more often than allowed",
        "jobs_job",
        """
        SELECT id, attempt, tries_until, state FROM jobs_job
        WHERE attempt > tries_until OR (state = 'queued' AND attempt >= tries_until) OR attempt < 0
           OR (state IN ('running', 'done') AND attempt = 0)
        ORDER BY id
        """,
        "attempt {1} of at most {2} while {3}",
    )


@check("a dedupe key is active once")
def dedupe_keys_are_unique() -> Iterator[Finding]:
    """The unique index says so; a restored or rebuilt database may not."""
    return found(
        "a dedupe key is active once",
        "jobs_job",
        """
        SELECT max(id::text), kind, dedupe_key, count(*) FROM jobs_job
        WHERE state IN ('queued', 'running') AND dedupe_key IS NOT NULL
        GROUP BY kind, scope, dedupe_key HAVING count(*) > 1
        """,
        "{3} jobs {1} wait or run under the key {2}",
    )
