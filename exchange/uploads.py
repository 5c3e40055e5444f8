"""Files that people upload to be imported: stored under a random name, shown before anything lands, then imported."""

import os
import secrets
import time
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from core.accounts.models import Project, User
from core.catalog.content import Messages, body_of, render_content
from core.catalog.parts import NewResponse
from core.files.opening import FileFault, Limits
from core.jobs.queue import enqueue
from exchange.importing import Fault
from exchange.models import Import
from exchange.reading import Line, choose_pool_reader, choose_reader, read
from exchange.rows import PoolRow, Row, RowFault

MOST_BYTES = 200 << 20
LOOKED_AT = 500
SHOWN = 3
FAULTS_SHOWN = 10
# A preview is made while somebody waits for the page: it looks at so much, for so long, and shows so many characters
# of a text (what is longer would take seconds to render).
_PREVIEW_LIMITS = Limits(line=2 << 20, total=32 << 20, memory=512 << 20)
_PREVIEW_SECONDS = 2.0
_PREVIEW_LENGTH = 20_000
_SIDES = "ABCD"


class NotWaiting(Exception):
    """The upload is no longer waiting for somebody to confirm it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response as it would look; `beside` holds (signal, score)."""

    side: str
    bundle: str
    html: str
    beside: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Specimen:
    """One row as it would look: its first responses, of `responses`."""

    line: int
    prompt: str
    answers: tuple[Answer, ...]
    responses: int
    votes: int
    tags: tuple[str, ...]


@dataclass
class Preview:
    """What the first lines of an upload hold; `votes` are a pool's labels.

    `problem`: why the file as a whole cannot be taken.
    """

    format: str = ""
    good: int = 0
    votes: int = 0
    bad: int = 0
    whole: bool = False
    problem: str = ""
    specimens: list[Specimen] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def looked_at(self) -> int:
        return self.good + self.bad


def store(
    *, project: Project, who: User, file: UploadedFile, campaign_name: str = "", pool_name: str = "", format: str
) -> Import:
    """Keep an uploaded file and make its Import, which waits to be confirmed; it goes to a campaign or to a pool."""
    folder = Path(settings.UPLOAD_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = secrets.token_hex(16)
    with open(folder / name, "xb", opener=_private) as target:
        for chunk in file.chunks():
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    return Import.objects.create(
        project=project,
        created_by=who,
        file_name=Path(file.name or "upload").name[:255],
        campaign_name=campaign_name,
        pool_name=pool_name,
        format=format,
        path=name,
    )


def path_of(record: Import) -> Path:
    """Where the uploaded file lies."""
    return Path(settings.UPLOAD_DIR) / record.path


def rejected_path_of(record: Import) -> Path:
    """Where the lines go that an import of this upload rejects."""
    return Path(settings.UPLOAD_DIR) / f"{record.path}.rejected.jsonl"


def preview(record: Import) -> Preview:
    """Look at the first lines of an upload; nothing is written."""
    found = Preview()
    try:
        choose = choose_pool_reader if record.pool_name else choose_reader
        reader = choose(path_of(record), record.format, _PREVIEW_LIMITS)
        found.format = reader.label
        lines = read(path_of(record), reader, limits=_PREVIEW_LIMITS)
        began = time.monotonic()
        for line in islice(lines, LOOKED_AT):
            _look(found, line)
            if time.monotonic() - began > _PREVIEW_SECONDS:
                break
        found.whole = next(lines, None) is None
        if not found.looked_at:
            raise FileFault("The file is empty; it must hold one comparison or prompt a line.")
    except FileFault as fault:
        # People know their file by its own name, not by the one it is stored under.
        found.problem = str(fault).replace(str(path_of(record)), record.file_name)
    return found


def confirm(*, record: Import, who: User) -> Import:
    """Have the upload imported by a job. Raises NotWaiting."""
    with transaction.atomic():
        locked = Import.objects.select_for_update().get(pk=record.pk)
        if locked.state != Import.State.UPLOADED:
            raise NotWaiting("This file was confirmed already.")
        job = enqueue(
            kind="exchange.import",
            args={"record": str(locked.pk)},
            scope=locked.project_id,
            dedupe_key=str(locked.pk),
        )
        locked.state, locked.job = Import.State.RUNNING, job.pk
        locked.save(update_fields=["state", "job"])
    return locked


def discard(*, record: Import) -> None:
    """Forget an upload that was not confirmed. Raises NotWaiting."""
    with transaction.atomic():
        locked = Import.objects.select_for_update().get(pk=record.pk)
        if locked.state != Import.State.UPLOADED:
            raise NotWaiting("This file was confirmed already.")
        path = path_of(locked)
        locked.delete()
        transaction.on_commit(lambda: path.unlink(missing_ok=True))


def _look(found: Preview, line: Line) -> None:
    outcome = line.outcome
    if isinstance(outcome, RowFault):
        found.bad += 1
        if len(found.faults) < FAULTS_SHOWN:
            found.faults.append(Fault(line.number, outcome.code, outcome.reason))
        return
    found.good += 1
    found.votes += _voices(outcome)
    if len(found.specimens) < SHOWN:
        found.specimens.append(_specimen(line.number, outcome))


def _voices(row: Row | PoolRow) -> int:
    return len(row.votes) if isinstance(row, Row) else sum(bool(sample.labels) for sample in row.samples)


def _specimen(number: int, row: Row | PoolRow) -> Specimen:
    responses: list[tuple[NewResponse, tuple[tuple[str, float], ...]]]
    if isinstance(row, Row):
        prompt = row.comparison.prompt
        responses = [(row.comparison.first, ()), (row.comparison.second, ())]
    else:
        prompt = row.prompt
        responses = [(sample.response, tuple(sample.scores.items())) for sample in row.samples]
    return Specimen(
        line=number,
        prompt=render_content("conversation", body_of(_begun(prompt.messages))),
        answers=tuple(
            Answer(side, one.bundle, render_content("text", _cut(one.text, _PREVIEW_LENGTH)), beside)
            for side, (one, beside) in zip(_SIDES, responses, strict=False)
        ),
        responses=len(responses),
        votes=_voices(row),
        tags=tuple(tag for tag in (prompt.family, prompt.variant, *prompt.domain) if tag),
    )


def _begun(messages: Messages) -> Messages:
    """The beginning of a conversation."""
    shown, left = [], _PREVIEW_LENGTH
    for role, content in messages:
        if left <= 0:
            shown.append(("assistant", "…"))
            break
        shown.append((role, _cut(content, left)))
        left -= len(content) + 1
    return tuple(shown)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}\n\n…"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
