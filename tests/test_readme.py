"""What the README tells people to type works as it stands there."""

import contextlib
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from annotate.models import Campaign
from core.accounts.projects import create_project
from core.catalog.models import Comparison
from core.ledger.models import Judgment
from tests.workers import Worker, environment

ROOT = Path(__file__).resolve().parent.parent
BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.S)


def blocks_with(word):
    found = [block for block in BLOCKS if word in block]
    assert found, f"the README has no command with {word!r} any more"
    return found


def without(blocks, word):
    return [block for block in blocks if word not in block]


def typed(block, folder, **more):
    program = block.replace("python manage.py", f"'{sys.executable}' '{ROOT}/manage.py'")
    return subprocess.run(
        ["bash", "-ec", program],
        cwd=folder,
        env=environment(folder / "data", **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.django_db(transaction=True)
def test_the_commands_of_the_readme_do_what_it_says(tmp_path):
    create_project(slug="demo", name="Demonstration", owner=None)
    connection.close()
    for block in without(blocks_with("manage.py"), "curl"):
        done = typed(block, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
    assert Comparison.objects.count() == 1
    assert Campaign.objects.get().name == "my-first"
    assert (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.django_db(transaction=True)
def test_the_curl_command_of_the_readme_is_answered(tmp_path):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    with serving(tmp_path) as at:
        for block in without(blocks_with("curl"), "manage.py"):
            answered = _patiently(block.replace("127.0.0.1:8000", at), tmp_path)
            assert answered.returncode == 0, answered.stderr


@pytest.mark.django_db(transaction=True)
def test_the_walk_by_the_api_brings_ten_comparisons_in_and_the_same_snapshot_out_twice(tmp_path, make_user):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    create_project(slug="demo", name="Demonstration", owner=make_user("owner"))
    connection.close()
    [walk] = [block for block in blocks_with("curl") if "manage.py" in block]
    with serving(tmp_path / "data") as at, Worker(tmp_path / "data"):
        _patiently(f"curl --fail http://{at}/readyz", tmp_path)
        done = typed(walk.replace("127.0.0.1:8000", at).replace("python -c", f"'{sys.executable}' -c"), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert Comparison.objects.count() == 10
    assert Judgment.objects.exclude(source="import").count() == 0
    shards = {(tmp_path / pull / "data-00000-of-00001.jsonl").read_bytes() for pull in ("first", "second")}
    assert [len(shard.splitlines()) for shard in shards] == [10]


@contextlib.contextmanager
def serving(data):
    """The site on a free port; gives its host and port."""
    data.mkdir(exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serve = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port), "--log-level", "warning"]
    server = subprocess.Popen(serve, cwd=ROOT, env=environment(data))
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _patiently(block, folder):
    for _ in range(100):
        done = typed(block, folder)
        if done.returncode == 0:
            break
        time.sleep(0.2)
    return done


def test_every_make_target_of_the_readme_exists():
    named = set(re.findall(r"\bmake ([a-z]+)", (ROOT / "README.md").read_text()))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    assert named
    assert named <= targets
