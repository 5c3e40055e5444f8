"""`python requirements/install.py base [dev] [oracles] [benches]`: the locked packages, in `.venv`; instant if there.

Run by `make install` with any Python from 3.11 on; it needs nothing but the standard library.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
VENV = REPOSITORY / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = ("base", "dev", "oracles", "benches")
QUIET = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "PIP_USER": "0", "PIP_NO_INPUT": "1"}


def main(arguments: list[str]) -> None:
    """Install the named locks, in an environment of the Python that runs this if `--this-python` is given."""
    keep_version = "--this-python" not in arguments
    names = [argument for argument in arguments if argument in LOCKS]
    _make_environment(keep_version)
    wanted = [name for name in names if not _is_installed(name)]
    if not wanted:
        return
    _say(f"Installing what Plumbline needs ({' and '.join(wanted)}); this takes a minute.")
    for name in wanted:
        _install(name)


def _make_environment(keep_version: bool) -> None:
    version = _version_of(PYTHON)
    if version and (keep_version or version == _version_of(Path(sys.executable))):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run(  # noqa: S603 -- our own arguments
        [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        reason = (made.stdout + made.stderr).strip().splitlines() or ["no message"]
        sys.exit(
            f"{sys.executable} cannot make a virtual environment: {reason[-1]}\n"
            "On Debian and Ubuntu install the package python3-venv; elsewhere name another Python: "
            "make install PYTHON=/path/to/python3.12"
        )


def _version_of(python: Path) -> str:
    """What this Python says it is, or nothing if it cannot run: its base may have been removed."""
    try:
        answer = subprocess.run(  # noqa: S603 -- our own arguments
            [str(python), "-I", "-c", "import sys; print(sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def _is_installed(name: str) -> bool:
    try:
        return _stamp(name).read_text() == _digest(name)
    except OSError:
        return False


def _install(name: str) -> None:
    command = [str(PYTHON), "-m", "pip", "install", "-qq", "--require-hashes", "--no-deps"]
    done = subprocess.run(  # noqa: S603 -- our own arguments
        [*command, "--requirement", str(_lock(name))], env={**os.environ, **QUIET}, check=False
    )
    if done.returncode != 0:
        sys.exit(f"pip could not install requirements/{name}.txt (see above). Is a package index within reach?")
    _stamp(name).write_text(_digest(name))


def _lock(name: str) -> Path:
    return REPOSITORY / "requirements" / f"{name}.txt"


def _stamp(name: str) -> Path:
    return VENV / f"installed-{name}"


def _digest(name: str) -> str:
    return hashlib.sha256(_lock(name).read_bytes()).hexdigest()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
