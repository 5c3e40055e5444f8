"""Clearing away uploads that nobody confirmed, and files that a killed process left."""

import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models.functions import Now

from exchange import uploads
from exchange.models import Import

# An upload waits this long for somebody to confirm it.
DAYS = 14
# A file without a row may be one whose row is not written yet; one that is written to is younger than any job gets old.
_HOURS = 48


@dataclass(frozen=True, slots=True)
class Swept:
    """How many uploads were forgotten, and how many files were left over."""

    uploads: int
    files: int


def sweep() -> Swept:
    """Discard uploads that waited too long, and remove files of no import. Any number of processes may sweep."""
    return Swept(_unconfirmed(), _left_over())


def _unconfirmed() -> int:
    waiting = Import.objects.filter(state=Import.State.UPLOADED, created_at__lt=Now() - timedelta(days=DAYS))
    done = 0
    for record in waiting.exclude(path="").order_by("created_at")[:1000]:
        try:
            uploads.discard(record=record)
        except (uploads.NotWaiting, Import.DoesNotExist):
            continue  # confirmed or swept by somebody else at this moment
        done += 1
    return done


def _left_over() -> int:
    folder = Path(settings.UPLOAD_DIR)
    if not folder.is_dir():
        return 0
    old = [path for path in folder.iterdir() if _untouched(path)]
    # By the name under which the upload is stored: that of its rejected lines begins with it, scratch files with a dot.
    known = set(Import.objects.filter(path__in={_upload_of(path) for path in old}).values_list("path", flat=True))
    lost = [path for path in old if path.name.startswith(".") or _upload_of(path) not in known]
    for path in lost:
        path.unlink(missing_ok=True)
    return len(lost)


def _untouched(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_mtime < time.time() - _HOURS * 3600
    except FileNotFoundError:
        return False


def _upload_of(path: Path) -> str:
    return path.name.partition(".")[0]
