"""Double clicks, and people who act while the monitors are stepped, on a real database."""

from typing import Any

import pytest

from core.accounts import audit
from reports.drift import acting
from reports.drift.stepping import step
from reports.models import Alarm, AlarmAction, Monitor, RecipeVersion
from reports.recipes import add_version
from reports.registry import register_signal
from tests.annotate.test_concurrency import at_once
from tests.drift.alarms import alarm_of, member

pytestmark = pytest.mark.django_db(transaction=True)


def test_acts_done_at_once_are_done_once(project: Any, ml_lead: Any, owner: Any) -> None:
    for key, kind in (("primary", "reward_model"), ("thumbs", "thumbs")):
        register_signal(project=project, who=None, key=key, name=key, kind=kind)
    for name in ("one", "two"):
        add_version(project=project, who=None, recipe=name, weights={"primary": 0.5, "thumbs": 0.5})
    alarm = alarm_of(project)
    people = [member(ml_lead, project, "ml_lead"), member(owner, project, "owner")]
    verbs = [acting.switch_thumbs_off, acting.block_exports, acting.raise_gold, acting.ask_incident]
    done = at_once(
        *(
            lambda verb=verb, who=who: verb(alarm=Alarm.objects.get(pk=alarm.pk), member=who, reason="now")
            for verb in verbs
            for who in (*people, *people)
        ),
        lambda: add_version(project=project, who=None, recipe="two", weights={"primary": 0.4, "thumbs": 0.6}),
    )
    assert [one for one in done if isinstance(one, Exception)] == []
    first, *again = AlarmAction.objects.filter(kind="thumbs_off").order_by("pk")
    others = AlarmAction.objects.exclude(kind="thumbs_off").values_list("kind", flat=True)
    assert sorted(others) == ["ask_incident", "block_exports", "raise_gold"]
    assert first.data["recipes"].keys() == {"one", "two"}
    # Once more where the recipe took thumbs up again between two clicks.
    assert [list(one.data["recipes"]) for one in again] in ([], [["two"]])
    assert RecipeVersion.objects.filter(recipe__name="one").count() == 2
    assert audit.broken(project) is None


def test_resets_at_once_and_beside_a_step_begin_one_new_run(project: Any, ml_lead: Any) -> None:
    alarm = alarm_of(project, "M8")
    lead = member(ml_lead, project, "ml_lead")
    done = at_once(
        *(lambda: acting.reset(alarm=Alarm.objects.get(pk=alarm.pk), member=lead, reason="new") for _ in range(4)),
        *(lambda: step(project) for _ in range(3)),
    )
    assert [one for one in done if isinstance(one, Exception)] == []
    assert AlarmAction.objects.filter(kind="reset").count() == 1
    assert Monitor.objects.get(pk=alarm.monitor_id).run == 2
