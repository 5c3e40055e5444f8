"""What a member sees of imports and exports; another project's does not exist."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from annotate.models import Campaign
from core.accounts.access import Member
from core.accounts.models import Project
from core.catalog.models import Pool
from core.jobs.models import Job
from exchange.doubting import found_since
from exchange.formats.writers import WRITERS
from exchange.importing import Fault
from exchange.landing import Destination
from exchange.models import Import, Snapshot
from exchange.orders import selection_of
from exchange.pooling import PoolDestination
from exchange.shards import MANIFEST
from reports.models import RecipeVersion

_PER_PAGE = 25
_IMPORT_STATES = {"uploaded": ("wait", "to be confirmed"), "running": ("run", "running"), "done": ("done", "done")}
_EXPORT_STATES = {"running": ("run", "running"), "ready": ("done", "ready")}
_AGAIN = ("run", "ready, being written again")
_JOB_STATES = {
    Job.State.QUEUED: ("wait", "waiting"),
    Job.State.FAILED: ("fail", "failed"),
    Job.State.PARKED: ("fail", "stopped"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a piece of work is, for people."""

    kind: str
    word: str
    active: bool
    done: int
    total: int
    note: str
    error: str


def import_for(member: Member, pk: UUID) -> Import:
    """An import of the member's project. Raises Http404."""
    found: Import = _one(
        Import.objects.filter(project=member.project).select_related("campaign", "pool", "created_by"), pk
    )
    return found


def export_for(member: Member, pk: UUID) -> Snapshot:
    """An export of the member's project. Raises Http404."""
    found: Snapshot = _one(Snapshot.objects.filter(project=member.project).select_related("campaign", "created_by"), pk)
    return found


def imports_in(member: Member) -> "QuerySet[Import]":
    """The project's imports, to be paged through."""
    return Import.objects.filter(project=member.project)


def exports_in(member: Member) -> "QuerySet[Snapshot]":
    """The project's exports, to be paged through."""
    return Snapshot.objects.filter(project=member.project).select_related("campaign")


def snapshots_called(project: Project, name: str) -> list[Snapshot]:
    """The snapshots of the project that are ready and have this id, or a hash that begins so (8 digits or more)."""
    ready = Snapshot.objects.filter(project=project, state=Snapshot.State.READY).select_related("project", "campaign")
    try:
        return list(ready.filter(pk=UUID(name)))
    except ValueError:
        if not re.fullmatch("[0-9a-f]{8,64}", name):
            return []
        return [one for one in ready.exclude(digest=None) if bytes(one.digest or b"").hex().startswith(name)]


def imports_of(member: Member, page: str | None) -> "Page[Any]":
    """The project's imports, the latest first, each with its standing."""
    rows = (
        Import.objects.filter(project=member.project).select_related("campaign", "pool", "created_by").order_by("-pk")
    )
    return _page(rows, page, _IMPORT_STATES)


def exports_of(member: Member, page: str | None) -> "Page[Any]":
    """The project's exports, the latest first, each with its standing."""
    rows = Snapshot.objects.filter(project=member.project).select_related("campaign", "created_by").order_by("-pk")
    return _page(rows, page, _EXPORT_STATES)


def campaigns_of(member: Member) -> list[Campaign]:
    """The project's campaigns by title."""
    return list(Campaign.objects.filter(project=member.project).order_by("title"))


def recipes_of(member: Member) -> list[str]:
    """The names of the project's recipes that have a version, the newest first."""
    recipes = RecipeVersion.objects.filter(project=member.project, number=1).select_related("recipe")
    return [version.recipe.name for version in recipes.order_by("-recipe_id")]


def pools_of(member: Member) -> list[str]:
    """The names of the project's pools, the newest first."""
    return list(Pool.objects.filter(project=member.project).order_by("-pk").values_list("name", flat=True))


def campaign_called(member: Member, name: str) -> Campaign | None:
    """The project's campaign of this name, if there is one."""
    return Campaign.objects.filter(project=member.project, name=name).first()


def standing_of(row: Import | Snapshot) -> Standing:
    """How far this import or export is."""
    return _standings([row], _IMPORT_STATES if isinstance(row, Import) else _EXPORT_STATES)[0]


