"""What feedback survives: the process killed in the middle of a batch, at each place where that could hurt."""

from typing import Any

import pytest
from django.db import connection

from abtest.ingest.taking import take
from abtest.models import ChosenTurn, Event
from core.failpoints import VARIABLE
from core.ledger.models import Judgment, LabelRequest, Turn
from tests.abtest import trials
from tests.abtest.trials import event, lines
from tests.workers import run

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
PROGRAM = """
import sys
from pathlib import Path
import django
django.setup()
from abtest.ingest.taking import take
from core.accounts.models import Project
project = Project.objects.get(slug="demo")
folder = Path({folder!r})
take(project=project, lines=(folder / "first").read_bytes().splitlines())
(folder / "mark").touch()
take(project=project, lines=(folder / "second").read_bytes().splitlines())
"""
KINDS = ("exposure", "turn", "thumb", "side_by_side", "usage") * 4


def counts() -> dict[str, int]:
    models = (Event, Judgment, Turn, ChosenTurn, LabelRequest)
    return {model.__name__: model.objects.count() for model in models}


@pytest.mark.parametrize("place", ["ingest.events_written", "ingest.all_written"])
def test_a_batch_that_is_killed_leaves_nothing_and_lands_whole_the_next_time(
    project: Any, tmp_path: Any, place: str
) -> None:
    trials.running(project)
    first, second = (lines(*map(event, KINDS)) for _ in range(2))
    (tmp_path / "first").write_bytes(b"\n".join(first))
    (tmp_path / "second").write_bytes(b"\n".join(second))
    killed = run(tmp_path, PROGRAM.format(folder=str(tmp_path)), **{VARIABLE: f"{place}={tmp_path / 'mark'}"})
    assert killed.returncode == -9, killed.stderr
    landed = counts()
    assert landed == {"Event": 20, "Judgment": 8, "Turn": 12, "ChosenTurn": 20, "LabelRequest": 4}

    taken = take(project=project, lines=[*first, *second])

    assert (taken.accepted, taken.duplicate, taken.rejected) == (20, 20, ())
    assert counts() == {name: 2 * count for name, count in landed.items()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname = 'ingest_staged' AND relpersistence = 't'")
        assert cursor.fetchone() == (0,)
