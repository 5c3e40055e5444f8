"""Who keeps the private cluster up, and that nothing outlives them."""

import os
import signal
from collections.abc import Callable

from config.cluster import locks
from tests.cluster.conftest import HOLD, Clone

Eventually = Callable[[Callable[[], bool]], None]

CONNECT = """
import psycopg
from config import cluster
cluster.hold()
cluster.hold()
to = cluster.settings()
with psycopg.connect(host=to["HOST"], user=to["USER"], dbname=to["NAME"], **to["OPTIONS"]) as connection:
    print(connection.execute(QUERY).fetchone())
"""


def ask(clone: Clone, query: str) -> str:
    answer = clone.run("-c", CONNECT.replace("QUERY", repr(query)))
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_first_starts_at_the_same_moment_share_one_cluster(clone: Clone, eventually: Eventually) -> None:
    processes = [clone.start() for _ in range(5)]

    said = [process.stdout.readline() for process in processes if process.stdout]

    assert said == ["held\n"] * 5
    assert ask(clone, "SELECT current_user, current_database()") == "('plumbline', 'plumbline')"
    for process in processes:
        process.communicate()
    eventually(clone.is_quiet)


def test_the_second_process_finds_the_server_of_the_first(made_clone: Clone) -> None:
    made_clone.hold()
    server = made_clone.server()
    keeper = made_clone.keeper()

    made_clone.hold()

    assert server
    assert keeper
    assert (made_clone.server(), made_clone.keeper()) == (server, keeper)


def test_the_server_stays_while_one_process_is_left(made_clone: Clone, eventually: Eventually) -> None:
    first, second = made_clone.hold(), made_clone.hold()
    server = made_clone.server()

    first.communicate()

    assert ask(made_clone, "SELECT 1") == "(1,)"
    assert made_clone.server() == server
    second.communicate()
    eventually(made_clone.is_quiet)


def test_killing_the_only_process_leaves_no_server(made_clone: Clone, eventually: Eventually) -> None:
    process = made_clone.hold()

    process.kill()

    eventually(made_clone.is_quiet)
    assert not list(made_clone.layout.sockets(os.geteuid()).glob(".s.*"))
    assert ask(made_clone, "SELECT 1") == "(1,)"


def test_a_killed_keeper_is_replaced_by_the_next_process(made_clone: Clone, eventually: Eventually) -> None:
    first = made_clone.hold()
    server, keeper = made_clone.server(), made_clone.keeper()
    assert keeper
    os.kill(keeper, signal.SIGKILL)
    eventually(lambda: made_clone.keeper() is None)

    second = made_clone.hold()

    assert made_clone.server() == server
    assert made_clone.keeper() not in (None, keeper)
    first.kill()
    second.kill()
    eventually(made_clone.is_quiet)


def test_a_server_left_by_a_killed_keeper_is_taken_over(made_clone: Clone, eventually: Eventually) -> None:
    first = made_clone.hold()
    server, keeper = made_clone.server(), made_clone.keeper()
    assert keeper
    os.kill(keeper, signal.SIGKILL)
    eventually(lambda: made_clone.keeper() is None)
    first.kill()
    first.wait()

    second = made_clone.hold()

    assert made_clone.server() == server
    second.kill()
    eventually(made_clone.is_quiet)


def test_a_killed_server_starts_again_for_the_next_process(made_clone: Clone) -> None:
    made_clone.hold()
    server = made_clone.server()
    assert server
    os.kill(server, signal.SIGKILL)

    assert ask(made_clone, "SELECT 1") == "(1,)"

    assert made_clone.server() not in (None, server)


def test_a_stale_file_that_names_a_foreign_process_does_not_stop_the_start(made_clone: Clone) -> None:
    stale = made_clone.layout.cluster / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{made_clone.layout.cluster}\n1\n5432\n\n\n\nready\n")

    assert ask(made_clone, "SELECT 1") == "(1,)"

    os.kill(os.getpid(), 0)


def test_programs_and_children_do_not_keep_the_server_up(made_clone: Clone, eventually: Eventually) -> None:
    leave_behind = """
import os, subprocess, sys
from config import cluster
cluster.hold()
print(subprocess.Popen(["sleep", "60"], close_fds=False, start_new_session=True).pid, flush=True)
child = os.fork()
if child == 0:
    os.setsid(); cluster.hold(); import time; time.sleep(60)
print(child, flush=True)
sys.stdin.read()
"""
    process = made_clone.start(leave_behind)
    assert process.stdout
    left = [int(process.stdout.readline()) for _ in range(2)]
    try:
        assert locks.holders(made_clone.layout.users_lock) == [process.pid]
        process.kill()
        process.wait()
        for pid in left:
            os.kill(pid, 0)
        eventually(made_clone.is_quiet)
    finally:
        for pid in left:
            os.kill(pid, signal.SIGKILL)


def test_a_process_that_comes_while_the_server_stops_waits(made_clone: Clone) -> None:
    for _ in range(2):
        process = made_clone.hold()
        process.kill()
        process.wait()
        assert ask(made_clone, "SELECT 1") == "(1,)"


def test_the_database_is_set_up_as_promised(made_clone: Clone) -> None:
    settings = ask(
        made_clone,
        "SELECT current_setting('listen_addresses'), current_setting('TimeZone'), current_setting('server_encoding'),"
        " current_setting('max_connections'), current_setting('client_connection_check_interval'),"
        " current_setting('is_superuser'), current_setting('fsync'), current_setting('password_encryption')",
    )

    assert settings == "('', 'UTC', 'UTF8', '200', '2s', 'off', 'on', 'scram-sha-256')"
    assert made_clone.layout.passwords.stat().st_mode & 0o777 == 0o600


def test_nobody_gets_in_without_the_password(made_clone: Clone) -> None:
    code = HOLD.replace("print('held', flush=True); sys.stdin.read()", "") + (
        "import psycopg; to = cluster.settings();"
        "psycopg.connect(host=to['HOST'], user=to['USER'], dbname=to['NAME'], passfile='/dev/null')"
    )

    answer = made_clone.run("-c", code)

    assert answer.returncode != 0
    assert "no password supplied" in answer.stderr
