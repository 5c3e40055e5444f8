"""Real people's judgments, where they lie beside the repository, through the importers into a pool and its report."""

import json
from io import StringIO
from typing import Any

import numpy as np
from django.core.management import call_command

from core.catalog.models import PoolResponse, Score
from exchange.importing import import_file
from reports.gathering import gather
from reports.recipes import add_version, pin_reference
from reports.registry import register_signal
from stats.mixtures import Change
from tests.exchange.test_real_data import data


def test_tulus_answers_become_a_pool_and_the_report_says_what_its_labels_lack(project: Any) -> None:
    import_file(path=data("tulu/comparisons.jsonl"), project=project, campaign_name="tulu")
    done = gather(project=project, who=None, pool="tulu", campaign="tulu", attributes=["correct"], length=True)
    assert (done.prompts, done.responses) == (332, 1327)
    assert done.scores == {"rated-correct": 1327, "length": 1327}
    rated = Score.objects.filter(signal="rated-correct").values_list("value", flat=True)
    assert 0.5 < np.mean(list(rated)) < 0.9
    assert PoolResponse.objects.count() == 1327
    register_signal(project=project, who=None, key="raters", name="Raters", kind="raters")
    votes = add_version(project=project, who=None, recipe="votes", weights={"raters": 1.0})
    pin_reference(version=votes, who=None, reason="Preferences alone.")
    add_version(
        project=project,
        who=None,
        recipe="attributes",
        weights={"raters": 0.6, "rated-correct": 0.3, "length": 0.1},
        changes=[Change("correct", ("rated-correct",)), Change("length", ("length",))],
    )
    out = StringIO()
    call_command("report", "weighting", "--project", project.slug, "--json", stdout=out)
    body = json.loads(out.getvalue())
    # Nobody was asked about sycophancy, so nothing can be said of what the issue is about.
    assert body["verdict"] == "not_enough_data"
    assert "sycophancy" in body["sentence"] + " ".join(body["missing"])
    assert body["pool"]["responses"] == 1327
