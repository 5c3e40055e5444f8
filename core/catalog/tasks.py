"""Work of the catalog that nobody waits for."""

from typing import Any

from core.accounts.models import Project
from core.catalog.content import render_waiting
from core.jobs.registry import handler
from core.jobs.running import Run

BATCH = 50


@handler("catalog.render", label="Rendering texts")
def render(run: Run, project: str) -> dict[str, Any]:
    """Render what the project's contents lack, so that the first rater of a pair does not wait for it."""
    workspace = Project.objects.get(pk=project)
    done = 0
    while count := render_waiting(workspace, BATCH):
        done += count
        run.progress(done=done, note="texts rendered")
    return {"rendered": done}
