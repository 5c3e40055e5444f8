"""`verify`: does what must always hold, hold in this database?"""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from core.tables.verification import Check, Finding, checks

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Checks the invariants of the live database (append-only tables, rulings, exact overlap, stored aggregates, "
        "the audit chain) and names each row that breaks one. Reads only. Exits 1 if anything was found."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON line instead of one line per check")
        parser.add_argument("--only", metavar="TEXT", help="run only the checks whose name contains TEXT")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = {name: run for name, run in checks().items() if (options["only"] or "").lower() in name.lower()}
        if not chosen:
            raise CommandError(f"No check has {options['only']!r} in its name; `verify` without --only lists them all.")
        findings: list[Finding] = []
        # One snapshot for all checks, so that a write between two queries of one check is no finding.
        with transaction.atomic():
            _one_snapshot()
            for name, run in chosen.items():
                found, seconds = _timed(run)
                findings += found
                if not options["json"]:
                    self._tell(name, found, seconds)
        if options["json"]:
            self._print_json(list(chosen), findings)
        if findings:
            raise CommandError(f"{len(findings)} broken rows.", returncode=1)

    def _tell(self, name: str, found: list[Finding], seconds: float) -> None:
        verdict = "ok" if not found else f"{len(found)} broken"
        self.stdout.write(f"{verdict:>10}  {name}  ({seconds:.1f} s)")
        for finding in found[:SHOWN]:
            self.stdout.write(f"            {finding.table} {finding.row}: {finding.message}")
        if len(found) > SHOWN:
            self.stdout.write(f"            and {len(found) - SHOWN} more (--json lists them all)")

    def _print_json(self, names: list[str], findings: list[Finding]) -> None:
        line = {"ok": not findings, "checks": names, "findings": [finding.as_json() for finding in findings]}
        self.stdout.write(json.dumps(line))


def _timed(run: Check) -> tuple[list[Finding], float]:
    begun = time.monotonic()
    return list(run()), time.monotonic() - begun


def _one_snapshot() -> None:
    # Inside a caller's transaction (a test's) something was read already, and the level can no longer be set.
    with connection.cursor() as cursor:
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
