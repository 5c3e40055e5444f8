"""Imports and exports on pages: looked at first, done by a job, theirs alone who may."""

import gzip
import io
import json
import re
import shutil
from typing import Any

import pyarrow as pa
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncRequestFactory, Client
from pyarrow import parquet as pq

from core.catalog.models import Comparison, Content
from core.jobs.models import Job
from core.jobs.running import run
from exchange import forms, orders, uploads
from exchange.models import Import, Snapshot
from exchange.views.downloads import attachment
from tests.exchange.rows import row, vote


@pytest.fixture
def client_of() -> Any:
    def sign_in(user: Any) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def lead(client_of: Any, ml_lead: Any) -> Client:
    return client_of(ml_lead)


def upload(client: Client, *lines: Any, name: str = "rows.jsonl", **fields: Any) -> Any:
    whole = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    file = SimpleUploadedFile(name, gzip.compress(whole) if name.endswith(".gz") else whole)
    return client.post("/p/demo/imports/new/", {"file": file, "campaign": "first", "format": "auto", **fields})


def body(response: Any) -> str:
    whole = b"".join(response.streaming_content) if response.streaming else response.content
    return str(whole.decode())


def work() -> None:
    for job in Job.objects.filter(state="queued", kind__startswith="exchange."):
        run(job.pk)


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_an_upload_is_shown_before_anything_lands_and_imported_when_confirmed(lead: Client, name: str) -> None:
    there = upload(lead, row(1, votes=[vote()]), row(2, colour="red"), name=name).url
    page = body(lead.get(there))
    assert "1 can be imported, 1 would be rejected" in page
    assert "About 4.5 billion years. (1)" in page
    assert "unknown key" in page
    assert not Comparison.objects.exists()
    assert lead.post(f"{there}confirm/").url == there
    assert 'hx-trigger="every 2s"' in body(lead.get(there))
    work()
    page = body(lead.get(there, headers={"hx-request": "true"}))
    assert "hx-trigger" not in page
    assert "<h1>" not in page
    assert Comparison.objects.count() == 1
    record = Import.objects.get()
    assert (record.state, record.counts["new"], record.counts["rejected"]) == ("done", 1, 1)
    assert not uploads.path_of(record).exists()
    assert name in body(lead.get("/p/demo/imports/"))


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_tables_are_shown_and_imported_like_any_other_file(lead: Client, name: str) -> None:
    flat = {"prompt": "How old?", "response_a": "4.5 billion years", "response_b": "Great!", "bundle_a": "v41",
            "bundle_b": "v42", "actor": "r1", "preference": "-2"}  # fmt: skip
    held = io.BytesIO()
    if name.endswith("csv"):
        held.write(f"{','.join(flat)}\n{','.join(flat.values())}\n".encode())
    else:
        pq.write_table(pa.Table.from_pylist([flat]), held)
    file = SimpleUploadedFile(name, held.getvalue())
    there = lead.post("/p/demo/imports/new/", {"file": file, "campaign": "first", "format": "auto"}).url
    page = body(lead.get(there))
    assert "1 can be imported" in page
    assert "4.5 billion years" in page
    lead.post(f"{there}confirm/")
    work()
    record = Import.objects.get()
    assert (record.state, record.format, record.counts["votes_new"]) == ("done", name.partition(".")[2], 1)


def test_the_rejected_lines_can_be_downloaded_as_a_file(lead: Client) -> None:
    there = upload(lead, row(1), row(2, colour="<script>alert(1)</script>"), name='ro"ws\r\n.jsonl').url
    assert lead.get(f"{there}rejected/").status_code == 404
    lead.post(f"{there}confirm/")
    work()
    answer = lead.get(f"{there}rejected/")
    assert json.loads(body(answer))["line"] == 2
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/octet-stream"
    page = body(lead.get(there))
    assert "Download the rejected lines" in page
    assert "<script>alert" not in page


