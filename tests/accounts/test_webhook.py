"""A project's webhook: signed, sealed at rest, posted until it is taken or given up, to no inner host."""

import hmac
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from core.accounts import webhooks
from core.accounts.models import AuditEvent, Webhook
from core.jobs.models import Job
from core.jobs.running import run
from core.outbound import door
from core.outbound.faults import NoAnswer
from tests.outbound.hosts import Host, serving

pytestmark = pytest.mark.django_db


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Host]:
    """A receiver that takes everything; calls find the way to it."""
    with serving(tmp_path) as one:
        lead_to(one, monkeypatch, settings)
        yield one


def lead_to(host: Host, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(door, "Way", host.way)
    settings.OUTBOUND_ALLOW = [f"hooks.example.org:{host.port}"]


def do_jobs() -> None:
    for job in Job.objects.filter(kind=webhooks.JOB, state="queued"):
        run(job.pk)


def waiting() -> list[Job]:
    return list(Job.objects.filter(kind=webhooks.JOB, state="queued"))


def head_and_body(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    return dict(line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:]), body


def test_an_event_is_posted_once_signed_over_time_and_body(project: Any, host: Host) -> None:
    secret = webhooks.set_webhook(project=project, by=None, url=host.url)
    webhooks.send(project=project, event="drift.alarm", delivery="d1", data={"n": 1, "name": "café"})
    do_jobs()
    do_jobs()
    [request] = host.requests
    headers, body = head_and_body(request)
    said = json.loads(body)
    assert said.pop("at")
    assert said == {"event": "drift.alarm", "delivery": "d1", "project": "demo", "data": {"n": 1, "name": "café"}}
    assert (headers["plumbline-event"], headers["plumbline-delivery"]) == ("drift.alarm", "d1")
    found = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["plumbline-signature"])
    assert found
    at = int(found[1])
    assert abs(at - timezone.now().timestamp()) < 60
    assert webhooks.sign(secret, at, body) == found[2]
    assert webhooks.sign(secret, at + 1, body) != found[2]
    assert webhooks.sign(secret, at, body + b" ") != found[2]
    hook = Webhook.objects.get()
    assert (hook.last_said, hook.last_good) == ("Delivered.", True)
    assert Job.objects.get(kind=webhooks.JOB).state == "done"


def test_the_signature_is_what_the_documentation_says() -> None:
    """Reckoned apart: HMAC-SHA256 of `1700000000.{}` under `whs_test`."""
    assert webhooks.sign("whs_test", 1_700_000_000, b"{}") == (
        "048174e9aecf1432be2ee152542bca032a1c03acbf12d737f11cb17705604333"
    )


def test_the_receiver_of_the_documentation_knows_what_is_ours() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "drift.md").read_text()
    [code] = re.findall(r"```python\n(def is_ours.*?)```", page, re.S)
    names: dict[str, Any] = {"hmac": hmac}
    exec(code, names)
    is_ours, body = names["is_ours"], b'{"n":1}'
    header = f"t=1700000000,v1={webhooks.sign('whs_test', 1_700_000_000, body)}"
    assert is_ours("whs_test", header, body, 1_700_000_100.0)
    assert not is_ours("whs_test", header, body, 1_700_000_301.0)
    assert not is_ours("whs_other", header, body, 1_700_000_100.0)
    assert not is_ours("whs_test", header, b'{"n":2}', 1_700_000_100.0)
    assert not is_ours("whs_test", header.replace("t=17", "t=18"), body, 1_700_000_100.0)


def test_without_a_webhook_nothing_is_sent(project: Any) -> None:
    webhooks.send(project=project, event="drift.alarm", delivery="d1", data={})
    assert waiting() == []


