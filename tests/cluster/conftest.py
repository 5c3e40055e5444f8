"""A data folder of one test's own, with processes that hold its cluster. What they leave is removed."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from config.cluster import ClusterError, keeper, layout, postmaster
from config.cluster.__main__ import reset
from config.cluster.layout import Layout

REPOSITORY = Path(__file__).resolve().parents[2]
HOLD = "import sys; from config import cluster; cluster.hold(); print('held', flush=True); sys.stdin.read()"


class Clone:
    """A data folder and the processes of its cluster."""

    def __init__(self, data_dir: Path, stack: ExitStack) -> None:
        self.data_dir = data_dir
        self.stack = stack
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PLUMBLINE_PG_BIN")}
        self.environment = {**kept, "PLUMBLINE_DATA_DIR": str(data_dir), "PYTHONPATH": str(REPOSITORY)}

    @property
    def layout(self) -> Layout:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PLUMBLINE_DATA_DIR", str(self.data_dir))
            return layout.find()

    def start(self, code: str = HOLD) -> subprocess.Popen[str]:
        """A Python process in this clone; killed at the end of the test."""
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env=self.environment,
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.stack.callback(self._end, process)
        return process

    def hold(self) -> subprocess.Popen[str]:
        """A process that holds the cluster by now."""
        process = self.start()
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Python with these arguments in this clone."""
        return subprocess.run(
            [sys.executable, *arguments],
            env={**self.environment, **environment},
            cwd=REPOSITORY,
            text=True,
            capture_output=True,
            check=False,
            timeout=60,
        )

    def server(self) -> int | None:
        found = postmaster.find(self.layout)
        return found.pid if found else None

    def keeper(self) -> int | None:
        return keeper.pid(self.layout) if self.layout.keeper_lock.exists() else None

    def is_quiet(self) -> bool:
        return self.server() is None and self.keeper() is None

    @staticmethod
    def _end(process: subprocess.Popen[str]) -> None:
        process.kill()
        process.communicate()


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait for something that other processes bring about."""

    def wait(happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not happened():
            assert time.monotonic() < deadline, "it did not happen within thirty seconds"
            time.sleep(0.02)

    return wait


def _removed(clone: Clone) -> None:
    deadline = time.monotonic() + 30
    while clone.data_dir.exists() or clone.layout.home.exists():
        with contextlib.suppress(ClusterError):
            reset(clone.layout)
            return
        assert time.monotonic() < deadline, f"{clone.layout.home} is still in use"
        time.sleep(0.05)


@pytest.fixture
def make_clone(tmp_path: Path) -> Iterator[Callable[[Path], Clone]]:
    """Clones in folders of the test's choice."""
    made: list[Clone] = []
    with ExitStack() as stack:

        def make(data_dir: Path) -> Clone:
            made.append(Clone(data_dir, stack))
            return made[-1]

        yield make
    for clone in made:
        _removed(clone)


@pytest.fixture
def clone(make_clone: Callable[[Path], Clone], tmp_path: Path) -> Clone:
    """A clone whose cluster is not made yet, in a folder with a space in its name."""
    return make_clone(tmp_path / "a data folder")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a cluster in it, made once for all tests that start from one."""
    folder = tmp_path_factory.mktemp("made") / ".data"
    with ExitStack() as stack:
        first = Clone(folder, stack)
        first.hold()
    yield folder
    _removed(Clone(folder, ExitStack()))
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def made_clone(made: Path, eventually: Callable[[Callable[[], bool]], None]) -> Iterator[Clone]:
    """A clone whose cluster is made and that nobody uses."""
    with ExitStack() as stack:
        clone = Clone(made, stack)
        eventually(clone.is_quiet)
        yield clone
    eventually(clone.is_quiet)
