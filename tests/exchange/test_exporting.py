"""An export is a snapshot of one moment, whole or not there, and says what it left out."""

import hashlib
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from annotate.campaigns import change_campaign
from annotate.models import Campaign, Task
from core.accounts.models import AuditEvent
from core.catalog.models import Anchor, AnchorSet, Comparison
from core.ledger import anchoring, recording
from core.ledger.models import ActorLink, ExportCut, Judgment, Ruling
from exchange import exporting, moments, shards
from exchange.exporting import export
from exchange.importing import import_file
from exchange.models import Snapshot
from exchange.selection import Selection
from exchange.shards import ExportFault
from tests.exchange.rows import row, vote, write


@pytest.fixture
def bring(project: Any, tmp_path: Path) -> Any:
    def bring(*lines: Any, campaign: str = "first") -> None:
        import_file(path=write(tmp_path / "rows.jsonl", *lines), project=project, campaign_name=campaign)

    return bring


@pytest.fixture
def take(project: Any, tmp_path: Path) -> Any:
    def take(format: str = "dpo", campaign: Any = None, out: str = "out", **options: Any) -> list[dict[str, Any]]:
        selection = Selection(project=project.pk, campaign=campaign.pk if campaign else None, **options)
        export(project=project, format=format, selection=selection, campaign=campaign, out=tmp_path / out)
        return rows_in(tmp_path / out)

    return take


def rows_in(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.glob("data-*.jsonl")) for line in path.read_text().splitlines()]


def dropped() -> dict[str, int]:
    manifest = Snapshot.objects.latest("pk").manifest or {}
    return {reason: count for reason, count in manifest["dropped"].items() if count}


def test_a_pair_says_which_was_preferred_and_how_much(bring: Any, take: Any) -> None:
    bring(row(1, votes=[vote("a", 3), vote("b", -1), vote("c", 2)], family="f", domain=["x", "y"], id="e1"))
    [pair] = take()
    assert pair["prompt"] == [{"role": "user", "content": "How old is the Earth? (1)"}]
    assert pair["chosen"] == [{"role": "assistant", "content": "What a great question! (1)"}]
    assert pair["rejected"] == [{"role": "assistant", "content": "About 4.5 billion years. (1)"}]
    meta = {name.removeprefix("meta_"): value for name, value in pair.items() if name.startswith("meta_")}
    assert meta["bundle_chosen"] == "v42"
    assert (meta["votes"], meta["strength"], meta["agreement"]) == (3, 1.333333, 0.666667)
    assert (meta["family"], meta["domain"], meta["external_id"], meta["sources"]) == ("f", "x,y", "e1", "import")
    assert None not in pair.values()


def test_standard_style_is_plain_text(bring: Any, take: Any) -> None:
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]
    bring(row(1, votes=[vote()]), row(2, prompt=turns, system="s", votes=[vote()]))
    one, other = take(style="standard")
    assert (one["prompt"], one["chosen"]) == ("How old is the Earth? (1)", "About 4.5 billion years. (1)")
    assert other["prompt"] == "System: s\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: "


def test_what_prefers_neither_is_left_out_and_counted(bring: Any, take: Any) -> None:
    same = [{"bundle": "v", "content": "x"}, {"bundle": "v", "content": "x"}]
    bring(
        row(1, votes=[vote()]),
        row(2, votes=[vote("a", 1), vote("b", -1)]),
        row(3, votes=[vote("a", 1), vote("b", "both_bad"), vote("c", "both_bad")]),
        row(4, votes=[{"actor": "a", "labels": {"0": {"correct": "no"}}}]),
        row(5, votes=[vote()], responses=same),
        row(6),
        row(7, votes=[vote("a", -2), vote("b", "both_bad")]),
    )
    assert len(take()) == 2
    assert dropped() == {"tie": 1, "both_bad": 1, "no_preference": 1, "identical": 1}
    with pytest.raises(ExportFault, match=r"nothing to export: 3 have too few votes; in 1 both"):
        take(min_votes=3, out="other")


@pytest.fixture
def judged_as_anchor(project: Any) -> Any:
    """Say of everything that this actor of a file said that it was given on an anchor."""

    def say(name: str) -> None:
        fixed = AnchorSet.objects.create(project=project, name="fixed")
        for judgment in Judgment.objects.filter(actor__link__external_key=name):
            anchor = Anchor.objects.create(
                project=project, set=fixed, comparison_id=judgment.comparison_id, baseline={}, evidence=[]
            )
            anchoring.note_judgments(project=project, anchors={judgment.pk: anchor.pk})

    return say


def test_judgments_of_anchors_are_no_votes(bring: Any, take: Any, judged_as_anchor: Any) -> None:
    bring(row(1, votes=[vote("a", 3), vote("b", -2), vote("c", -2)]), row(2, votes=[vote("a", 1)]))
    judged_as_anchor("a")
    [pair] = take()
    assert (pair["meta_votes"], pair["meta_strength"]) == (2, 2.0)
    assert pair["chosen"][0]["content"].startswith("About")
    assert len(take(format="raw", out="raw")) == 2
    assert dropped() == {"anchor": 2}


