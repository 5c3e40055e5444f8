"""When a bundle went live: what a change in people's feedback is held against."""

from datetime import datetime
from uuid import UUID

from core.accounts.models import Project
from core.catalog.models import GoLive


def note_go_live(*, project: Project, bundle: UUID, at: datetime, share: float, source: str) -> GoLive:
    """Note that the bundle got this share of the traffic (0 to 1) from `at` on; `source` says from where we know it."""
    return GoLive.objects.create(project=project, bundle_id=bundle, at=at, share=share, source=source)