def counts_of(record: Import) -> list[tuple[str, int]]:
    """An import's counts in words."""
    words = {
        "rows": "rows",
        "new": "new comparisons",
        "known": "already there",
        "rejected": "rejected",
        "identical": "identical pairs",
        "votes_new": "new votes",
        "votes_known": "votes already there",
        "gold": "known answers",
        "tasks": "new tasks",
        "responses": "new responses",
        "scores": "new scores",
        "labels_new": "new labels",
        "labels_known": "labels already there",
    }
    if record.pool_name:
        words["new"] = "new prompts"
    always = {"rows", "new", "known", "rejected"}
    counts = figures_of(record)
    return [(_(words[name]), count) for name, count in counts.items() if name in always or count]


def figures_of(record: Import) -> dict[str, int]:
    """An import's counts by their names; none before it is done."""
    counted = PoolDestination.counted if record.pool_name else Destination.counted
    return {name: record.counts.get(name, 0) for name in counted} if record.counts else {}


def files_of(snapshot: Snapshot) -> list[str]:
    """The names of the files of an export that is ready."""
    manifest = snapshot.manifest
    if snapshot.state != Snapshot.State.READY or not manifest or not snapshot.path:
        return []
    return [MANIFEST, *manifest["files"], *(shard["file"] for shard in manifest["shards"])]


def faults_of(record: Import) -> list[Fault]:
    """The first lines that an import rejected."""
    return [Fault(*fault) for fault in record.counts.get("faults", [])]


def dropped_of(snapshot: Snapshot) -> list[tuple[str, int]]:
    """What an export left out, in words."""
    dropped = (snapshot.manifest or {}).get("dropped", {})
    return [(_(reason.replace("_", " ")), count) for reason, count in dropped.items() if count]


def doubt_of(snapshot: Snapshot) -> str:
    """How many thumbs in an export that is ready have come into doubt since it was made, and why; empty if none."""
    if snapshot.state != Snapshot.State.READY:
        return ""
    return found_since(snapshot, WRITERS[snapshot.format], selection_of(snapshot))


def options_of(snapshot: Snapshot) -> list[tuple[str, str]]:
    """What an export was asked for, in words."""
    return [(_(name.replace("_", " ")), _in_words(value)) for name, value in snapshot.options.items()]


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return "; ".join(
            _("alarm of %(monitor)s, from %(start)s") % {"monitor": one["monitor"], "start": one["from"][:16]}
            for one in value
        )
    if isinstance(value, dict):
        return _("%(recipe)s, version %(version)s, with the scores of %(pool_name)s") % value
    return str(value)


def _one(rows: Any, pk: UUID) -> Any:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("No such page.")
    return found


def _page(rows: Any, number: str | None, states: dict[str, tuple[str, str]]) -> "Page[Any]":
    page = Paginator(rows, _PER_PAGE).get_page(number)
    listed = list(page.object_list)
    page.object_list = list(zip(listed, _standings(listed, states), strict=True))
    return page


def _standings(rows: list[Any], states: dict[str, tuple[str, str]]) -> list[Standing]:
    jobs = Job.objects.in_bulk([row.job for row in rows if row.job])
    return [_standing(row, jobs.get(row.job), states) for row in rows]


def _standing(row: Any, job: Job | None, states: dict[str, tuple[str, str]]) -> Standing:
    kind, word = states.get(row.state, ("fail", "failed"))
    at_work = job is not None and job.state in (Job.State.QUEUED, Job.State.RUNNING)
    # The row of work that was given up may still say running; its job knows better.
    waiting = row.state == "running" and job is not None
    again = row.state == "ready" and job is not None and job.kind == "exchange.write_again"
    if waiting and job is not None:
        kind, word = _JOB_STATES.get(Job.State(job.state), (kind, word))
    elif again and at_work:
        kind, word = _AGAIN
    progress = job.progress if job is not None and (waiting or again) else {}
    return Standing(
        kind=kind,
        word=_(word),
        active=(row.state == "running" and (job is None or at_work)) or (again and at_work),
        done=progress.get("done") or 0,
        total=progress.get("total") or 0,
        note=progress.get("note") or "",
        error=row.error or (job.error if (waiting or again) and job is not None else ""),
    )
