"""Users' thumbs as rows for KTO, and what becomes of those on which an alarm casts doubt."""

import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from core.accounts.models import AuditEvent
from core.catalog.models import Anchor, AnchorSet, Comparison, Content, Response
from core.ledger import anchoring, recording
from core.ledger.models import Judgment
from core.ledger.recording import Said, Subject
from exchange.doubting import Doubted, refuse_early
from exchange.exporting import export, write_again
from exchange.importing import import_file
from exchange.models import Snapshot
from exchange.selection import Selection
from exchange.selectors import doubt_of
from exchange.shards import ExportFault
from reports.drift import acting
from reports.models import Alarm, AlarmAction
from tests.drift.alarms import alarm_of, member
from tests.drift.conftest import BEGIN, Speaker
from tests.exchange.rows import row, write

pytestmark = pytest.mark.django_db


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


@pytest.fixture
def doubted(speaker: Speaker) -> Alarm:
    """Three thumbs, at hours 1, 10 and 20, of which an alarm doubts those from hour 10 on."""
    for hours in (1, 10, 20):
        speaker.thumb(Subject(response=answered("What").pk), hours)
    return alarm_of(speaker.project, suspect_from=BEGIN + timedelta(hours=10))


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
    pair = bad.prompt_id and Subject(comparison=_comparison().pk)
    speaker.thumb(Subject(turn=turn.pk), 1)
    speaker.label(Subject(turn=turn.pk), sycophantic=2, correct=0)
    speaker.label(Subject(turn=other.pk), sycophantic=1, cold=1)
    speaker.label(Subject(response=bad.pk), sycophantic=1, correct=2)
    speaker.label(pair, slot=1 if _comparison().first_id == bad.pk else 2, cold=1)
    [thumb] = take()
    assert (thumb["meta_sycophantic"], thumb["meta_incorrect"], thumb["meta_cold"]) == (2, 1, 1)


def _comparison() -> Any:
    return Comparison.objects.get()


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


def test_without_an_alarm_nothing_is_in_doubt_and_nothing_says_so(speaker: Speaker, take: Any) -> None:
    speaker.thumb(Subject(response=answered("What").pk), 1)
    alarm_of(speaker.project, "M5")
    for format in ("kto", "raw"):
        take(format)
        assert not {"windows", "doubted_thumbs", "doubted_reason"} & manifest()["options"].keys()


@pytest.mark.parametrize("format", ["kto", "raw"])
def test_thumbs_in_doubt_are_refused_naming_the_alarm_and_what_to_do(
    format: str, doubted: Alarm, take: Any, tmp_path: Path
) -> None:
    with pytest.raises(ExportFault) as refused:
        take(format)
    words = str(refused.value)
    assert "2 of users' thumbs are in doubt because of M1" in words
    assert str(doubted.pk) in words
    assert "--leave-out-drifted-thumbs" in words
    assert "--include-drifted-thumbs --reason" in words
    assert not (tmp_path / "out").exists()
    assert Snapshot.objects.get().error == words


@pytest.mark.parametrize(("format", "name"), [("kto", "meta_judgment"), ("raw", "judgment")])
def test_thumbs_in_doubt_can_be_left_out(format: str, name: str, doubted: Alarm, take: Any, tmp_path: Path) -> None:
    [kept] = take(format, doubted_thumbs="leave_out")
    assert kept[name]
    assert manifest()["dropped"]["doubted_thumb"] == 2
    [window] = manifest()["options"]["windows"]
    assert window == {
        "alarm": str(doubted.pk),
        "monitor": "M1",
        "from": "2025-04-01T10:00:00+00:00",
        "until": None,
    }
    assert "No thumb from these times is here." in (tmp_path / "out" / "README.md").read_text()
    assert not AlarmAction.objects.exists()


@pytest.mark.parametrize("format", ["kto", "raw"])
def test_thumbs_in_doubt_are_included_for_a_reason_that_manifest_card_and_alarm_carry(
    format: str, doubted: Alarm, take: Any, tmp_path: Path
) -> None:
    rows = take(format, doubted_thumbs="include", doubted_reason="To look\nat <b>&them")
    assert len(rows) == 3
    if format == "kto":
        assert [one["meta_in_doubt"] for one in rows] == [False, True, True]
    options = json.loads((tmp_path / "out" / "manifest.json").read_text())["options"]
    assert (options["doubted_thumbs"], options["doubted_reason"]) == ("include", "To look\nat <b>&them")
    assert options["windows"][0]["alarm"] == str(doubted.pk)
    card = (tmp_path / "out" / "README.md").read_text()
    assert "**Thumbs from these times were not left out**, for this reason: To look at \\<b\\>\\&them" in card
    action = AlarmAction.objects.get()
    assert (action.kind, action.alarm_id, action.reason) == ("override", doubted.pk, "To look\nat <b>&them")
    assert action.data == {"snapshot": str(Snapshot.objects.get().pk), "format": format}
    trail = str(list(AuditEvent.objects.values_list("data", flat=True)))
    assert "drift.overridden" in AuditEvent.objects.values_list("verb", flat=True)
    assert "To look" not in trail


