"""docs/feedback.md says what the code does."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from abtest import metrics
from abtest.ingest import arriving, talk
from abtest.ingest.events import LONGEST_REASON
from abtest.ingest.faults import CODES
from abtest.ingest.taking import take
from abtest.models import Event
from tests.abtest import trials

PAGE = (Path(__file__).parents[2] / "docs" / "feedback.md").read_text(encoding="utf-8")


def test_every_code_is_explained_in_the_same_words() -> None:
    codes = PAGE[PAGE.index("## Codes") :]
    assert dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", codes, re.MULTILINE)) == CODES


def test_every_kind_and_action_is_described() -> None:
    events = PAGE[PAGE.index("## Events") : PAGE.index("## Once")]
    assert re.findall(r"^\| `(\w+)` \|", events, re.MULTILINE) == list(Event.Kind)
    assert all(f"`{action}`" in events for action in metrics.ACTIONS)


def test_the_limits_are_those_of_the_code() -> None:
    limits = dict(re.findall(r"^\| (.*?) \| ([\d,]+)", PAGE[PAGE.index("## Limits") :], re.MULTILINE))
    assert [int(one.replace(",", "")) for one in limits.values()] == [
        arriving.MOST_EVENTS,
        arriving.MOST_BYTES >> 20,
        arriving.REQUEST.ratio,
        arriving.LONGEST_LINE >> 20,
        talk.MOST_MESSAGES,
        LONGEST_REASON,
    ]


@pytest.mark.django_db
def test_the_example_is_taken() -> None:
    project = trials.project()
    trials.running(project)
    example = json.loads(re.findall(r"```json\n(\{\"event_id.*?)```", PAGE, re.DOTALL)[0])
    example["at"] = datetime.now(UTC).isoformat()
    assert take(project=project, lines=trials.lines(example)).accepted == 1
