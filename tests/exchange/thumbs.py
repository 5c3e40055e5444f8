"""Thumbs of somebody on two answers, and exports of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.catalog.models import Comparison, Response
from exchange.exporting import export
from exchange.importing import import_file
from exchange.models import Snapshot
from exchange.selection import Selection
from tests.drift.conftest import Speaker
from tests.exchange.rows import row, write


@pytest.fixture
def speaker(project: Any, tmp_path: Path) -> Speaker:
    """Somebody who speaks of two answers to one prompt, "About…" and "What…"."""
    import_file(path=write(tmp_path / "rows.jsonl", row(1, family="f")), project=project, campaign_name="first")
    return Speaker(project)


def answered(begin: str) -> Response:
    return Response.objects.get(content__body__startswith=begin)


@pytest.fixture
def take(project: Any, tmp_path: Path) -> Any:
    def take(format: str = "kto", out: str = "out", **options: Any) -> list[dict[str, Any]]:
        export(project=project, format=format, selection=Selection(project=project.pk, **options), out=tmp_path / out)
        return [json.loads(line) for line in (tmp_path / out / "data-00000-of-00001.jsonl").read_text().splitlines()]

    return take


def manifest() -> dict[str, Any]:
    made = Snapshot.objects.latest("pk").manifest
    assert made is not None
    return made


def comparison() -> Comparison:
    return Comparison.objects.get()
