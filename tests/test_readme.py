"""What the README tells people to type works as it stands there."""

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
from tests.workers import environment

ROOT = Path(__file__).resolve().parent.parent
BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.S)


def blocks_with(word):
    found = [block for block in BLOCKS if word in block]
    assert found, f"the README has no command with {word!r} any more"
    return found


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
    for block in blocks_with("manage.py"):
        done = typed(block, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
    assert Comparison.objects.count() == 1
    assert Campaign.objects.get().name == "my-first"
    assert (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.django_db(transaction=True)
def test_the_curl_command_of_the_readme_is_answered(tmp_path):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serve = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port), "--log-level", "warning"]
    server = subprocess.Popen(serve, cwd=ROOT, env=environment(tmp_path))
    try:
        for block in blocks_with("curl"):
            answered = _patiently(block.replace("127.0.0.1:8000", f"127.0.0.1:{port}"), tmp_path)
            assert answered.returncode == 0, answered.stderr
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
