"""Ten comparisons to import, each with one vote."""

import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

ROWS = [
    {
        "id": f"row-{n}",
        "prompt": [{"role": "user", "content": f"How old is planet number {n}?"}],
        "responses": [{"bundle": "v41", "content": f"{n} billion years."}, {"bundle": "v42", "content": "Great!"}],
        "votes": [{"actor": "r1", "preference": -2}],
    }
    for n in range(10)
]


def as_file(rows: list[Any], name: str = "rows.jsonl") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "".join(json.dumps(row) + "\n" for row in rows).encode())
