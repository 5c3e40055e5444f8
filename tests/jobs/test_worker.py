"""One job through everything that is real: another process enqueues it, the bell rings, a worker does it."""

import pytest

from core.jobs.models import Job
from tests.workers import Worker, elsewhere, until


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_short_command_is_done_by_a_worker_because_the_bell_rang(tmp_path):
    note = tmp_path / "note"
    with Worker(tmp_path, TEST_SWEEP_SECONDS=3600):
        elsewhere(
            tmp_path,
            f"""
            from core.jobs.queue import enqueue
            enqueue(kind="test.note", args={{"path": {str(note)!r}}})
            """,
        )
        job = until(lambda: Job.objects.filter(state="done").first())
    assert job.result == {"said": "noted"}
    assert job.attempt == 1
    assert [line.split()[0] for line in note.read_text().splitlines()] == ["begin-1", "end-1"]
