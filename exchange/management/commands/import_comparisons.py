"""`import_comparisons`: prompts, responses and comparisons from a file, with the votes that the file has."""

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from core.accounts.models import Project
from core.files.opening import FileFault
from exchange.formats.readers import AUTO, READERS
from exchange.importing import Outcome, import_file
from exchange.rejects import place_for

WITH_FAULTS = 3
SHOWN = 10


class Command(BaseCommand):
    help = (
        "Imports comparisons from JSON Lines or CSV, plain or gzip, or from Parquet; the file itself says which it is. "
        "With --pool instead of --campaign, prompts with several responses, their scores and gold labels. "
        "Importing again changes nothing, and finishes what was interrupted. Rows with faults go to "
        "FILE.rejected.jsonl with line, code and reason, the good rows land, and the exit code is 3; a fault of the "
        "whole file lands nothing, and the exit code is 1. docs/formats.md describes the formats and the codes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--project", required=True, metavar="SLUG")
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--campaign", default="", metavar="NAME", help="made, and opened, if there is none")
        where.add_argument("--pool", default="", metavar="NAME", help="of responses with scores; made if there is none")
        parser.add_argument(
            "--format", choices=(AUTO, *sorted(READERS)), default=AUTO, help="auto looks at the first bytes and lines"
        )
        parser.add_argument("--dry-run", action="store_true", help="do everything, say what was done, keep nothing")
        parser.add_argument("--rejected", metavar="PATH", type=Path, help="where rejected rows go")
        parser.add_argument("--json", action="store_true", help="print what was done as one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        rejected = options["rejected"] or (None if options["dry_run"] else place_for(path))
        with Bar(sys.stderr, wanted=not options["json"]) as bar:
            try:
                outcome = import_file(
                    path=path,
                    project=_project(options["project"]),
                    campaign_name=options["campaign"],
                    pool_name=options["pool"],
                    format=options["format"],
                    dry_run=options["dry_run"],
                    rejected=rejected,
                    progress=bar.show,
                )
            except FileFault as fault:
                raise CommandError(f"{fault} Nothing was imported.", returncode=1) from None
        self._tell(outcome, options)
        if outcome.counts["rejected"]:
            where = f"see {outcome.rejected}" if outcome.rejected else "nothing was kept (dry run)"
            raise CommandError(
                f"{outcome.counts['rejected']:,} of {outcome.counts['rows']:,} lines rejected; {where}.",
                returncode=WITH_FAULTS,
            )

    def _tell(self, outcome: Outcome, options: dict[str, Any]) -> None:
        if options["json"]:
            line = {
                "project": options["project"],
                **({"pool": options["pool"]} if options["pool"] else {"campaign": options["campaign"]}),
                "format": outcome.format,
                "dry_run": options["dry_run"],
                "sha256": outcome.digest.hex(),
                **outcome.counts,
                "rejected_file": str(outcome.rejected) if outcome.rejected else None,
            }
            self.stdout.write(json.dumps(line))
            return
        for fault in outcome.faults[:SHOWN]:
            self.stderr.write(f"line {fault.line}: {fault.code}: {fault.reason}")
        self.stdout.write(("Dry run: " if options["dry_run"] else "") + outcome.summary())


class Bar:
    """A progress bar on a terminal, and nothing anywhere else."""

    WIDTH = 30

    def __init__(self, stream: TextIO, *, wanted: bool) -> None:
        self._stream = stream
        self._on = wanted and stream.isatty()
        self._begun = self._last = time.monotonic()

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *error: object) -> None:
        if self._on:
            self._stream.write("\r\x1b[K")

    def show(self, done: int, total: int) -> None:
        """Draw `done` of `total` lines; at most five times a second."""
        now = time.monotonic()
        if not self._on or now - self._last < 0.2:
            return
        self._last = now
        if not total:
            self._stream.write("\r\x1b[Kreading the file")
        else:
            full = self.WIDTH * done // total
            rate = done / max(now - self._begun, 0.001)
            bar = "█" * full + "·" * (self.WIDTH - full)
            self._stream.write(f"\r\x1b[K{bar} {done:,} of {total:,} lines, {rate:,.0f} a second")
        self._stream.flush()


def _project(slug: str) -> Project:
    project = Project.objects.filter(slug=slug).first()
    if project is None:
        raise FileFault(f"--project {slug}: there is no such project; check its short name.")
    return project