def test_a_campaign_does_not_hold_the_comparisons_of_its_anchors(
    bring: Any, take: Any, project: Any, judged_as_anchor: Any
) -> None:
    bring(row(1, votes=[vote("a", 3)]))
    bring(row(2, votes=[vote("b", 3)]), campaign="second")
    second = Campaign.objects.get(name="second")
    [first] = Comparison.objects.exclude(pk__in=Task.objects.filter(campaign=second).values("comparison"))
    fixed = AnchorSet.objects.create(project=project, name="fixed")
    Anchor.objects.create(project=project, set=fixed, comparison=first, baseline={}, evidence=[])
    change_campaign(campaign=second, who=None, anchor_set=fixed, anchor_share=0.1)
    assert Task.objects.filter(campaign=second, comparison=first).exists()
    for format in ("dpo", "raw"):
        assert len(take(format=format, campaign=second, out=format)) == 1


def test_only_what_counts_counts_and_weights_weigh(bring: Any, take: Any) -> None:
    bring(row(1, votes=[vote("a", 3), vote("b", -1), vote("c", -1)]))
    strong = Judgment.objects.get(signals__value=3)
    assert take()[0]["meta_bundle_chosen"] == "v42"
    recording.rule(judgment=strong.pk, standing=Ruling.Standing.COUNTED, weight=0.25, reason="unsteady")
    assert take()[0]["meta_strength"] == round(1.25 / 2.25, 6)
    recording.rule(judgment=strong.pk, standing=Ruling.Standing.QUARANTINED, reason="a bot")
    [pair] = take()
    assert (pair["meta_bundle_chosen"], pair["meta_votes"], pair["meta_strength"]) == ("v41", 2, 1.0)


def test_raw_has_every_judgment_with_its_rulings_and_no_name(bring: Any, take: Any) -> None:
    bring(
        row(
            1,
            votes=[
                vote("Ada Lovelace", 3, labels={"0": {"sycophantic": "clearly", "sycophantic_details": ["flattery"]}})
            ],
        )
    )
    recording.rule(judgment=Judgment.objects.get().pk, standing=Ruling.Standing.QUARANTINED, reason="a bot")
    [said] = take("raw")
    assert (said["counted"], said["standing"], said["weight"]) == (False, "quarantined", 0.0)
    assert json.loads(said["rulings"])[0]["reason"] == "a bot"
    assert [(one["question"], one["response"], one["answer"], one["value"]) for one in said["signals"]] == [
        ("overall", "subject", "3", 3),
        ("sycophantic", "first", "clearly", 2),
        ("sycophantic.flattery", "first", "yes", 1),
    ]
    assert (said["first_bundle"], said["second_text"]) == ("v41", "What a great question! (1)")
    assert said["actor"] == Judgment.objects.get().actor.pseudonym
    assert "Ada" not in json.dumps(said)
    assert "rationale" not in said
    assert take("raw", words=True)[0]["rationale"] == ""
    assert None not in said.values()


def test_simulated_judgments_come_only_when_asked_for(bring: Any, take: Any, project: Any) -> None:
    bring(row(1, votes=[vote("a", 1)]))
    one = Judgment.objects.select_related("actor").get()
    recording.record(
        project=project,
        actor=one.actor_id,
        source="rating",
        rubric_version=one.rubric_version_id,
        utterance=recording.Utterance(
            submission_key="s", said=(recording.Said("overall", -3),),
            subject=recording.Subject(comparison=one.comparison_id), context={"simulated": True},
        ),
    )  # fmt: skip
    [pair] = take()
    assert (pair["meta_bundle_chosen"], pair["meta_simulated"], dropped()) == ("v42", False, {"simulated_judgments": 1})
    [pair] = take(include_simulated=True)
    assert (pair["meta_bundle_chosen"], pair["meta_simulated"], pair["meta_sources"]) == ("v41", True, "import,rating")
    assert len(take("raw")) == 1
    assert len(take("raw", include_simulated=True)) == 2


def test_a_campaign_narrows_to_its_comparisons(bring: Any, take: Any) -> None:
    from annotate.models import Campaign

    bring(row(1, votes=[vote()]))
    bring(row(2, votes=[vote()]), campaign="second")
    assert len(take()) == 2
    [pair] = take(campaign=Campaign.objects.get(name="second"))
    assert pair["chosen"][0]["content"].endswith("(2)")
    assert len(take("raw", campaign=Campaign.objects.get(name="second"))) == 1


def test_another_projects_judgments_stay_there(bring: Any, take: Any, other_project: Any, tmp_path: Path) -> None:
    bring(row(1, votes=[vote()]))
    path = write(tmp_path / "other.jsonl", row(9, votes=[vote()]))
    import_file(path=path, project=other_project, campaign_name="first")
    assert len(take()) == len(take("raw")) == 1