def test_the_secret_is_nowhere_in_the_database(project: Any, host: Host) -> None:
    secret = webhooks.set_webhook(project=project, by=None, url=host.url)
    assert secret.startswith("whs_")
    assert len(secret) > 40
    webhooks.send(project=project, event="drift.alarm", delivery="d1", data={})
    do_jobs()
    with connection.cursor() as cursor:
        for table in ("accounts_webhook", "jobs_job", "accounts_auditevent"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            text = str(cursor.fetchall())
            assert secret not in text
            assert secret.encode().hex() not in text
    assert secret not in host.requests[0].decode()


def test_setting_it_again_makes_another_secret_and_leaves_one_webhook(project: Any, host: Host, owner: Any) -> None:
    first = webhooks.set_webhook(project=project, by=owner, url=host.url)
    second = webhooks.set_webhook(project=project, by=owner, url=host.url + "?token=mine")
    assert first != second
    assert Webhook.objects.get().set_by == owner
    events = AuditEvent.objects.filter(verb="webhook.set").order_by("seq")
    assert [event.data for event in events] == [
        {"host": "hooks.example.org", "new": True},
        {"host": "hooks.example.org", "new": False},
    ]


@pytest.mark.parametrize(
    "url", ["http://hooks.example.org/", "https://hooks.example.org:22/", "https://u:p@hooks.example.org/", "", "x"]
)
def test_an_address_that_cannot_be_called_is_not_taken(url: str, project: Any) -> None:
    with pytest.raises(NoAnswer):
        webhooks.set_webhook(project=project, by=None, url=url)
    assert not Webhook.objects.exists()


def test_an_inner_host_is_refused_and_the_job_says_so(project: Any) -> None:
    webhooks.set_webhook(project=project, by=None, url="https://127.0.0.1/")
    webhooks.send(project=project, event="drift.alarm", delivery="d1", data={})
    do_jobs()
    assert "not on the public Internet" in Webhook.objects.get().last_said


def test_what_is_not_taken_is_tried_again_later_and_in_the_end_given_up(
    project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    def refuse(sock: Any, request: bytes) -> None:
        sock.sendall(b"HTTP/1.1 503 No\r\ncontent-length: 6\r\n\r\nsecret")

    with serving(tmp_path, refuse) as host:
        lead_to(host, monkeypatch, settings)
        webhooks.set_webhook(project=project, by=None, url=host.url)
        webhooks.send(project=project, event="drift.alarm", delivery="d1", data={})
        for tried, wait in enumerate((0, *webhooks.WAITS)):
            [job] = waiting()
            assert job.args["tried"] == tried
            assert abs(job.run_after - timezone.now() - timedelta(seconds=wait)) < timedelta(seconds=30)
            Job.objects.filter(pk=job.pk).update(run_after=timezone.now() - timedelta(seconds=1))
            run(job.pk)
    assert waiting() == []
    assert len(host.requests) == len(webhooks.WAITS) + 1
    assert len({request.partition(b"\r\n\r\n")[2] for request in host.requests}) == 1
    last = Job.objects.filter(kind=webhooks.JOB).latest("pk")
    assert last.state == "failed"
    assert last.error == "Not delivered, and given up: The host answered with status 503."
    hook = Webhook.objects.get()
    assert (hook.last_said, hook.last_good) == ("The host answered with status 503.", False)


def test_what_no_later_call_could_deliver_is_given_up_at_once(project: Any, host: Host, settings: Any) -> None:
    webhooks.set_webhook(project=project, by=None, url=host.url)
    webhooks.send(project=project, event="drift.alarm", delivery="d1", data={})
    settings.OUTBOUND_ALLOW = []
    Webhook.objects.update(url="https://hooks.example.org:22/")
    do_jobs()
    assert Job.objects.get(kind=webhooks.JOB).state == "failed"
    assert waiting() == []


def test_a_delivery_done_twice_is_queued_once_more_only(
    project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """The worker dies after the failed call, before its job is settled."""
    with serving(tmp_path, lambda sock, _: sock.sendall(b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n")) as host:
        lead_to(host, monkeypatch, settings)
        webhooks.set_webhook(project=project, by=None, url=host.url)
        for _ in range(2):
            webhooks.deliver(project_id=project.pk, event="e", delivery="d1", body={}, tried=0)
    assert len(waiting()) == 1


def test_a_webhook_that_was_removed_meanwhile_gets_nothing(project: Any, host: Host) -> None:
    webhooks.set_webhook(project=project, by=None, url=host.url)
    webhooks.send(project=project, event="drift.alarm", delivery="d1", data={})
    webhooks.remove_webhook(project=project, by=None)
    webhooks.remove_webhook(project=project, by=None)
    do_jobs()
    assert host.requests == []
    assert Job.objects.get(kind=webhooks.JOB).state == "done"
    assert AuditEvent.objects.filter(verb="webhook.removed").count() == 1


def test_the_page_shows_the_secret_once(project: Any, host: Host, ml_lead: Any) -> None:
    client = Client()
    client.force_login(ml_lead)
    answer = client.post("/p/demo/webhook/", {"url": host.url})
    [secret] = re.findall(r"whs_[\w-]+", answer.content.decode())
    assert answer.status_code == 200
    assert "whs_" not in client.get("/p/demo/webhook/").content.decode()
    assert client.post("/p/demo/webhook/try/").status_code == 302
    do_jobs()
    headers, body = head_and_body(host.requests[0])
    at, signature = re.fullmatch(r"t=(\d+),v1=(\w+)", headers["plumbline-signature"]).groups()  # type: ignore[union-attr]
    assert webhooks.sign(secret, int(at), body) == signature
    assert json.loads(body)["event"] == "webhook.trial"
    assert "Delivered." in client.get("/p/demo/webhook/").content.decode()
    client.post("/p/demo/webhook/remove/")
    assert not Webhook.objects.exists()


def test_the_page_says_why_an_address_is_not_taken(project: Any, owner: Any) -> None:
    client = Client()
    client.force_login(owner)
    answer = client.post("/p/demo/webhook/", {"url": "http://hooks.example.org/"})
    assert answer.status_code == 422
    assert "no https:// address" in answer.content.decode()


def test_the_command_sets_shows_tries_and_removes(project: Any, host: Host, capsys: Any) -> None:
    def said(*words: str) -> str:
        call_command("webhook", *words, "--project", "demo")
        return str(capsys.readouterr().out).strip()

    secret = said("set", host.url)
    assert re.fullmatch(r"whs_[\w-]{40,}", secret)
    assert said("show") == f"{host.url}: nothing sent yet"
    assert said("try") == "Delivered."
    headers, body = head_and_body(host.requests[0])
    assert headers["plumbline-event"] == "webhook.trial"
    assert json.loads(said("show", "--json")) == {"url": host.url, "last": "Delivered."}
    assert said("remove") == "The webhook is removed."
    assert said("show") == "no webhook"
    with pytest.raises(CommandError, match="no webhook"):
        said("try")
    with pytest.raises(CommandError, match="no https:// address"):
        said("set", "http://x.example/")


def test_what_became_of_a_delivery_is_not_said_of_an_address_set_meanwhile(
    project: Any, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks.set_webhook(project=project, by=None, url=host.url)

    def post(url: str, **_sent: Any) -> door.Answer:
        webhooks.set_webhook(project=project, by=None, url=f"{host.url}?new")
        return door.Answer(500, b"")

    monkeypatch.setattr(door, "post", post)
    assert webhooks.try_now(project) == "The host answered with status 500."
    hook = Webhook.objects.get()
    assert (hook.url, hook.last_at, hook.last_said, hook.last_good) == (f"{host.url}?new", None, "", True)
