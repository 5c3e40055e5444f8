"""Where the private cluster lies, and what it refuses."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from config.cluster import ClusterError, folders, layout, owner
from config.cluster.layout import Layout
from tests.cluster.conftest import REPOSITORY, Clone

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's cluster lies outside of the data folder")


def modes_above(path: Path) -> dict[Path, int]:
    return {folder: folder.stat().st_mode for folder in path.resolve().parents}


def test_making_a_cluster_adds_no_account_and_opens_no_folder(clone: Clone) -> None:
    accounts = Path("/etc/passwd").read_bytes()
    clone.data_dir.mkdir(mode=0o700)
    above = [modes_above(clone.data_dir / "x"), modes_above(REPOSITORY / ".venv" / "x")]

    clone.hold()

    assert Path("/etc/passwd").read_bytes() == accounts
    assert [modes_above(clone.data_dir / "x"), modes_above(REPOSITORY / ".venv" / "x")] == above
    assert clone.layout.cluster.stat().st_mode & 0o077 == 0
    assert clone.layout.cluster.stat().st_uid != 0


def test_asking_how_to_connect_writes_nothing(clone: Clone) -> None:
    answer = clone.run("-c", "from config import cluster; print(cluster.settings()['HOST'])")

    assert answer.returncode == 0
    assert not clone.data_dir.exists()
    assert not clone.layout.home.exists()


def test_the_package_loads_no_django(clone: Clone) -> None:
    code = "import sys; from config import cluster; cluster.settings(); print('django' in sys.modules)"

    assert clone.run("-c", code).stdout == "False\n"


@pytest.mark.parametrize("depth", [1, 4, 12])
def test_a_socket_path_is_never_too_long(tmp_path: Path, depth: int) -> None:
    place = Layout(data_dir=tmp_path, home=tmp_path.joinpath(*["twenty characters ab"] * depth))

    path = place.sockets(os.geteuid()) / ".s.PGSQL.5432"

    assert len(os.fsencode(path)) <= 107
    assert place.sockets(os.geteuid()) == place.sockets(os.geteuid())


def test_two_clones_with_long_paths_have_sockets_of_their_own(tmp_path: Path) -> None:
    one, other = (Layout(data_dir=tmp_path, home=tmp_path / ("x" * 90) / name) for name in ("a", "b"))

    assert one.sockets(1) != other.sockets(1)


@pytest.fixture
def long_place(tmp_path: Path) -> Layout:
    return Layout(data_dir=tmp_path, home=tmp_path / ("x" * 100))


@pytest.fixture
def socket_folder(long_place: Layout) -> Path:
    folder = long_place.sockets(owner.find().uid)
    assert folder.parent == Path("/tmp")
    yield folder
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_short_socket_folder_is_private(long_place: Layout, socket_folder: Path) -> None:
    made = folders.prepare_sockets(long_place, owner.find())

    assert made == socket_folder
    assert made.stat().st_mode & 0o777 == 0o700
    assert made.stat().st_uid == owner.find().uid
    assert folders.prepare_sockets(long_place, owner.find()) == made


def test_a_socket_folder_that_others_may_enter_is_refused(long_place: Layout, socket_folder: Path) -> None:
    socket_folder.mkdir()
    os.chown(socket_folder, owner.find().uid, -1)
    socket_folder.chmod(0o777)

    with pytest.raises(ClusterError, match="remove it"):
        folders.prepare_sockets(long_place, owner.find())


def test_a_link_in_the_place_of_the_socket_folder_is_refused(
    long_place: Layout, socket_folder: Path, tmp_path: Path
) -> None:
    socket_folder.symlink_to(tmp_path, target_is_directory=True)

    with pytest.raises(ClusterError, match="remove it"):
        folders.prepare_sockets(long_place, owner.find())


@as_root
def test_a_socket_folder_of_another_user_is_refused(long_place: Layout, socket_folder: Path) -> None:
    socket_folder.mkdir(mode=0o700)
    os.chown(socket_folder, 12345, -1)

    with pytest.raises(ClusterError, match="remove it"):
        folders.prepare_sockets(long_place, owner.find())


def test_a_server_named_by_the_environment_is_used_instead(clone: Clone) -> None:
    code = "from config import cluster; cluster.hold(); print(cluster.settings())"

    answer = clone.run("-c", code, DATABASE_URL="postgres://me:secret@db.example.org:5433/prod")

    assert "'HOST': 'db.example.org'" in answer.stdout
    assert "'NAME': 'prod'" in answer.stdout
    assert not clone.data_dir.exists()


@as_root
def test_a_fresh_data_folder_does_not_meet_the_data_of_a_removed_one(clone: Clone) -> None:
    clone.hold().communicate()
    (clone.layout.home / "mark").touch()
    shutil.rmtree(clone.data_dir)

    clone.hold()

    assert not (clone.layout.home / "mark").exists()


@as_root
def test_a_copied_clone_gets_a_cluster_of_its_own(
    clone: Clone, make_clone: Callable[[Path], Clone], tmp_path: Path
) -> None:
    clone.data_dir.mkdir()
    clone.layout.home.mkdir(parents=True)
    clone.layout.claim.write_text(f"{clone.data_dir}\n")
    layout.pointer(clone.data_dir).write_text(f"{clone.layout.home}\n")
    copy = make_clone(tmp_path / "copy")
    shutil.copytree(clone.data_dir, copy.data_dir)

    assert copy.layout.home != clone.layout.home


@as_root
def test_a_moved_clone_keeps_its_cluster(clone: Clone, make_clone: Callable[[Path], Clone], tmp_path: Path) -> None:
    clone.data_dir.mkdir()
    home = clone.layout.home
    home.mkdir(parents=True)
    clone.layout.claim.write_text(f"{clone.data_dir}\n")
    layout.pointer(clone.data_dir).write_text(f"{home}\n")
    moved = make_clone(tmp_path / "moved")
    clone.data_dir.rename(moved.data_dir)

    assert moved.layout.home == home
