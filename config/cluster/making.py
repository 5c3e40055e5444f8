"""A new cluster: either whole or not there."""

import os
import secrets
import shutil
import subprocess
from pathlib import Path

from config.cluster import folders
from config.cluster.binaries import Binaries
from config.cluster.errors import ClusterError
from config.cluster.layout import Layout
from config.cluster.owner import Owner

USER = DATABASE = "plumbline"
SUPERUSER = "postgres"


def make(layout: Layout, owner: Owner, binaries: Binaries) -> None:
    """Make the cluster with its role and database. Call it under the start lock.

    It is made under another name and renamed when complete, so a crash on the way leaves nothing that looks like one.
    Raises ClusterError with the program's own last line if it fails.
    """
    folders.check_space(layout)
    for leftover in layout.server.glob("cluster.new*"):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh = layout.server / f"cluster.new-{secrets.token_hex(4)}"
    superuser, user = secrets.token_hex(32), secrets.token_hex(32)
    try:
        _initdb(fresh, owner, binaries, superuser)
        statements = [
            f"CREATE ROLE {USER} LOGIN CREATEDB PASSWORD '{user}'",
            # Tests empty the append-only tables. A server that DATABASE_URL names grants its role no such thing.
            f"GRANT SET ON PARAMETER session_replication_role TO {USER}",
            f"CREATE DATABASE {DATABASE} OWNER {USER}",
        ]
        _single_user(fresh, owner, binaries, statements)
        _write_passwords(layout, {SUPERUSER: superuser, USER: user})
        fresh.rename(layout.cluster)
    except (OSError, subprocess.SubprocessError) as error:
        raise ClusterError(f"could not make a database in {layout.home}: {error}.") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _initdb(fresh: Path, owner: Owner, binaries: Binaries, password: str) -> None:
    password_file = fresh.with_name(fresh.name + "-password")
    descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        if owner.switch:
            os.fchown(descriptor, owner.uid, owner.gid)
        os.write(descriptor, f"{password}\n".encode())
        locale = ["--locale=C"]
        if binaries.major >= 17:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        arguments: list[str | Path] = [binaries["initdb"], "-D", fresh, "-U", SUPERUSER, f"--pwfile={password_file}"]
        answer = owner.run([*arguments, "-A", "scram-sha-256", "-E", "UTF8", *locale])
    finally:
        os.close(descriptor)
        password_file.unlink(missing_ok=True)
    _refuse(answer, "initdb")


def _single_user(fresh: Path, owner: Owner, binaries: Binaries, statements: list[str]) -> None:
    # A server nobody can connect to: there is no moment at which the cluster is up without its role and password.
    arguments: list[str | Path] = [binaries["postgres"], "--single", "-j", "-D", fresh]
    arguments += ["-c", "exit_on_error=on", "postgres"]
    _refuse(owner.run(arguments, stdin="".join(f"{statement};\n\n" for statement in statements)), "postgres --single")


def _refuse(answer: subprocess.CompletedProcess[str], program: str) -> None:
    if answer.returncode != 0:
        lines = (answer.stderr.strip() or answer.stdout.strip() or "no message").splitlines()
        telling = [line for line in lines if "FATAL" in line or "error:" in line or "ERROR" in line]
        raise ClusterError(f"{program} failed (exit {answer.returncode}): {(telling or lines)[-1].strip()}")


def _write_passwords(layout: Layout, passwords: dict[str, str]) -> None:
    fresh = layout.passwords.with_name(layout.passwords.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"*:*:*:{user}:{password}\n" for user, password in passwords.items())
    fresh.rename(layout.passwords)
