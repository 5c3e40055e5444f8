"""What was said in live traffic leaves in the raw format with all its context."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db.models import F
from django.utils import timezone

from abtest.models import Arm, ChosenTurn, Experiment
from core.catalog.models import Bundle, Content, Response
from core.ledger.models import Judgment, Turn
from core.ledger.recording import Said, Subject
from exchange.exporting import export, write_again
from exchange.importing import import_file
from exchange.models import Snapshot
from exchange.selection import Selection
from tests.drift.conftest import Speaker
from tests.exchange.rows import row, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def speaker(project: Any, tmp_path: Path) -> Speaker:
    import_file(path=write(tmp_path / "rows.jsonl", row(1, family="f")), project=project, campaign_name="first")
    return Speaker(project)


@pytest.fixture
def take(project: Any, tmp_path: Path) -> Any:
    def take(format: str = "raw", **options: Any) -> list[dict[str, Any]]:
        selection = Selection(project=project.pk, **options)
        export(project=project, format=format, selection=selection, out=tmp_path / "out")
        return [json.loads(line) for line in (tmp_path / "out" / "data-00000-of-00001.jsonl").read_text().splitlines()]

    return take


def awaited(turn: Turn, came_at: Any) -> None:
    """That the turn was chosen to be labelled, and that its words came then."""
    experiment = Experiment.objects.create(project=turn.project, key="warmth", name="Warmth", salt="s")
    arm = Arm.objects.create(
        project=turn.project,
        experiment=experiment,
        key="candidate",
        bundle=Bundle.objects.first(),
        ordinal=0,
        share=500_000,
    )
    ChosenTurn.objects.create(
        project=turn.project,
        experiment=experiment,
        arm=arm,
        unit=turn.pk,
        conversation=turn.conversation,
        n=turn.n,
        probability=0.02,
        turn=turn,
        came_at=came_at,
    )


def test_a_thumb_and_a_choice_on_a_turn_have_their_whole_context(speaker: Speaker, take: Any) -> None:
    answer = Response.objects.get(content__body__startswith="What")
    turn = speaker.turn(
        response=answer, bundle=answer.bundle, memory="on", arm_key="warmth/candidate", segment={"locale": "en"}
    )
    speaker.thumb(Subject(turn=turn.pk), 1, -1, solicited=False)
    speaker.says("user", Subject(turn=turn.pk), 2, Said("overall", -3), solicited=True)
    thumb, choice = take()
    where = {
        "subject": "turn",
        "conversation": turn.conversation,
        "turn": 1,
        "experiment": "warmth",
        "arm": "candidate",
        "memory": "on",
        "segment": '{"locale": "en"}',
        "first_bundle": "v42",
        "first_text": "What a great question! (1)",
        "prompt": [{"role": "user", "content": "How old is the Earth? (1)"}],
    }
    for one in (thumb, choice):
        assert {name: one[name] for name in where} == where
    assert (thumb["solicited"], choice["solicited"]) == (False, True)
    assert [(one["question"], one["value"]) for one in (*thumb["signals"], *choice["signals"])] == [
        ("thumb", -1),
        ("overall", -3),
    ]


def test_a_thumb_on_a_turn_without_words_is_a_row_all_the_same(speaker: Speaker, take: Any, tmp_path: Path) -> None:
    speaker.thumb(Subject(turn=speaker.turn(arm_key="warmth/control", memory="on").pk), 1)
    speaker.thumb(Subject(response=Response.objects.first().pk), 2, segment_key="teen", arm_key="warm")
    bare, whole = take()
    assert (bare["prompt"], bare["first_text"], bare["first_bundle"], bare["premise"]) == ([], "", "", "")
    assert (bare["experiment"], bare["arm"], bare["memory"], bare["segment"]) == ("warmth", "control", "on", "{}")
    assert (whole["experiment"], whole["arm"], whole["segment"]) == ("", "warm", '{"segment": "teen"}')
    assert (whole["conversation"], whole["turn"]) == ("", 0)
    assert None not in {value for one in (bare, whole) for value in one.values() if not isinstance(value, list)}
    export(
        project=speaker.project,
        format="raw",
        selection=Selection(project=speaker.project.pk, file="parquet"),
        out=tmp_path / "parquet",
    )
    assert pq.read_table(next((tmp_path / "parquet").glob("data-*"))).to_pylist() == [bare, whole]


def test_a_turn_whose_words_were_erased_is_left_out_and_counted(speaker: Speaker, take: Any) -> None:
    speaker.thumb(Subject(turn=speaker.turn(response=Response.objects.first()).pk), 1)
    speaker.thumb(Subject(turn=speaker.turn().pk), 2)
    Content.objects.update(body=None)
    assert len(take()) == 1
    manifest = Snapshot.objects.get().manifest
    assert manifest is not None
    assert manifest["dropped"]["erased"] == 1


@pytest.mark.parametrize("format", ["raw", "kto"])
def test_words_that_come_after_a_snapshot_change_nothing_in_it(
    format: str, speaker: Speaker, take: Any, tmp_path: Path
) -> None:
    speaker.thumb(Subject(response=Response.objects.first().pk), 1)
    turn = speaker.turn()
    speaker.thumb(Subject(turn=turn.pk), 1)
    take(format)
    Turn.objects.filter(pk=turn.pk).update(response=Response.objects.first())
    awaited(turn, timezone.now())
    write_again(snapshot=Snapshot.objects.get(), out=tmp_path / "again")
    one, other = ((tmp_path / name / "data-00000-of-00001.jsonl").read_bytes() for name in ("out", "again"))
    assert one == other
    ChosenTurn.objects.update(came_at=F("came_at") - timedelta(days=1))
    assert [one.get("first_text", one.get("completion")) for one in take(format)][1]


def test_simulated_traffic_is_left_out_unless_asked_for(speaker: Speaker, take: Any) -> None:
    speaker.thumb(Subject(turn=speaker.turn().pk), 1)
    speaker.thumb(Subject(turn=speaker.turn().pk), 2, simulated=True)
    assert len(take()) == 1
    assert len(take(include_simulated=True)) == 2
    assert Judgment.objects.count() == 2