@pytest.mark.parametrize("format", ["kto", "raw"])
def test_what_is_refused_at_the_order_is_what_the_export_would_end_with(
    format: str, speaker: Speaker, take: Any
) -> None:
    """A thumb that does not count is no row of kto, and an expert's no user's."""
    subject = Subject(response=answered("What").pk)
    alarm_of(speaker.project, suspect_from=BEGIN)
    speaker.says("expert", subject, 1, Said("thumb", 1))
    if format == "kto":
        gone = speaker.thumb(subject, 2)
        recording.rule(judgment=gone.pk, standing="withdrawn", reason="taken back")
        speaker.thumb(subject, -1)
    refuse_early(speaker.project, format, Selection(project=speaker.project.pk))
    assert len(take(format)) == 1
    speaker.thumb(subject, 3)
    with pytest.raises(Doubted, match=r"^1 of users' thumbs is in doubt"):
        refuse_early(speaker.project, format, Selection(project=speaker.project.pk))
    with pytest.raises(Doubted, match=r"^1 of users' thumbs is in doubt"):
        take(format)


def test_including_without_a_reason_is_refused(doubted: Alarm, take: Any) -> None:
    with pytest.raises(ExportFault, match="Say why"):
        take(doubted_thumbs="include", doubted_reason="  ")
    assert Snapshot.objects.get().state == "failed"


def test_a_failed_export_overrides_nothing(doubted: Alarm, take: Any) -> None:
    Content.objects.update(body=None)
    with pytest.raises(ExportFault, match="nothing to export"):
        take(doubted_thumbs="include", doubted_reason="because")
    assert not AlarmAction.objects.exists()


def test_pairs_are_never_in_doubt(doubted: Alarm, speaker: Speaker, take: Any) -> None:
    speaker.says("rater", Subject(comparison=_comparison().pk), 15, Said("overall", 2))
    assert len(take("dpo")) == 1
    assert "windows" not in manifest()["options"]


def test_a_reset_ends_the_doubt_but_not_a_block(doubted: Alarm, take: Any, ml_lead: Any) -> None:
    lead = member(ml_lead, doubted.project, "ml_lead")
    acting.reset(alarm=doubted, member=lead, reason="looked into")
    assert len(take()) == 3
    acting.block_exports(alarm=doubted, member=lead)
    with pytest.raises(ExportFault, match="2 of users' thumbs"):
        take()


def test_what_was_said_after_a_blocked_alarm_was_closed_is_exported(
    doubted: Alarm, take: Any, ml_lead: Any, speaker: Speaker
) -> None:
    lead = member(ml_lead, doubted.project, "ml_lead")
    acting.block_exports(alarm=doubted, member=lead)
    acting.reset(alarm=doubted, member=lead, reason="looked into")
    Alarm.objects.filter(pk=doubted.pk).update(closed_at=BEGIN + timedelta(hours=15))
    assert [one["meta_said_at"][11:13] for one in take(doubted_thumbs="leave_out")] == ["01", "20"]


def test_a_thumb_whose_clock_runs_ahead_was_said_when_it_was_recorded(speaker: Speaker, take: Any) -> None:
    said = speaker.thumb(Subject(response=answered("What").pk), 24 * 365 * 20)
    alarm_of(speaker.project, suspect_from=Judgment.objects.get(pk=said.pk).recorded_at + timedelta(seconds=1))
    assert len(take()) == 1


def test_a_snapshot_is_written_again_with_the_windows_it_was_made_with(
    doubted: Alarm, take: Any, tmp_path: Path
) -> None:
    take(doubted_thumbs="leave_out")
    snapshot = Snapshot.objects.get()
    Alarm.objects.update(suspect_from=BEGIN + timedelta(hours=15))
    write_again(snapshot=snapshot, out=tmp_path / "again")
    one, other = ((tmp_path / name / "data-00000-of-00001.jsonl").read_bytes() for name in ("out", "again"))
    assert one == other


@pytest.mark.parametrize("format", ["kto", "raw"])
def test_what_came_into_doubt_since_is_not_written_again(
    format: str, speaker: Speaker, take: Any, tmp_path: Path
) -> None:
    speaker.thumb(Subject(response=answered("What").pk), 12)
    take(format)
    take(format, out="other", doubted_thumbs="include", doubted_reason="whatever comes")
    plain, told = Snapshot.objects.order_by("pk")
    write_again(snapshot=plain, out=tmp_path / "before")
    alarm_of(speaker.project, suspect_from=BEGIN + timedelta(hours=10))
    with pytest.raises(Doubted, match=r"^1 of users' thumbs is in doubt.*Make a new export"):
        write_again(snapshot=plain, out=tmp_path / "again")
    write_again(snapshot=told, out=tmp_path / "again")


