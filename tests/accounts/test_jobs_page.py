import pytest
from django.urls import reverse

from core.accounts import audit
from core.accounts.models import AuditEvent
from core.jobs import bell, queue
from core.jobs.models import Job


@pytest.fixture(autouse=True)
def _nobody_rings(monkeypatch):
    monkeypatch.setattr(bell, "ring", lambda job_id: None)


@pytest.fixture
def url(project):
    return reverse("job_list", args=[project.slug])


def parked(project, **values):
    values = {"error": "ValueError: line 3 is no JSON", "trace": "Traceback …", "attempt": 3, **values}
    return Job.objects.create(kind="t.import", scope=project.pk, state="parked", **values)


def test_a_project_without_jobs_says_what_will_stand_here(client, ml_lead, url):
    client.force_login(ml_lead)
    assert "No jobs yet" in client.get(url).content.decode()


def test_a_job_is_shown_with_its_state_progress_and_reason(client, ml_lead, project, url):
    client.force_login(ml_lead)
    Job.objects.create(
        kind="t.export", scope=project.pk, state="running", progress={"done": 3, "total": 10, "note": "rows"}
    )
    parked(project)
    page = client.get(url).content.decode()
    assert '<progress value="3" max="10"' in page
    assert "Gave up" in page
    assert "line 3 is no JSON" in page
    assert "1 job waiting or running. 1 job failed;" in page


def test_the_list_asks_again_while_something_runs_and_then_stops(client, ml_lead, project, url):
    client.force_login(ml_lead)
    job = Job.objects.create(kind="t", scope=project.pk)
    answer = client.get(url, headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert 'hx-trigger="every 2s"' in answer.content.decode()
    assert "<html" not in answer.content.decode()
    Job.objects.filter(pk=job.pk).update(state="done")
    answer = client.get(url, headers={"hx-request": "true"})
    assert answer.status_code == 286
    assert "every 2s" not in answer.content.decode()


def test_a_failed_job_is_tried_again_by_a_button_and_that_is_on_record(client, ml_lead, project, url):
    client.force_login(ml_lead)
    job = parked(project)
    answer = client.post(reverse("job_retry", args=[project.slug, job.pk]))
    assert answer.status_code == 302
    assert answer.url == url
    job.refresh_from_db()
    assert job.state == "queued"
    assert AuditEvent.objects.filter(verb="job.retried", object=str(job.pk), who=ml_lead.pk).exists()


def test_no_job_is_tried_again_that_is_not_on_record(client, ml_lead, project, monkeypatch):
    client.force_login(ml_lead)
    client.raise_request_exception = False
    job = parked(project)

    def fail(**_):
        raise RuntimeError("no trail")

    monkeypatch.setattr(audit, "record", fail)
    assert client.post(reverse("job_retry", args=[project.slug, job.pk])).status_code == 500
    job.refresh_from_db()
    assert job.state == "parked"


def test_a_job_that_runs_is_not_tried_again_and_the_page_says_why(client, ml_lead, project):
    client.force_login(ml_lead)
    job = queue.enqueue(kind="t", args={}, scope=project.pk)
    answer = client.post(reverse("job_retry", args=[project.slug, job.pk]), headers={"hx-request": "true"})
    assert "only one that failed can be tried again" in answer.content.decode()
    assert not AuditEvent.objects.filter(verb="job.retried").exists()


def test_jobs_of_another_project_do_not_exist(client, stranger, ml_lead, project, other_project, url):
    job = parked(project)
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    assert client.post(reverse("job_retry", args=[other_project.slug, job.pk])).status_code == 404
    assert client.post(reverse("job_retry", args=[project.slug, job.pk])).status_code == 404
    assert "t.import" not in client.get(reverse("job_list", args=[other_project.slug])).content.decode()
    job.refresh_from_db()
    assert job.state == "parked"


def test_raters_do_not_see_jobs(client, rater, url):
    client.force_login(rater)
    assert client.get(url).status_code == 404


def test_what_an_error_says_is_text_and_never_markup(client, ml_lead, project, url):
    client.force_login(ml_lead)
    parked(project, error="<img src=x>", trace="<script>x</script>")
    page = client.get(url).content.decode()
    assert "<img src=x>" not in page
    assert "<script>x" not in page
