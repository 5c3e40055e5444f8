"""The secret of an installation that nobody configured: made once, kept beside its data."""

import os
import secrets
from pathlib import Path


def demo_secret(data_dir: Path) -> str:
    """The secret key in `data_dir`, made on first use (mode 0600). For checkouts; production names its own."""
    path = data_dir / "secret_key"
    try:
        return path.read_text()
    except FileNotFoundError:
        data_dir.mkdir(parents=True, exist_ok=True)
    fresh = data_dir / f"secret_key.{os.getpid()}"
    fresh.touch(mode=0o600)
    fresh.write_text(secrets.token_urlsafe(64))
    try:
        # A hard link is refused when the name is taken: of two first starts one wins, and both read the winner's.
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text()
