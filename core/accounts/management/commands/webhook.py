"""A project's webhook without a page: set its address, show it, remove it, try it."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.accounts import webhooks
from core.accounts.models import Project
from core.outbound.faults import NoAnswer


class Command(BaseCommand):
    help = (
        "Sets, shows, removes and tries a project's webhook. `webhook set` prints the secret that signs what is sent, "
        "once, and nothing else on standard output."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="set|show|remove|try")
        setting = verbs.add_parser("set", help="post events to this address from now on, under a new secret")
        setting.add_argument("url", help="an https:// address that takes POST")
        for verb in (
            setting,
            verbs.add_parser("show", help="say where events go and what became of the last one"),
            verbs.add_parser("remove", help="post nothing any more"),
            verbs.add_parser("try", help="post a trial event now, and say what became of it"),
        ):
            verb.add_argument("--project", required=True, metavar="SLUG")
            verb.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"--project {options['project']}: there is no such project; check its short name.")
        verbs = {"set": self._set, "show": self._show, "remove": self._remove, "try": self._try}
        verbs[options["verb"]](project, options)

    def _set(self, project: Project, options: dict[str, Any]) -> None:
        try:
            secret = webhooks.set_webhook(project=project, by=None, url=options["url"])
        except NoAnswer as fault:
            raise CommandError(f"{options['url']}: {fault}") from None
        if options["json"]:
            self.stdout.write(json.dumps({"url": options["url"], "secret": secret}))
            return
        self.stdout.write(secret)
        if sys.stderr.isatty():
            self.stderr.write("This signs what is sent; shown this once.")

    def _show(self, project: Project, options: dict[str, Any]) -> None:
        hook = webhooks.webhook_of(project)
        said = {"url": hook.url if hook else None, "last": (hook.last_said or None) if hook else None}
        if options["json"]:
            self.stdout.write(json.dumps(said))
        else:
            self.stdout.write(f"{said['url']}: {said['last'] or 'nothing sent yet'}" if hook else "no webhook")

    def _remove(self, project: Project, options: dict[str, Any]) -> None:
        webhooks.remove_webhook(project=project, by=None)
        self.stdout.write(json.dumps({"removed": True}) if options["json"] else "The webhook is removed.")

    def _try(self, project: Project, options: dict[str, Any]) -> None:
        said = webhooks.try_now(project)
        if said is not None:
            raise CommandError(said)
        self.stdout.write(json.dumps({"delivered": True}) if options["json"] else "Delivered.")
