"""`verify` on feedback: nothing is wrong with what came in, and a broken row is named."""

from typing import Any

import pytest

from abtest.ingest import verification
from abtest.ingest.taking import take
from abtest.models import ChosenTurn, Event
from core.ledger.models import Ruling
from core.tables.verification import checks
from tests import corrupting
from tests.abtest import trials
from tests.abtest.trials import event, lines

pytestmark = pytest.mark.django_db
KINDS = ("exposure", "turn", "thumb", "side_by_side", "usage")
NAMES = (verification.SAID, verification.ONE_VOTE, verification.ASKED)


@pytest.fixture
def fed(project: Any) -> Any:
    trials.running(project)
    about = {"user": "u", "conversation": "c", "turn": 1}
    take(project=project, lines=lines(*map(event, KINDS), event(**about), event(value=-1, at=trials.at(2), **about)))
    return project


def findings() -> dict[str, list[str]]:
    return {name: [one.row for one in checks()[name]()] for name in NAMES}


def test_nothing_is_wrong_with_what_came_in(fed: Any) -> None:
    assert findings() == dict.fromkeys(NAMES, [])


def test_a_vote_without_its_judgment_and_a_judgment_without_its_vote_are_named(fed: Any) -> None:
    vote, use = Event.objects.get(kind="side_by_side"), Event.objects.get(kind="usage")
    corrupting.run("UPDATE abtest_event SET kind = 'usage' WHERE kind = 'side_by_side'")
    assert findings()[verification.SAID] == [str(vote.pk)]
    corrupting.run(f"UPDATE abtest_event SET kind = 'thumb' WHERE id = '{use.pk}'")
    assert findings()[verification.SAID] == sorted([str(vote.pk), str(use.pk)])


def test_a_second_vote_that_counts_is_named(fed: Any) -> None:
    former = Ruling.objects.get()
    corrupting.run("DELETE FROM ledger_ruling")
    (row,) = findings()[verification.ONE_VOTE]
    assert str(former.judgment_id) <= row


def test_words_that_nobody_is_asked_to_label_are_named(fed: Any) -> None:
    corrupting.run("DELETE FROM ledger_labelrequest")
    came = ChosenTurn.objects.get(turn__isnull=False)
    assert findings()[verification.ASKED] == [str(came.pk)]
