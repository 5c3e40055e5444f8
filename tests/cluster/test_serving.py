"""The demo's processes: started together, watched, and gone with whoever started them."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scenarios import serving
from tests.cluster.conftest import REPOSITORY

Eventually = Callable[[Callable[[], bool]], None]

# Two parts that tell their process ids: one answers as the web server does, the other does what it is told.
SUPERVISE = """
import os, signal, sys
from pathlib import Path
from scenarios import serving

# Whoever runs the tests may have told us to ignore it, and then so would the supervisor.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

listener = serving.listen(None)
port = listener.getsockname()[1]
web = '''
import http.server, os, socket, sys
class Alive(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
print("web", os.getpid(), flush=True)
server = http.server.HTTPServer(("127.0.0.1", 0), Alive, bind_and_activate=False)
server.socket = socket.socket(fileno=int(sys.argv[1]))
server.serve_forever()
'''
worker = "import os, time; print('worker', os.getpid(), flush=True); " + sys.argv[2]
with serving.Supervisor(log_dir=Path(sys.argv[1]), tag="test", environment=os.environ) as supervisor:
    supervisor.start(serving.Part("web", [sys.executable, "-c", web, str(listener.fileno())],
                                  descriptors=(listener.fileno(),)))
    supervisor.start(serving.Part("worker", [sys.executable, "-c", worker], revives=len(sys.argv) > 3))
    listener.close()
    try:
        print(supervisor.wait_until_alive(port), flush=True)
        supervisor.watch()
    except serving.ServingFailed as error:
        print(error, flush=True)
        sys.exit(1)
print("stopped", flush=True)
"""


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """A supervisor with a web part and a worker that runs the given code."""
    started: list[subprocess.Popen[str]] = []

    def start(worker: str, *more: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", SUPERVISE, str(tmp_path), worker, *more],
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def children(log_dir: Path) -> list[int]:
    return [int((log_dir / f"{name}-test.log").read_text().split()[1]) for name in ("web", "worker")]


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_part(
    supervise: Callable[[str], subprocess.Popen[str]], tmp_path: Path, number: signal.Signals
) -> None:
    process = supervise("time.sleep(60)")
    assert said(process) == "True"
    parts = children(tmp_path)

    process.send_signal(number)

    assert said(process) == "stopped"
    assert process.wait(10) == 0
    assert not any(is_alive(pid) for pid in parts)


def test_killing_the_supervisor_leaves_no_part(
    supervise: Callable[[str], subprocess.Popen[str]], tmp_path: Path, eventually: Eventually
) -> None:
    process = supervise("time.sleep(60)")
    assert said(process) == "True"
    parts = children(tmp_path)

    process.kill()

    eventually(lambda: not any(is_alive(pid) for pid in parts))


def test_a_part_that_ends_is_named_with_its_last_words(
    supervise: Callable[[str], subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = supervise("time.sleep(0.3); raise SystemExit('the broker is on fire')")

    output, _ = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "worker ended (exit 1)" in output
    assert "the broker is on fire" in output
    assert not any(is_alive(pid) for pid in children(tmp_path))


def test_a_worker_that_is_killed_is_started_again_and_said_so(
    supervise: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = supervise("time.sleep(60)", "revives")
    assert said(process) == "True"
    first = children(tmp_path)[1]

    os.kill(first, signal.SIGKILL)

    assert said(process) == "The worker ended (exit -9) and was started again."
    process.send_signal(signal.SIGTERM)
    assert said(process) == "stopped"


def test_a_worker_that_keeps_ending_is_not_started_for_ever(
    supervise: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = supervise("time.sleep(0.3); raise SystemExit('the broker is on fire')", "revives")

    output, _ = process.communicate(timeout=40)

    assert process.returncode == 1
    assert output.count("was started again") == serving.RESTARTS
    assert "worker ended (exit 1)" in output


def test_the_next_port_is_taken_where_none_is_named() -> None:
    one = serving.listen(None)
    other = serving.listen(None)
    try:
        assert one.getsockname()[1] < other.getsockname()[1]
    finally:
        one.close()
        other.close()


def test_a_named_port_that_is_taken_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(serving.ServingFailed, match=f"port {port} .*--port"):
            serving.listen(port)


def test_a_part_is_stopped_by_force_if_it_will_not_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert threading.current_thread() is threading.main_thread()
    monkeypatch.setattr(serving, "STOP_SECONDS", 0.2)
    supervisor = serving.Supervisor(log_dir=tmp_path, tag="test", environment=os.environ)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    supervisor.start(serving.Part("deaf", [sys.executable, "-c", deaf]))
    while "deaf" not in (tmp_path / "deaf-test.log").read_text():
        pass

    supervisor.stop()

    assert supervisor._running == []