@pytest.mark.django_db
def test_the_command_refuses_leaves_out_and_includes(doubted: Alarm, tmp_path: Path, capsys: Any) -> None:
    said = ["export_preferences", "--project", "demo", "--format", "kto", "--out", str(tmp_path / "out"), "--json"]
    with pytest.raises(CommandError, match="in doubt because of M1"):
        call_command(*said)
    call_command(*said, "--leave-out-drifted-thumbs")
    assert json.loads(capsys.readouterr().out)["rows"] == 1
    call_command(*said, "--include-drifted-thumbs", "--reason", "to look at them")
    assert json.loads(capsys.readouterr().out)["options"]["doubted_reason"] == "to look at them"
    with pytest.raises(CommandError, match="Say why"):
        call_command(*said, "--include-drifted-thumbs")
    with pytest.raises(CommandError, match="goes with --include"):
        call_command(*said, "--reason", "none")
    with pytest.raises(CommandError, match="format of thumbs"):
        call_command(*said[:4], "dpo", *said[5:], "--leave-out-drifted-thumbs")


def test_the_page_refuses_at_once_and_takes_a_reason(doubted: Alarm, ml_lead: Any) -> None:
    client = Client()
    client.force_login(ml_lead)
    form = {"format": "kto", "file": "jsonl", "style": "conversational", "min_votes": "1"}
    answer = client.post("/p/demo/exports/new/", {**form, "doubted_thumbs": "refuse"})
    assert answer.status_code == 422
    assert "in doubt because of M1" in answer.content.decode()
    assert "--include" not in answer.content.decode()
    answer = client.post("/p/demo/exports/new/", {**form, "doubted_thumbs": "include", "reason": " "})
    assert answer.status_code == 422
    assert "Say why thumbs" in answer.content.decode()
    assert not Snapshot.objects.exists()
    for given in ({"doubted_thumbs": "leave_out"}, {"doubted_thumbs": "include", "reason": "to look"}):
        assert client.post("/p/demo/exports/new/", {**form, **given}).status_code == 302
    made = Snapshot.objects.order_by("pk")
    assert [one.options.get("doubted_thumbs") for one in made] == ["leave_out", "include"]
    assert client.post("/p/demo/exports/new/", {**form, "format": "dpo"}).status_code == 302


def test_an_export_says_what_has_come_into_doubt_in_it_since(speaker: Speaker, take: Any, ml_lead: Any) -> None:
    for hours in (1, 12):
        speaker.thumb(Subject(response=answered("What").pk), hours)
    take()
    plain = Snapshot.objects.get()
    client = Client()
    client.force_login(ml_lead)

    def page(snapshot: Snapshot) -> str:
        return client.get(f"/p/demo/exports/{snapshot.pk}/").content.decode()

    assert "come into doubt since it was made" not in page(plain)
    alarm = alarm_of(speaker.project, suspect_from=BEGIN + timedelta(hours=10))
    assert doubt_of(plain).startswith(f"1 of users' thumbs is in doubt because of M1 (alarm {alarm.pk}")
    assert "come into doubt since it was made" in page(plain)
    assert str(alarm.pk) in page(plain)
    Snapshot.objects.filter(pk=plain.pk).update(path="kept")
    assert f"/p/demo/exports/{plain.pk}/manifest.json" in page(plain)
    # What was known when it was made, and what was not there yet, is no news.
    take(out="told", doubted_thumbs="include", doubted_reason="whatever comes")
    assert doubt_of(Snapshot.objects.latest("pk")) == ""
    alarm_of(speaker.project, "M5", suspect_from=BEGIN)
    acting.reset(alarm=alarm, member=member(ml_lead, speaker.project, "ml_lead"), reason="looked into")
    assert doubt_of(plain) == ""


def test_a_snapshot_that_did_not_keep_what_it_saw_says_so_too(speaker: Speaker, take: Any) -> None:
    speaker.thumb(Subject(response=answered("What").pk), 12)
    take()
    made = Snapshot.objects.get()
    made.seen = None
    assert doubt_of(made) == ""
    alarm_of(speaker.project, suspect_from=BEGIN)
    assert doubt_of(made).startswith("1 of")


def test_an_alarm_of_what_came_after_an_export_costs_it_no_reading(
    doubted: Alarm, take: Any, django_assert_num_queries: Any
) -> None:
    take(doubted_thumbs="leave_out")
    made = Snapshot.objects.select_related("project").get()
    assert made.cut is not None
    Alarm.objects.update(suspect_from=made.cut + timedelta(seconds=1))
    with django_assert_num_queries(1):
        assert doubt_of(made) == ""


@pytest.mark.parametrize("format", ["kto", "raw"])
def test_an_alarm_that_has_no_thumb_in_an_export_was_not_overridden(
    format: str, doubted: Alarm, take: Any, ml_lead: Any
) -> None:
    other = alarm_of(doubted.project, "M5", suspect_from=BEGIN + timedelta(days=9))
    acting.block_exports(alarm=other, member=member(ml_lead, doubted.project, "ml_lead"))
    take(format, doubted_thumbs="include", doubted_reason="to look at them")
    assert len(manifest()["options"]["windows"]) == 2
    assert AlarmAction.objects.get(kind="override").alarm_id == doubted.pk
