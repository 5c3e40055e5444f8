"""`gather_pool`: the answers that were compared, as a pool."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.accounts.models import Project
from reports.faults import Refused
from reports.gathering import ATTRIBUTES, gather


class Command(BaseCommand):
    help = (
        "Makes a pool of the answers that were compared with each other, prompt by prompt: an anchor set, in which "
        "people's preferences are scores as they are. Again, only what is new is added. docs/formats.md says more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--pool", required=True, metavar="NAME", help="made if there is none of this name")
        parser.add_argument(
            "--campaign", default="", metavar="NAME", help="only comparisons that were imported into this campaign"
        )
        parser.add_argument(
            "--attribute",
            action="append",
            default=[],
            choices=sorted(ATTRIBUTES),
            help="raters' mean answer to this question is the score of a signal; may be repeated",
        )
        parser.add_argument("--length", action="store_true", help="the number of characters is the score of a signal")
        parser.add_argument("--json", action="store_true", help="print what was done as one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"--project {options['project']}: there is no such project; check its short name.")
        try:
            done = gather(
                project=project,
                who=None,
                pool=options["pool"],
                campaign=options["campaign"],
                attributes=options["attribute"],
                length=options["length"],
            )
        except Refused as fault:
            raise CommandError(str(fault), returncode=1) from None
        facts = {"pool": done.pool.name, "prompts": done.prompts, "responses": done.responses, "scores": done.scores}
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        scores = "".join(f", {count:,} scores of {signal}" for signal, count in done.scores.items())
        self.stdout.write(f"{done.pool.name}: {done.prompts:,} new prompts with {done.responses:,} responses{scores}.")
