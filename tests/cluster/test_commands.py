"""What `manage.py` and `make reset` say about the private cluster."""

import os
from collections.abc import Callable

import pytest

from config import cluster
from tests.cluster.conftest import Clone

Eventually = Callable[[Callable[[], bool]], None]


def refused(clone: Clone, **environment: str) -> str:
    answer = clone.run("manage.py", "shell", "-c", "print(1)", **environment)
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
    return answer.stderr


def test_without_programs_one_line_says_what_to_do(clone: Clone) -> None:
    assert "PLUMBLINE_PG_BIN" in refused(clone, PLUMBLINE_PG_BIN="/nowhere")


def test_data_of_another_major_version_are_not_touched(made_clone: Clone) -> None:
    version = made_clone.layout.cluster / "PG_VERSION"
    truth = version.read_text()
    version.write_text("14\n")
    try:
        said = refused(made_clone)
    finally:
        version.write_text(truth)

    assert "PostgreSQL 14" in said
    assert "make reset" in said


def test_a_cluster_that_cannot_start_says_why(made_clone: Clone) -> None:
    settings = made_clone.layout.cluster / "postgresql.conf"
    truth = settings.read_text()
    settings.write_text(truth + "\nnot_a_setting = 1\n")
    try:
        said = refused(made_clone)
    finally:
        settings.write_text(truth)

    assert "not_a_setting" in said or "errors" in said
    assert str(made_clone.layout.log) in said


def test_a_named_server_that_is_not_there_is_one_line_too(clone: Clone) -> None:
    code = "from django.db import connection; connection.ensure_connection()"

    answer = clone.run("manage.py", "shell", "-c", code, DATABASE_URL="postgres://me@127.0.0.1:1/nothing")

    assert answer.returncode == 1
    assert answer.stderr.startswith("cannot reach the database")
    assert len(answer.stderr.strip().splitlines()) == 1


def test_a_named_server_may_be_reached_by_its_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://me@%2Fvar%2Frun%2Fpostgresql/app")

    assert cluster.settings()["HOST"] == "/var/run/postgresql"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(clone: Clone) -> None:
    clone.data_dir.parent.chmod(0o500)
    try:
        assert str(clone.data_dir) in refused(clone)
    finally:
        clone.data_dir.parent.chmod(0o700)


@pytest.mark.parametrize("arguments", [["version"], ["help"], ["migrate", "--help"]])
def test_commands_that_need_no_database_start_none(clone: Clone, arguments: list[str]) -> None:
    answer = clone.run("manage.py", *arguments)

    assert answer.returncode == 0, answer.stderr
    assert not clone.layout.home.exists()


def test_a_command_works_by_itself_and_leaves_nothing_running(made_clone: Clone, eventually: Eventually) -> None:
    ask = "from django.db import connection as c; k = c.cursor(); k.execute('SELECT 41 + 1'); print(k.fetchone())"

    answer = made_clone.run("manage.py", "shell", "--no-imports", "-c", ask)

    assert answer.stdout.strip() == "(42,)", answer.stderr
    eventually(made_clone.is_quiet)


def test_reset_refuses_while_somebody_uses_the_database(made_clone: Clone) -> None:
    user = made_clone.hold()

    answer = made_clone.run("-m", "config.cluster", "reset")

    assert answer.returncode == 1
    assert f"in use (process {user.pid})" in answer.stderr
    assert made_clone.layout.made


def test_reset_removes_what_is_ours_and_nothing_else(clone: Clone) -> None:
    clone.hold().communicate()
    (clone.data_dir / "mail").mkdir()
    (clone.data_dir / "my-notes.txt").write_text("keep")

    answer = clone.run("-m", "config.cluster", "reset")

    assert answer.returncode == 0, answer.stderr
    assert [path.name for path in clone.data_dir.iterdir()] == ["my-notes.txt"]
    assert not clone.layout.home.exists()
    assert clone.is_quiet()


def test_status_tells_who_uses_it(made_clone: Clone, eventually: Eventually) -> None:
    user = made_clone.hold()
    running = made_clone.run("-m", "config.cluster", "status").stdout
    user.kill()
    eventually(made_clone.is_quiet)

    assert f"used by {user.pid}," in running
    assert made_clone.run("-m", "config.cluster", "status").stdout.startswith("not running")
