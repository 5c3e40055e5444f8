"""`ingest_feedback`: events of live experiments from a file, by the same path as over the API."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from abtest.ingest.filing import Filed, take_file
from core.accounts.models import Project
from core.files.opening import FileFault

WITH_FAULTS = 3
SHOWN = 10


class Command(BaseCommand):
    help = (
        "Takes events of live experiments from a file of NDJSON, plain or gzip: exposures, turns, thumbs, side-by-side "
        "choices and usage, as POST /api/v1/feedback/ does. Events that had come before change nothing, so a file can "
        "be taken again, and what was interrupted is finished. Lines that are refused are named with their code, the "
        "others land, and the exit code is 3; a file that cannot be read has the exit code 1. docs/api.md lists the "
        "kinds and the codes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--json", action="store_true", help="print what was done as one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"--project {options['project']}: there is no such project; check its short name.")
        try:
            done = take_file(project=project, path=options["file"])
        except FileFault as fault:
            raise CommandError(f"{fault} What came before it was taken.", returncode=1) from None
        self._tell(done, options)
        if done.refused:
            raise CommandError(f"{done.refused:,} of {done.events:,} events were refused.", returncode=WITH_FAULTS)

    def _tell(self, done: Filed, options: dict[str, Any]) -> None:
        if options["json"]:
            rejected = [{"index": one.index, "code": one.code, "detail": one.detail} for one in done.rejected]
            line = {
                "project": options["project"],
                "accepted": done.accepted,
                "duplicate": done.duplicate,
                "refused": done.refused,
                "codes": dict(sorted(done.codes.items())),
                "rejected": rejected,
            }
            self.stdout.write(json.dumps(line))
            return
        for one in done.rejected[:SHOWN]:
            self.stderr.write(f"line {one.index + 1}: {one.code}: {one.detail}")
        self.stdout.write(f"{done.accepted:,} events are new, {done.duplicate:,} had come before.")