def test_confirming_twice_is_as_once_and_a_confirmed_file_is_not_discarded(lead: Client) -> None:
    there = upload(lead, row(1)).url
    for _ in range(2):
        lead.post(f"{there}confirm/")
    assert Job.objects.filter(kind="exchange.import").count() == 1
    assert lead.post(f"{there}discard/").url == there
    assert Import.objects.exists()


def test_a_discarded_file_is_gone(lead: Client, django_capture_on_commit_callbacks: Any) -> None:
    there = upload(lead, row(1)).url
    path = uploads.path_of(Import.objects.get())
    assert path.stat().st_mode & 0o077 == 0
    with django_capture_on_commit_callbacks(execute=True):
        lead.post(f"{there}discard/")
    assert not path.exists()
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([b"PK\x03\x04"], "not text but a ZIP archive"),
        ([b"\n\n"], "the file is empty"),
        ([{"colour": "red"}], "None of the 1 lines that were looked at can be imported"),
    ],
)
def test_a_file_that_cannot_be_imported_says_so_and_offers_no_import(lead: Client, lines: Any, says: str) -> None:
    page = body(lead.get(upload(lead, *lines).url))
    assert says.lower() in page.lower()
    assert "/confirm/" not in page
    assert str(uploads.path_of(Import.objects.get())) not in page


def test_a_truncated_gzip_fails_whole_and_says_why(lead: Client, transactional_db: None) -> None:
    whole = gzip.compress(b"\n".join(json.dumps(row(n)).encode() for n in range(3000)))[:-30]
    there = lead.post(
        "/p/demo/imports/new/", {"file": SimpleUploadedFile("rows.gz", whole), "campaign": "first", "format": "auto"}
    ).url
    lead.post(f"{there}confirm/")
    work()
    record = Import.objects.get()
    assert record.state == "failed"
    assert record.error == "rows.gz: the gzip ends too early (truncated); fetch or compress the file again."
    assert record.error in body(lead.get(there))
    assert not Comparison.objects.exists()


