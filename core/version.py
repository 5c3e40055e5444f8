"""Which version of the code this is."""

import tomllib
from functools import cache
from pathlib import Path

from django.conf import settings


@cache
def code_version() -> str:
    """The version in pyproject.toml, which manifests, charts and reports name as their code."""
    with (Path(settings.BASE_DIR) / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])
