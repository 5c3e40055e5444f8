"""The jobs of reports."""

from typing import Any

from core.jobs.registry import handler
from core.jobs.running import Run
from reports.making import make
from reports.models import Report


@handler("reports.weighting", label="Reward-weighting report")
def run_weighting(run: Run, report: str) -> dict[str, Any]:
    """Make a report that was asked for; begun again after a crash it is made anew, and done once."""
    asked = Report.objects.select_related("project", "recipe_version__recipe", "pool").get(pk=report)
    made = make(
        asked,
        progress=lambda done, total, note: run.progress(done=done, total=total, note=note),
        fence=run.heartbeat,
    )
    body = made.body or {}
    return {"verdict": body.get("verdict"), "said": body.get("sentence", "")}
