"""Users' thumbs as rows for KTO."""

import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from core.catalog.models import Anchor, AnchorSet, Content
from core.ledger import anchoring, recording
from core.ledger.recording import Said, Subject
from exchange.doubting import refuse_early
from exchange.exporting import export
from exchange.selection import Selection
from tests.drift.alarms import alarm_of
from tests.drift.conftest import BEGIN, Speaker
from tests.exchange.thumbs import answered, comparison, manifest
from tests.exchange.thumbs import speaker as speaker
from tests.exchange.thumbs import take as take

pytestmark = pytest.mark.django_db


def test_a_thumb_is_a_row_with_prompt_answer_and_label(speaker: Speaker, take: Any) -> None:
    good, bad = answered("About"), answered("What")
    turn = speaker.turn(response=bad, memory="on", arm_key="warm", segment={"segment": "teen"})
    speaker.thumb(Subject(response=good.pk), 1, -1, solicited=False)
    speaker.thumb(Subject(turn=turn.pk), 2, 1)
    first, second = take()
    assert first["prompt"] == [{"role": "user", "content": "How old is the Earth? (1)"}]
    assert first["completion"] == [{"role": "assistant", "content": "About 4.5 billion years. (1)"}]
    assert [first["label"], second["label"]] == [False, True]
    assert second["completion"] == [{"role": "assistant", "content": "What a great question! (1)"}]
    meta = {name.removeprefix("meta_"): value for name, value in second.items() if name.startswith("meta_")}
    assert (meta["bundle"], meta["memory"], meta["arm"], meta["segment"]) == ("v42", "on", "warm", "teen")
    assert (meta["family"], meta["source"], meta["solicited"], meta["actor"]) == ("f", "live", True, "user")
    assert (meta["said_at"], meta["weight"], meta["in_doubt"]) == ("2025-04-01T02:00:00+00:00", 1.0, False)
    assert first["meta_solicited"] is False
    assert None not in first.values()


def test_labels_of_an_answer_its_turn_and_its_pairs_are_counted_beside_its_thumb(speaker: Speaker, take: Any) -> None:
    bad = answered("What")
    turn, other = speaker.turn(response=bad), speaker.turn(response=bad)
    pair = bad.prompt_id and Subject(comparison=comparison().pk)
    speaker.thumb(Subject(turn=turn.pk), 1)
    speaker.label(Subject(turn=turn.pk), sycophantic=2, correct=0)
    speaker.label(Subject(turn=other.pk), sycophantic=1, cold=1)
    speaker.label(Subject(response=bad.pk), sycophantic=1, correct=2)
    speaker.label(pair, slot=1 if comparison().first_id == bad.pk else 2, cold=1)
    [thumb] = take()
    assert (thumb["meta_sycophantic"], thumb["meta_incorrect"], thumb["meta_cold"]) == (2, 1, 1)


def test_standard_style_is_plain_text(speaker: Speaker, take: Any) -> None:
    speaker.thumb(Subject(response=answered("About").pk), 1)
    [thumb] = take(style="standard")
    assert thumb["prompt"] == "How old is the Earth? (1)"
    assert thumb["completion"] == "About 4.5 billion years. (1)"


def test_only_thumbs_of_users_that_count_are_rows(speaker: Speaker, take: Any) -> None:
    subject = Subject(response=answered("About").pk)
    kept = speaker.thumb(subject, 1)
    gone = speaker.thumb(subject, 2)
    recording.rule(judgment=gone.pk, standing="withdrawn", reason="taken back")
    weighed = speaker.thumb(subject, 3)
    recording.rule(judgment=weighed.pk, standing="counted", weight=0.5, reason="unsteady")
    nothing = speaker.thumb(subject, 4)
    recording.rule(judgment=nothing.pk, standing="counted", weight=0, reason="a bot")
    speaker.says("rater", subject, 5, Said("thumb", 1))
    speaker.label(subject, 6, kind="user", sycophantic=1)
    rows = take()
    assert [(one["meta_judgment"], one["meta_weight"]) for one in rows] == [(str(kept.pk), 1.0), (str(weighed.pk), 0.5)]


def test_what_was_said_of_an_anchor_is_neither_a_row_nor_a_label_nor_in_doubt(speaker: Speaker, take: Any) -> None:
    response = answered("What")
    anchors = AnchorSet.objects.create(project=speaker.project, name="fixed")
    anchor = Anchor.objects.create(project=speaker.project, set=anchors, response=response, baseline={}, evidence=[])
    subject = Subject(response=response.pk)
    kept = speaker.thumb(subject, 1)
    measured = [speaker.thumb(subject, 9), speaker.label(subject, 9, sycophantic=2)]
    anchoring.note_judgments(project=speaker.project, anchors={one.pk: anchor.pk for one in measured})
    alarm_of(speaker.project, suspect_from=BEGIN + timedelta(hours=5))
    refuse_early(speaker.project, "kto", Selection(project=speaker.project.pk))
    [row] = take()
    assert (row["meta_judgment"], row["meta_sycophantic"]) == (str(kept.pk), 0)


def test_what_has_no_words_is_left_out_and_counted(speaker: Speaker, take: Any) -> None:
    speaker.thumb(Subject(response=answered("About").pk), 1)
    speaker.thumb(Subject(turn=speaker.turn().pk), 2)
    speaker.thumb(Subject(response=answered("What").pk), 3)
    Content.objects.filter(body__startswith="What").update(body=None)
    assert len(take()) == 1
    assert (manifest()["dropped"]["no_words"], manifest()["dropped"]["erased"]) == (1, 1)


def test_every_kind_of_file_reads_back_the_same_rows(speaker: Speaker, take: Any, tmp_path: Path) -> None:
    for n in range(100):
        begin = "About" if n % 3 else "What"
        speaker.thumb(Subject(response=answered(begin).pk), n, 1 if n % 2 else -1)
    rows = take()
    assert len(rows) == 100
    assert {type(one["label"]) for one in rows} == {bool}
    take_as = {kind: tmp_path / kind for kind in ("parquet", "csv")}
    for kind, out in take_as.items():
        selection = Selection(project=speaker.project.pk, file=kind)
        export(project=speaker.project, format="kto", selection=selection, out=out)
    assert pq.read_table(next(take_as["parquet"].glob("data-*"))).to_pylist() == rows
    with next(take_as["csv"].glob("data-*")).open(newline="") as file:
        cells = list(csv.DictReader(file))
    texts = {name for name, value in rows[0].items() if isinstance(value, str)}
    back = [{key: value if key in texts else json.loads(value) for key, value in one.items()} for one in cells]
    assert back == rows