def test_an_upload_that_is_too_large_or_empty_or_names_no_campaign_is_refused(
    lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = upload(lead, campaign="No Such Name")
    assert refused.status_code == 422
    assert "The file is empty" in body(refused)
    assert "Use lower-case letters" in body(refused)
    monkeypatch.setattr(forms, "MOST_BYTES", 100)
    assert "at most 0 MB can be uploaded" in body(upload(lead, row(1)))
    assert not Import.objects.exists()


def test_an_export_is_made_by_a_job_and_its_files_are_downloaded(lead: Client) -> None:
    lead.post(f"{upload(lead, row(1, votes=[vote()])).url}confirm/")
    work()
    order = {"format": "dpo", "style": "standard", "min_votes": "1", "campaign": "first"}
    there = lead.post("/p/demo/exports/new/", order).url
    assert 'hx-trigger="every 2s"' in body(lead.get(there))
    work()
    page = body(lead.get(there))
    for name in ("manifest.json", "README.md", "SHA256SUMS", "data-00000-of-00001.jsonl"):
        assert f'href="{there}{name}"' in page
        answer = lead.get(f"{there}{name}")
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        assert body(answer)
    pair = json.loads(body(lead.get(f"{there}data-00000-of-00001.jsonl")))
    assert pair["chosen"] == "About 4.5 billion years. (1)"
    snapshot = Snapshot.objects.get()
    assert (snapshot.state, snapshot.options["style"]) == ("ready", "standard")
    assert orders.selection_of(snapshot).style == "standard"
    (orders.folder_of(snapshot) / ".hidden").write_text("of somebody else")
    for name in ("../manifest.json", "..%2f..%2fsecret", "other.jsonl", ".hidden"):
        assert lead.get(f"{there}{name}").status_code == 404


def test_an_export_is_written_again_with_the_same_bytes_when_that_is_asked_for(
    lead: Client, transactional_db: None
) -> None:
    lead.post(f"{upload(lead, row(1, votes=[vote()])).url}confirm/")
    work()
    order = {"format": "raw", "file": "csv", "spreadsheet": "on", "style": "standard", "min_votes": "1"}
    assert lead.post("/p/demo/exports/new/", {**order, "file": "parquet"}).status_code == 422
    there = lead.post("/p/demo/exports/new/", order).url
    work()
    name = "data-00000-of-00001.csv"
    was = body(lead.get(f"{there}{name}"))
    lead.post(f"{upload(lead, row(2, votes=[vote()])).url}confirm/")
    work()
    shutil.rmtree(orders.folder_of(Snapshot.objects.get()))
    assert lead.get(f"{there}{name}").status_code == 404
    for _ in range(2):
        assert lead.post(f"{there}again/").url == there
    assert Job.objects.filter(kind="exchange.write_again").count() == 1
    assert "ready, being written again" in body(lead.get(there))
    work()
    page = body(lead.get(there))
    assert "being written again" not in page
    assert Snapshot.objects.get().manifest["sha256"] in page
    assert body(lead.get(f"{there}{name}")) == was
    Content.objects.filter(body="What a great question! (1)").update(body=None, html=None)
    lead.post(f"{there}again/")
    work()
    page = body(lead.get(there))
    assert "The files were not written again" in page
    assert "the words of 1 rows have been erased since" in page
    assert body(lead.get(f"{there}{name}")) == was


def test_an_export_of_nothing_says_why(lead: Client, transactional_db: None) -> None:
    there = lead.post("/p/demo/exports/new/", {"format": "raw", "style": "standard", "min_votes": "1"}).url
    work()
    assert "There is nothing to export, as nothing was judged yet." in body(lead.get(there))
    assert Job.objects.get(kind="exchange.export").state == "failed"


PAGES = ("imports/", "imports/new/", "imports/{import_}/", "imports/{import_}/rejected/", "exports/", "exports/new/",
         "exports/{export}/", "exports/{export}/manifest.json")  # fmt: skip
POSTS = ("imports/new/", "imports/{import_}/confirm/", "imports/{import_}/discard/", "exports/new/")


@pytest.fixture
def place(lead: Client, project: Any) -> Any:
    upload(lead, row(1))
    snapshot = Snapshot.objects.create(
        project=project, format="raw", state="ready", manifest={"files": [], "shards": []}, path="x"
    )
    ids = {"import_": Import.objects.get().pk, "export": snapshot.pk}
    return lambda path, slug="demo": f"/p/{slug}/{path.format(**ids)}"


@pytest.mark.parametrize("who", ["rater", "reviewer", "stranger"])
def test_for_others_there_is_no_such_page(place: Any, who: str, client_of: Any, request: pytest.FixtureRequest) -> None:
    client = client_of(request.getfixturevalue(who))
    for path in PAGES:
        assert client.get(place(path)).status_code == 404, path
    for path in POSTS:
        assert client.post(place(path)).status_code == 404, path
    assert Import.objects.get().state == "uploaded"


def test_another_projects_import_is_not_found_under_ones_own(place: Any, stranger: Any, client_of: Any) -> None:
    client = client_of(stranger)
    for path in PAGES:
        found = client.get(place(path, "other")).status_code
        assert found == (404 if "{" in path else 200), path
    for path in POSTS[1:3]:
        assert client.post(place(path, "other")).status_code == 404, path


def test_a_visitor_is_sent_to_sign_in(place: Any) -> None:
    for path in PAGES:
        answer = Client().get(place(path))
        assert answer.status_code == 302
        assert "next=" in answer.url


def test_the_pages_hold_no_inline_script_or_style(lead: Client, place: Any) -> None:
    for path in PAGES[:3] + PAGES[4:7]:
        page = body(lead.get(place(path)))
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", page), path


async def test_a_download_over_asgi_is_sent_in_pieces(tmp_path: Any) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(b"x" * 600_000)
    answer = attachment(AsyncRequestFactory().get("/"), path, "data.jsonl")
    pieces = [piece async for piece in answer]
    answer.close()
    assert [len(piece) for piece in pieces] == [262_144, 262_144, 75_712]
    assert answer["Content-Length"] == "600000"
