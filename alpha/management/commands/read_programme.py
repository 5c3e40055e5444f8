"""`read_programme`: prints what an alpha programme says."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from alpha.models import Programme
from alpha.pictures import liking, moving
from alpha.pictures.shares import rate_said
from alpha.reading import body, page


class Command(BaseCommand):
    help = (
        "Reads a programme and prints what it says: the verdict in one line, then how each bundle behaves, what is "
        "liked, how steady each is, what experts saw and what waits. docs/alpha.md describes it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key", metavar="KEY", help="the programme's short name")
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--json", action="store_true", help="print all of it as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        found = Programme.objects.select_related("project").filter(project__slug=options["project"], key=options["key"])
        programme = found.first()
        if programme is None:
            raise CommandError(f"{options['key']}: the project {options['project']} has no such programme.")
        said = body.read(programme)
        if options["json"]:
            self.stdout.write(json.dumps(said))
            return
        self.stdout.write(page.verdict(said))
        for line in _lines(said):
            self.stdout.write(f"- {line}")
        self.stdout.write(f"As of {said['as_of']}, by Plumbline {said['code_version']}.")


def _lines(said: Mapping[str, Any]) -> Iterator[str]:
    for question, rates in said["labels"].items():
        yield from (f"{question}, {name}: {rate_said(rate)}, n {rate['n']:,}" for name, rate in rates.items())
    yield from (f"felt off, {name}: {rate_said(rate)}, n {rate['n']:,}" for name, rate in said["felt_off"].items())
    yield liking.wins_said(said)
    yield liking.reasons_said(said)
    yield from (f"{measure}: {moving.steadiness_said(measure, said)}" for measure in ("warmth", "agreement"))
    yield f"spot checks: {page.checks_said(said)}"
    yield moving.clock_said(said)
    yield page.people_said(said)
