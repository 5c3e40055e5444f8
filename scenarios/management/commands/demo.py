"""`manage.py demo`: the demonstration project, loaded and served."""

import json
import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from core.accounts.signin import issue_link
from scenarios.loading import load_demo
from scenarios.migrated import migrated
from scenarios.people import Person
from scenarios.serving import HOST, ServingFailed, Supervisor, listen, parts


class Command(BaseCommand):
    help = "Load the demonstration project (again: changes nothing) and serve web, worker and live pages in one go."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="serve on this port (otherwise the first free one from 8000 on)")
        parser.add_argument("--no-serve", action="store_true", help="only load the project")
        parser.add_argument("--json", action="store_true", help="say what was done as one JSON line")

    def handle(self, *, port: int | None, no_serve: bool, json: bool, **_: Any) -> None:
        """Load, then serve until Ctrl-C."""
        if settings.PRODUCTION:
            raise CommandError("The demo prints sign-in links, so it does not run with PLUMBLINE_PRODUCTION set.")
        try:
            cast = self._load(quiet=json)
            if no_serve:
                self._report({"loaded": True}, "The demonstration project is loaded.", json)
            else:
                self._serve(port, cast, json)
        except ServingFailed as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            self.stderr.write("Stopped. Nothing is lost: the next start goes on from here.")

    def _load(self, *, quiet: bool) -> list[Person]:
        def say(line: str) -> None:
            if not quiet:
                self.stdout.write(line)
                self.stdout.flush()

        with migrated():
            return load_demo(say)

    def _serve(self, port: int | None, cast: list[Person], as_json: bool) -> None:
        listener = listen(port)
        taken: int = listener.getsockname()[1]
        base_url = f"http://{HOST}:{taken}/"
        environment = {**os.environ, "BASE_URL": base_url.rstrip("/")}
        log_dir = settings.DATA_DIR / "logs"
        with Supervisor(log_dir=log_dir, tag=str(taken), environment=environment) as supervisor:
            for part in parts(listener):
                supervisor.start(part)
            listener.close()
            if not supervisor.wait_until_alive(taken):
                return
            links = {person.label: issue_link(user=person.user, base_url=base_url) for person in cast}
            connection.close()
            lines = [f"Plumbline is at {base_url} Sign in as (each link works once):", ""]
            lines += [f"  {label:<10} {link}" for label, link in links.items()]
            lines += ["", f"Ctrl-C stops it. Logs are in {log_dir}."]
            self._report({"url": base_url, "links": links}, "\n".join(lines), as_json)
            supervisor.watch()
            self.stdout.write("" if as_json else "\nStopping.", ending="" if as_json else "\n")

    def _report(self, facts: dict[str, Any], text: str, as_json: bool) -> None:
        self.stdout.write(json.dumps(facts) if as_json else text)
        self.stdout.flush()
