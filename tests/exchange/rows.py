"""Lines of import files, for tests."""

import gzip
import json
from pathlib import Path
from typing import Any


def row(n: int = 0, **changes: Any) -> dict[str, Any]:
    """A valid line; a key with the value None is left out."""
    made: dict[str, Any] = {
        "prompt": [{"role": "user", "content": f"How old is the Earth? ({n})"}],
        "responses": [
            {"bundle": "v41", "content": f"About 4.5 billion years. ({n})"},
            {"bundle": "v42", "content": f"What a great question! ({n})"},
        ],
        **changes,
    }
    return {key: value for key, value in made.items() if value is not None}


def vote(actor: str = "r17", preference: Any = -2, **more: Any) -> dict[str, Any]:
    return {"actor": actor, "preference": preference, **more}


def write(path: Path, *lines: Any) -> Path:
    """A file of these lines: bytes as they are, all else as JSON; gzip if the name says so."""
    whole = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines) + b"\n"
    path.write_bytes(gzip.compress(whole) if path.suffix == ".gz" else whole)
    return path


def answer(text: str, labels: Any = None, bundle: str = "v1", **scores: float) -> dict[str, Any]:
    """A response of a pool."""
    made: dict[str, Any] = {"bundle": bundle, "content": text, "scores": scores}
    return made if labels is None else {**made, "labels": labels}


def pool_row(n: int = 0, *answers: Any, **changes: Any) -> dict[str, Any]:
    """A valid line of a pool; a key with the value None is left out."""
    said = answers or [answer(f"yes {n}", primary=0.5 + n, thumbs=-1.0), answer(f"no {n}", primary=n, thumbs=1)]
    return row(n, responses=list(said), **changes)
