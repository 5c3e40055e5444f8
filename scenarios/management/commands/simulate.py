"""`manage.py simulate`: a synthetic ledger of known truth, written into a project."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.accounts.models import Project
from scenarios.loading import SLUG, demo_project
from scenarios.migrated import migrated
from scenarios.simulations.registry import SIMULATIONS, Simulated, SimulationRefused, simulate


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ArgumentTypeError(f"{text} is below zero; use a whole number from 0 on")
    return number


def _several(text: str) -> int:
    number = int(text)
    if number < 2:
        raise ArgumentTypeError(f"{text} is too few; use 2 or more")
    return number


class Command(BaseCommand):
    help = (
        "Writes a synthetic ledger of which the truth is known into a project, all of it or nothing: "
        + "; ".join(f"{one.name}, {one.about}" for one in SIMULATIONS.values())
        + ". The same name and seed again adds nothing; another seed is refused. All judgments are marked as "
        "simulated, so that exports leave them out. The project demo, and the database, are made if they are not there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", choices=sorted(SIMULATIONS), help=", ".join(sorted(SIMULATIONS)))
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--seed", required=True, type=_whole, metavar="N", help="the same seed, the same ledger")
        parser.add_argument(
            "--size",
            "--prompts",
            type=_several,
            metavar="N",
            help="how many prompts or thumbs; "
            + ", ".join(f"{one.name} has {one.size:,} {one.unit}" for one in SIMULATIONS.values())
            + " unless you say so",
        )
        parser.add_argument("--json", action="store_true", help="print what was done as one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        def say(line: str) -> None:
            if not options["json"]:
                self.stdout.write(line)
                self.stdout.flush()

        # Like the demonstration, its project is there for whoever tries Plumbline out, without any step before.
        ground = migrated() if options["project"] == SLUG and not settings.PRODUCTION else nullcontext()
        try:
            with ground:
                done = simulate(
                    project=_project(options["project"]),
                    name=options["name"],
                    seed=options["seed"],
                    size=options["size"],
                    say=say,
                )
        except SimulationRefused as refusal:
            raise CommandError(str(refusal), returncode=1) from None
        if options["json"]:
            facts = {"simulation": done.name, "project": options["project"], "seed": done.seed, "new": done.new}
            pool = {"pool": done.name} if SIMULATIONS[done.name].pool else {}
            self.stdout.write(json.dumps({**facts, **pool, **done.counts}))
        else:
            self.stdout.write(_told(done, options["project"]))


def _project(slug: str) -> Project:
    project = Project.objects.filter(slug=slug).first()
    if project is None and slug == SLUG and not settings.PRODUCTION:
        return demo_project()
    if project is None:
        raise SimulationRefused(f"--project {slug}: there is no such project; check its short name.")
    return project


def _told(done: Simulated, slug: str) -> str:
    counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in done.counts.items())
    if done.new:
        return f"Simulated {done.name} with the seed {done.seed} in {slug}: {counts}."
    return f"{slug} has {done.name} with the seed {done.seed} already ({counts}); nothing was added."