def test_the_same_ledger_gives_the_same_bytes(bring: Any, take: Any, tmp_path: Path) -> None:
    bring(*(row(n, votes=[vote("a", 1), vote("b", -3)]) for n in range(20)))
    take(out="one")
    take(out="two")
    for name in ("data-00000-of-00001.jsonl", "SHA256SUMS"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_manifest_and_the_checksums_are_those_of_the_files(
    bring: Any, take: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "ROWS_PER_SHARD", 2)
    bring(*(row(n, votes=[vote()]) for n in range(5)))
    assert len(take()) == 5
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [(one["file"], one["rows"]) for one in manifest["shards"]] == [
        ("data-00000-of-00003.jsonl", 2),
        ("data-00001-of-00003.jsonl", 2),
        ("data-00002-of-00003.jsonl", 1),
    ]
    for one in manifest["shards"]:
        whole = (tmp_path / "out" / one["file"]).read_bytes()
        assert (one["sha256"], one["bytes"]) == (hashlib.sha256(whole).hexdigest(), len(whole))
    listed = {*manifest["files"], "manifest.json", *(one["file"] for one in manifest["shards"])}
    assert {path.name for path in (tmp_path / "out").iterdir()} == listed
    snapshot = Snapshot.objects.get()
    assert (snapshot.state, snapshot.manifest) == ("ready", manifest)
    assert AuditEvent.objects.get(verb="preferences.exported").data["rows"] == 5
    assert "path: data-*.jsonl" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.django_db(transaction=True)
def test_the_cut_is_taken_before_the_first_row_is_read(bring: Any, take: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(row(1, votes=[vote()]))
    seen: list[int] = []
    real = moments.lines

    def spy(*args: Any) -> Any:
        # Another connection sees the cut only if it is committed.
        thread = threading.Thread(target=lambda: (seen.append(ExportCut.objects.count()), connection.close()))
        thread.start()
        thread.join()
        return real(*args)

    monkeypatch.setattr(moments, "lines", spy)
    take()
    assert seen == [1]


@pytest.mark.django_db(transaction=True)
def test_what_is_said_and_ruled_while_rows_are_read_is_not_in_the_export(
    bring: Any, take: Any, project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(row(1, votes=[vote()]))
    before = Judgment.objects.get()
    path = write(tmp_path / "late.jsonl", row(2, votes=[vote()]))
    real = moments.lines

    def late() -> None:
        import_file(path=path, project=project, campaign_name="first")
        recording.rule(judgment=before.pk, standing=Ruling.Standing.QUARANTINED, reason="late")
        connection.close()

    def meanwhile(*args: Any) -> Any:
        thread = threading.Thread(target=late)
        thread.start()
        thread.join()
        return real(*args)

    monkeypatch.setattr(moments, "lines", meanwhile)
    assert len(take()) == 1
    assert Judgment.objects.count() == 2


def test_an_export_that_fails_leaves_nothing(
    bring: Any, take: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(row(1, votes=[vote()]))

    def fail(*args: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "card", fail)
    with pytest.raises(ExportFault, match="No space left on device"):
        take()
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]
    snapshot = Snapshot.objects.get()
    assert snapshot.state == "failed"
    assert "No space left" in snapshot.error
    assert not AuditEvent.objects.filter(verb="preferences.exported").exists()


def test_an_earlier_export_is_replaced_and_anything_else_is_refused(bring: Any, take: Any, tmp_path: Path) -> None:
    bring(row(1, votes=[vote()]))
    (tmp_path / "out").mkdir()
    assert len(take()) == 1
    bring(row(2, votes=[vote()]))
    assert len(take()) == 2
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(ExportFault, match=r"files that no export wrote \(notes.txt\)"):
        take()
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"
    assert len(rows_in(tmp_path / "out")) == 2
    with pytest.raises(ExportFault, match="this is a file"):
        take(out="rows.jsonl")
    assert {path.name for path in tmp_path.iterdir()} == {"out", "rows.jsonl"}


def test_erased_words_are_not_exported(bring: Any, take: Any) -> None:
    from core.catalog.models import Content

    bring(row(1, votes=[vote()]), row(2, votes=[vote()]))
    Content.objects.filter(body="What a great question! (1)").update(body=None, html=None)
    assert len(take()) == len(take("raw")) == 1
    assert dropped() == {"erased": 1}


def test_it_says_why_there_is_nothing(take: Any, project: Any, tmp_path: Path) -> None:
    with pytest.raises(ExportFault, match="nothing to export, as nothing was judged yet"):
        take()
    assert list(tmp_path.iterdir()) == []


def test_nobody_can_be_found_in_an_export(bring: Any, take: Any, tmp_path: Path, ml_lead: Any) -> None:
    bring(row(1, votes=[vote("Ada Lovelace")]))
    assert ActorLink.objects.get().external_key == "Ada Lovelace"
    take("raw", words=True)
    everything = b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir())
    assert b"Ada" not in everything
    assert ml_lead.email.encode() not in everything
