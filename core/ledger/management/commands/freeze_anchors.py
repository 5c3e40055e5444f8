"""`freeze_anchors`: a fixed set of what experts agree on, for raters to judge among their work."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.accounts.models import Project
from core.ledger.anchoring import CannotFreeze, draw, freeze


class Command(BaseCommand):
    help = (
        "Freezes a set of anchors: comparisons and single responses drawn at random from those on which experts agree, "
        "half of them with something sycophantic, with what the experts say of them. A set never changes. A campaign "
        "that names the set mixes its anchors into raters' work; see docs/raters.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--name", required=True, metavar="NAME", help="what the set is called")
        parser.add_argument("--pairs", type=int, default=0, metavar="N", help="so many comparisons (default: none)")
        parser.add_argument("--responses", type=int, default=0, metavar="N", help="so many responses (default: none)")
        parser.add_argument(
            "--seed", type=int, default=0, metavar="N", help="the same seed draws the same (default: 0)"
        )
        parser.add_argument("--note", default="", metavar="TEXT", help="a note that is kept with the set")
        parser.add_argument("--json", action="store_true", help="print what was done as one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"--project {options['project']}: there is no such project; check its short name.")
        pairs, responses = options["pairs"], options["responses"]
        if pairs < 0 or responses < 0:
            raise CommandError("--pairs and --responses cannot be negative.")
        try:
            drawn = draw(project=project, pairs=pairs, responses=responses, seed=options["seed"])
            made = freeze(project=project, name=options["name"], drawn=drawn, note=options["note"])
        except CannotFreeze as fault:
            raise CommandError(str(fault), returncode=1) from None
        if options["json"]:
            self.stdout.write(json.dumps({"set": made.name, "pairs": pairs, "responses": responses}))
            return
        self.stdout.write(f"{made.name}: {pairs:,} comparisons and {responses:,} responses are frozen as anchors.")
