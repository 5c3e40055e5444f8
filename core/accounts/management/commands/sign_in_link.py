"""A way in for whoever cannot be reached by e-mail."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.accounts import audit
from core.accounts.signin import active_user, issue_link


class Command(BaseCommand):
    help = "Prints a link that signs somebody in once, within 24 hours."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address of an account")
        parser.add_argument("--base-url", default=settings.BASE_URL, help="this site's address (default: BASE_URL)")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, **options: Any) -> None:
        user = active_user(options["email"])
        if user is None:
            raise CommandError(f"There is no open account of {options['email']}. Invite them on the members page.")
        link = issue_link(user=user, base_url=options["base_url"])
        audit.record(project=None, who=None, verb="sign_in_link.issued", object=f"user:{user.pk}")
        self.stdout.write(json.dumps({"email": user.email, "link": link}) if options["json"] else link)
