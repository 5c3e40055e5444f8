"""`read_experiment`: closes the hours of an experiment that are over, reads it, and prints what it says."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from abtest.models import Experiment
from abtest.waking import step


class Command(BaseCommand):
    help = (
        "Closes the hours of an experiment in which nothing is received any more, makes the readout of the last one "
        "and prints it: the verdict in one line, then each metric and each guardrail. docs/experiments.md describes it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key", metavar="KEY", help="the experiment's short name")
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--json", action="store_true", help="print the whole readout as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        experiment = (
            Experiment.objects.select_related("project")
            .filter(project__slug=options["project"], key=options["key"])
            .first()
        )
        if experiment is None:
            raise CommandError(f"{options['key']}: the project {options['project']} has no such experiment.")
        made = step(experiment)
        if made is None:
            raise CommandError(f"{options['key']}: no hour of it is over yet; read it in an hour.")
        if options["json"]:
            self.stdout.write(json.dumps({"readout": str(made.pk), **made.body}))
            return
        self.stdout.write(made.body["verdict"]["line"])
        for metric in made.body["metrics"]:
            self.stdout.write(f"- {metric['label']}: {_said(metric)}")
        for guard in made.body["guardrails"]:
            self.stdout.write(f"- {guard['kind']}, {guard['candidate']}: {guard['why']}")
        self.stdout.write(f"Readout {made.pk}, hour {made.hour:%Y-%m-%d %H:%M} UTC.")


def _said(metric: dict[str, Any]) -> str:
    found = metric["difference"]
    if found is None:
        return f"not enough data, about {metric['needed'] or 1:,} more units needed"
    return f"{found['estimate']:+.4g} ({found['low']:.4g} to {found['high']:.4g}), n {found['n']:,}"
