"""The drift report: all monitors as they are, with where it came from."""

import hashlib
import json
from typing import Any

from django.db import connection
from django.utils import timezone

from core.accounts.models import Project, User
from core.version import code_version
from reports.drift.saying import monitors_json
from reports.drift.stepping import step
from reports.models import DriftEvent, Monitor, Report
from stats.monitoring.declared import KEYS


def report(*, project: Project, seed: int, who: User | None) -> Report:
    """Step the project's monitors, store what they say, and return it."""
    step(project)
    stored = {one.key: one for one in Monitor.objects.filter(project=project)}
    monitors = [stored[key] for key in KEYS]
    snapshot, made_at = _snapshot(project, monitors), timezone.now()
    body = {
        "monitors": monitors_json(monitors),
        "provenance": {
            "snapshot": snapshot,
            "version": code_version(),
            "seed": seed,
            "made_at": made_at.isoformat(),
            "thumbs": _thumbs(project),
        },
    }
    return Report.objects.create(
        project=project,
        kind=Report.Kind.DRIFT,
        snapshot=snapshot,
        version=code_version(),
        seed=seed,
        state=Report.State.DONE,
        body=body,
        made_by=who,
    )


def _snapshot(project: Project, monitors: list[Monitor]) -> str:
    """The hash of every monitor's state, which its run's events and declared object determine."""
    digest = hashlib.sha256(project.pk.bytes)
    for one in monitors:
        said = [one.key, one.declared, one.run, one.first_number, one.last_number, one.state]
        digest.update(json.dumps(said, sort_keys=True).encode())
    return digest.hexdigest()


_SAID = """
SELECT count(*), count(*) FILTER (WHERE e.judgment_id IS NULL)
FROM counted_judgment j JOIN ledger_signal g ON g.judgment_id = j.id
LEFT JOIN reports_driftevent e ON e.judgment_id = j.id
WHERE j.project_id = %s AND g.question = 'thumb' AND g.value IN (1, -1)
    AND (j.turn_id IS NOT NULL OR j.response_id IS NOT NULL)
"""
_LABELS_ALONE = """
SELECT count(DISTINCT j.turn_id) FROM counted_judgment j JOIN ledger_signal g ON g.judgment_id = j.id
WHERE j.project_id = %s AND j.turn_id IS NOT NULL AND g.question = 'sycophantic' AND NOT EXISTS (
    SELECT FROM ledger_judgment t JOIN ledger_signal u ON u.judgment_id = t.id AND u.question = 'thumb'
    WHERE t.turn_id = j.turn_id
)
"""


def _thumbs(project: Project) -> dict[str, Any]:
    """How many thumbs count, how many of these wait for labels, and what the log holds."""
    events = DriftEvent.objects.filter(project=project)
    with connection.cursor() as cursor:
        cursor.execute(_SAID, [project.pk])
        said, unlabelled = cursor.fetchone()
        cursor.execute(_LABELS_ALONE, [project.pk])
        [alone] = cursor.fetchone()
    return {
        "said": said,
        "without_labels": unlabelled,
        "labelled": events.filter(number__isnull=False).count(),
        "left_out": events.filter(number__isnull=True).count(),
        "simulated": events.filter(number__isnull=False, simulated=True).count(),
        "labelled_turns_without_thumb": alone,
    }
