"""What becomes of thumbs on which an alarm casts doubt when they are exported."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from core.accounts.models import AuditEvent
from core.catalog.models import Content
from core.ledger import recording
from core.ledger.models import Judgment
from core.ledger.recording import Said, Subject
from exchange.doubting import Doubted, refuse_early
from exchange.exporting import write_again
from exchange.models import Snapshot
from exchange.selection import Selection
from exchange.selectors import doubt_of
from exchange.shards import ExportFault
from reports.drift import acting
from reports.models import Alarm, AlarmAction
from tests.drift.alarms import alarm_of, member
from tests.drift.conftest import BEGIN, Speaker
from tests.exchange.thumbs import answered, comparison, manifest
from tests.exchange.thumbs import speaker as speaker
from tests.exchange.thumbs import take as take

pytestmark = pytest.mark.django_db


@pytest.fixture
def doubted(speaker: Speaker) -> Alarm:
    """Three thumbs, at hours 1, 10 and 20, of which an alarm doubts those from hour 10 on."""
    for hours in (1, 10, 20):
        speaker.thumb(Subject(response=answered("What").pk), hours)
    return alarm_of(speaker.project, suspect_from=BEGIN + timedelta(hours=10))


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
    speaker.says("rater", Subject(comparison=comparison().pk), 15, Said("overall", 2))
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
