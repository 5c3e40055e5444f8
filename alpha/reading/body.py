"""All that an alpha says, as one JSON-able body: the dashboard, the command and the API show the same."""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from alpha.models import Programme, Trial
from alpha.reading import activity, checks, choices, rates, speed, steadiness
from alpha.reading.ground import ground_of
from alpha.selectors.programmes import trials_of
from core.version import code_version

Body = dict[str, Any]


def read(programme: Programme) -> Body:
    """What the programme says now, all of it of one moment."""
    with transaction.atomic():
        _one_moment()
        return _body(programme, trials_of(programme))


def _one_moment() -> None:
    """Let all that this transaction reads be of its beginning."""
    # Inside a caller's transaction (a test's) something was read already, and the level can no longer be set.
    if not connection.savepoint_ids:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _body(programme: Programme, trials: list[Trial]) -> Body:
    bundles = [trial.bundle.name for trial in trials]
    baseline = next((trial.bundle.name for trial in trials if trial.part == Trial.Part.BASELINE), None)
    ground = ground_of(programme)
    return {
        "programme": {"key": programme.key, "name": programme.name, "state": programme.state},
        "as_of": timezone.now().isoformat(),
        "code_version": code_version(),
        "bundles": [{"name": trial.bundle.name, "part": trial.part} for trial in trials],
        "volunteers": activity.volunteers(programme),
        "totals": activity.totals(programme),
        "activity": activity.by_day(programme),
        "flags": activity.flags(programme),
        "thumbs": rates.thumbs(ground, bundles),
        "labels": rates.label_rates(ground, bundles),
        "sub_labels": rates.sub_labels(ground, bundles),
        "felt_off": rates.felt_off(ground, bundles),
        "choices": choices.read(choices.chosen_in(programme)),
        "checks": checks.read(programme, bundles),
        "steadiness": steadiness.read(ground, bundles, baseline),
        "clock": speed.read(programme, ground, bundles),
        "budget": activity.budget(programme),
    }
