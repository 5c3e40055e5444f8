"""Exports that would hold users' thumbs on which an alarm casts doubt, over the API."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.catalog.models import Response
from core.ledger.recording import Subject
from exchange.exporting import export
from exchange.importing import import_file
from exchange.models import Snapshot
from exchange.selection import Selection
from reports.models import Alarm
from tests.api.conftest import Caller
from tests.api.test_contract import fields
from tests.drift.alarms import alarm_of
from tests.drift.conftest import BEGIN, Speaker
from tests.exchange.rows import row, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def doubted(project: Any, tmp_path: Path) -> Any:
    import_file(path=write(tmp_path / "rows.jsonl", row(1)), project=project, campaign_name="first")
    Speaker(project).thumb(Subject(response=Response.objects.all()[0].pk), 10)
    return alarm_of(project, suspect_from=BEGIN + timedelta(hours=9))


@pytest.mark.parametrize("format", ["kto", "raw"])
def test_thumbs_in_doubt_are_refused_at_the_order(format: str, caller: Caller, doubted: Any) -> None:
    answer = caller.post("exports/", {"format": format})
    assert fields(answer) == {"doubted_thumbs": "in_doubt"}
    assert str(doubted.pk) in answer.content.decode()
    assert "--include" not in answer.content.decode()
    assert not Snapshot.objects.exists()


def test_they_are_left_out_or_included_for_a_reason(caller: Caller, doubted: Any) -> None:
    for told in ({"doubted_thumbs": "leave_out"}, {"doubted_thumbs": "include", "doubted_reason": "to look"}):
        answer = caller.post("exports/", {"format": "kto", **told})
        assert answer.status_code == 202
        assert told.items() <= answer.json()["options"].items()


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"format": "kto", "doubted_thumbs": "include"}, "doubted_reason"),
        ({"format": "kto", "doubted_thumbs": "include", "doubted_reason": " "}, "doubted_reason"),
        ({"format": "kto", "doubted_reason": "why not"}, "doubted_reason"),
        ({"format": "kto", "doubted_thumbs": "include", "doubted_reason": "x" * 2_001}, "doubted_reason"),
        ({"format": "kto", "doubted_thumbs": "forget"}, "doubted_thumbs"),
        ({"format": "dpo", "doubted_thumbs": "leave_out"}, "doubted_thumbs"),
    ],
)
def test_what_does_not_fit_is_named(told: Any, fault: str, caller: Caller, doubted: Any) -> None:
    assert set(fields(caller.post("exports/", told))) == {fault}
    assert not Snapshot.objects.exists()


def test_an_export_says_what_has_come_into_doubt_in_it_since(caller: Caller, doubted: Any, tmp_path: Path) -> None:
    Alarm.objects.update(closed_at=BEGIN)
    selection = Selection(project=doubted.project_id)
    made = export(project=doubted.project, format="kto", selection=selection, out=tmp_path / "out")
    assert caller.get(f"exports/{made.pk}/").json()["in_doubt"] == ""
    Alarm.objects.update(closed_at=None)
    assert caller.get(f"exports/{made.pk}/").json()["in_doubt"].startswith("1 of users' thumbs is in doubt")
