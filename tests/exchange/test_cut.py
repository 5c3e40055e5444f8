"""What an export holds and what its authors can still take back do not overlap."""

import json
from pathlib import Path
from typing import Any

import pytest

from annotate import queue, submitting, undoing
from annotate.answers import from_form
from annotate.campaigns import create_campaign
from annotate.planning import add_comparisons
from core.catalog.models import Comparison
from core.ledger.actors import actor_of
from exchange import exporting
from exchange.exporting import export
from exchange.importing import import_file
from exchange.selection import Selection
from tests.annotate_pages.pairs import answers
from tests.exchange.rows import row, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def campaign(project: Any, tmp_path: Path) -> Any:
    import_file(path=write(tmp_path / "rows.jsonl", row(1), row(2)), project=project, campaign_name="others")
    made = create_campaign(project=project, name="rated", who=None, state="open", overlap=1)
    add_comparisons(campaign=made, comparisons=list(Comparison.objects.values_list("pk", flat=True)))
    return made


@pytest.mark.parametrize("format", ["raw", "dpo"])
def test_what_is_saved_after_the_cut_is_not_in_the_export_and_can_be_undone(
    campaign: Any, rater: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    actor = actor_of(campaign.project, rater)
    slots = queue.take(campaign=campaign, rater=actor, want=2)

    def save(slot: Any) -> Any:
        return submitting.submit(campaign=campaign, rater=actor, token=slot.lease_token, answers=from_form(answers()))

    before, late = save(slots[0]), []
    take_cut = exporting._take_cut

    def cut_then_save(snapshot: Any) -> Any:
        cut = take_cut(snapshot)
        late.append(save(slots[1]))
        return cut

    monkeypatch.setattr(exporting, "_take_cut", cut_then_save)
    export(project=campaign.project, format=format, selection=Selection(campaign.project_id), out=tmp_path / "out")
    [shard] = (tmp_path / "out").glob("data-*")
    [exported] = [json.loads(line) for line in shard.read_text().splitlines()]
    column, of = ("judgment", str(before.judgment)) if format == "raw" else ("meta_votes", 1)
    assert exported[column] == of
    with pytest.raises(undoing.TooLate):
        undoing.undo(campaign=campaign, rater=actor, judgment=before.judgment)
    assert undoing.undo(campaign=campaign, rater=actor, judgment=late[0].judgment) is not None
