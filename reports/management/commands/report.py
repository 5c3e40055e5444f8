"""`report`: computes, stores and prints a report."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from core.accounts.models import Project
from core.catalog.models import Pool
from reports.drift.reporting import report as drift_report
from reports.drift.saying import line
from reports.making import make
from reports.models import RecipeVersion, Report
from reports.ordering import DEFAULT_SEED, new_report, pool_called
from reports.recipes import newest_version


class Command(BaseCommand):
    help = (
        "Computes a report, stores it and prints it. `report weighting` says what each reward signal rewards and what "
        "a mix of them would teach, from a pool of responses with scores and labels; docs/reports.md describes it. "
        "`report drift` takes in new labelled thumbs, steps the monitors and says how they stand; docs/drift.md "
        "describes it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=Report.Kind.values)
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--recipe", metavar="NAME", help="its newest version; otherwise the version added last")
        parser.add_argument("--pool", metavar="NAME", help="otherwise the pool made last")
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED, metavar="N", help="of the resampling")
        parser.add_argument("--json", action="store_true", help="print the whole report as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["kind"] == Report.Kind.DRIFT:
            self._drift(options)
            return
        report = _asked(options)
        report.save(force_insert=True)
        # What is stored is for everybody, so it is in the language of the code and not in that of a shell.
        with override("en"):
            report = make(report)
        body = report.body or {}
        if options["json"]:
            self.stdout.write(json.dumps({"report": str(report.pk), **body}))
            return
        self.stdout.write(body["sentence"])
        for sentence in body["missing"]:
            self.stdout.write(f"- {sentence}")
        self.stdout.write(f"Report {report.pk}, snapshot {report.snapshot[:12]}, seed {report.seed}.")

    def _drift(self, options: dict[str, Any]) -> None:
        for name in ("recipe", "pool"):
            if options[name]:
                raise CommandError(f"--{name} {options[name]}: `report drift` takes none; leave it out.")
        with override("en"):
            report = drift_report(project=_project(options["project"]), seed=options["seed"], who=None)
        body = report.body or {}
        if options["json"]:
            self.stdout.write(json.dumps({"report": str(report.pk), **body}))
            return
        for key, said in body["monitors"].items():
            self.stdout.write(line(key, said))
        self.stdout.write(f"Report {report.pk}, snapshot {report.snapshot[:12]}.")


def _asked(options: dict[str, Any]) -> Report:
    project = _project(options["project"])
    recipe: RecipeVersion | None = None
    pool: Pool | None = None
    if options["recipe"]:
        recipe = newest_version(project, options["recipe"])
        if recipe is None:
            raise CommandError(f"--recipe {options['recipe']}: the project has no such recipe; check its name.")
    if options["pool"]:
        pool = pool_called(project, options["pool"])
        if pool is None:
            raise CommandError(f"--pool {options['pool']}: the project has no such pool; check its name.")
    return new_report(project=project, recipe=recipe, pool=pool, seed=options["seed"], who=None)


def _project(slug: str) -> Project:
    project = Project.objects.filter(slug=slug).first()
    if project is None:
        raise CommandError(f"--project {slug}: there is no such project; check its short name.")
    return project
