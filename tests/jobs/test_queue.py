import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core.jobs import queue, running
from core.jobs.models import Job


@pytest.mark.django_db
def test_a_job_is_rung_for_on_commit_and_not_before(rings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = queue.enqueue(kind="t", args={"n": 1})
        assert rings == []
    assert rings == [job.pk]
    assert Job.objects.get().args == {"n": 1}


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_rolled_back_cause_does_not_exist(rings):
    def cause():
        with transaction.atomic():
            queue.enqueue(kind="t", args={})
            raise ZeroDivisionError

    pytest.raises(ZeroDivisionError, cause)
    assert not Job.objects.exists()
    assert rings == []


@pytest.mark.django_db
def test_work_that_waits_is_not_queued_twice_under_one_key(rings):
    first = queue.enqueue(kind="t", args={"n": 1}, dedupe_key="k")
    assert queue.enqueue(kind="t", args={"n": 2}, dedupe_key="k") == first
    running.claim(first.pk)
    assert queue.enqueue(kind="t", args={"n": 3}, dedupe_key="k") == first
    assert Job.objects.get().args == {"n": 1}


@pytest.mark.django_db
def test_a_key_is_free_again_when_its_work_is_done(rings, on_kind):
    on_kind("t", lambda run: None)
    first = queue.enqueue(kind="t", args={}, dedupe_key="k")
    running.run(first.pk)
    assert queue.enqueue(kind="t", args={}, dedupe_key="k") != first


@pytest.mark.django_db
def test_one_key_in_two_projects_is_two_jobs(rings):
    here = queue.enqueue(kind="t", args={}, dedupe_key="k", scope=uuid.uuid4())
    assert queue.enqueue(kind="t", args={}, dedupe_key="k", scope=uuid.uuid4()) != here
    assert queue.enqueue(kind="t", args={}, dedupe_key="k") != here


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_under_one_key_make_one_job(rings):
    gate, made = threading.Barrier(8), []

    def ask():
        try:
            gate.wait()
            made.append(queue.enqueue(kind="t", args={}, dedupe_key="k").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert set(made) == {Job.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_eight_claims_at_once_give_the_job_to_one(rings):
    job = queue.enqueue(kind="t", args={})
    gate, claimed = threading.Barrier(8), []

    def take():
        try:
            gate.wait()
            claimed.append(running.claim(job.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.attempt for one in claimed if one] == [1]


@pytest.mark.django_db
def test_a_job_for_later_is_not_claimed_now(rings):
    job = queue.enqueue(kind="t", args={}, run_after=timezone.now() + timedelta(hours=1))
    assert running.claim(job.pk) is None


@pytest.mark.django_db
def test_a_retry_gives_three_fresh_attempts_and_the_fence_goes_on(rings, on_kind):
    def fail(run):
        raise ZeroDivisionError

    on_kind("t", fail)
    job = queue.enqueue(kind="t", args={})
    for _ in range(3):
        Job.objects.update(run_after=timezone.now() - timedelta(seconds=1))
        running.run(job.pk)
    assert Job.objects.get().state == "parked"
    again = queue.retry(job)
    assert (again.state, again.attempt, again.tries_until) == ("queued", 3, 6)
    on_kind("t", lambda run: None)
    running.run(job.pk)
    assert (Job.objects.get().state, Job.objects.get().attempt) == ("done", 4)


@pytest.mark.django_db
def test_a_job_that_did_not_fail_is_not_retried(rings, on_kind):
    job = queue.enqueue(kind="t", args={})
    with pytest.raises(queue.NotRetryable, match="waiting"):
        queue.retry(job)


@pytest.mark.django_db
def test_a_retry_gives_way_to_the_same_work_queued_anew(rings):
    job = queue.enqueue(kind="t", args={}, dedupe_key="k")
    Job.objects.update(state="parked")
    queue.enqueue(kind="t", args={}, dedupe_key="k")
    with pytest.raises(queue.NotRetryable, match="already"):
        queue.retry(job)
