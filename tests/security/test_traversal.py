"""Paths that climb out of their folder, in addresses, in file names and in manifests."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from exchange import uploads
from tests.access.conftest import World

CLIMBS = [
    "../manage.py",
    "..%2fmanage.py",
    "%2e%2e/manage.py",
    "%2e%2e%2fmanage.py",
    "..%5cmanage.py",
    "..%255cmanage.py",
    "....//manage.py",
    "%c0%ae%c0%ae/manage.py",
    "..;/manage.py",
    "//etc/passwd",
    "/etc/passwd",
    "css/../../manage.py",
    "css/%00/../../manage.py",
    "~root/.ssh/id_rsa",
]


@pytest.mark.parametrize("climb", CLIMBS)
@pytest.mark.parametrize("folder", ["/static/", "/static", "/media/", "/uploads/", "/exports/", "/"])
def test_no_address_leads_out_of_the_folder_of_static_files(db: None, folder: str, climb: str) -> None:
    answer = Client(raise_request_exception=False).get(folder + climb)
    assert answer.status_code in (400, 404), folder + climb
    assert b"os.environ" not in answer.content
    assert b"root:" not in answer.content


@pytest.mark.parametrize("climb", [*CLIMBS, "manifest.json/../../../x", "..", ".", "README.md%00.html", "secret.txt"])
def test_a_file_of_an_export_is_one_that_its_manifest_names(world: World, climb: str) -> None:
    pk = world.special["export_detail"]["pk"]
    (Path(settings.EXPORT_DIR) / str(pk) / "secret.txt").write_text("not in the manifest")
    client = world.client("owner")
    assert client.get(f"/p/demo/exports/{pk}/README.md").status_code == 200
    answer = client.get(f"/p/demo/exports/{pk}/{climb}")
    assert answer.status_code in (302, 404)
    assert not answer.streaming


@pytest.mark.parametrize(
    "name", ["../../evil.jsonl", "/etc/cron.d/evil", "..\\evil", "a/b/c.jsonl", "x" * 300, ".htaccess"]
)
def test_an_upload_lies_under_a_name_of_our_own(project: Any, ml_lead: Any, name: str) -> None:
    file = SimpleUploadedFile("rows.jsonl", b"{}\n")
    # Django's own upload drops the folders of a name; here it comes past that.
    file._name = name
    record = uploads.store(project=project, who=ml_lead, file=file, campaign_name="first", format="auto")
    path = uploads.path_of(record).resolve()
    assert path.parent == Path(settings.UPLOAD_DIR).resolve()
    assert len(path.name) == 32
    assert set(path.name) <= set("0123456789abcdef")
    assert path.stat().st_mode & 0o077 == 0
