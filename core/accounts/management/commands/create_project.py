"""The first command of an installation: a project, its owner, and a link by which the owner gets in."""

import json
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from core.accounts.models import User
from core.accounts.projects import BadSlug, SlugTaken, create_project
from core.accounts.signin import active_user, issue_link


class Command(BaseCommand):
    help = "Makes a project and its owner, and prints a link that signs the owner in once, within 24 hours."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "slug", help="the project's short name, as it stands in addresses: letters, digits, hyphens"
        )
        parser.add_argument("--name", required=True, help="the project's name, as people read it")
        parser.add_argument(
            "--owner", required=True, metavar="EMAIL", help="who owns it; the account is made if needed"
        )
        parser.add_argument("--base-url", default=settings.BASE_URL, help="this site's address (default: BASE_URL)")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, **options: Any) -> None:
        email = options["owner"].strip().lower()
        try:
            validate_email(email)
            with transaction.atomic():
                owner = self._owner(email)
                project = create_project(slug=options["slug"], name=options["name"], owner=owner)
                link = issue_link(user=owner, base_url=options["base_url"])
        except ValidationError:
            raise CommandError(f"--owner: {email!r} is no e-mail address.") from None
        except (BadSlug, SlugTaken) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps({"project": project.slug, "owner": email, "link": link}))
        else:
            self.stdout.write(
                f"The project {project.slug} is made; {email} owns it and signs in once by this link:\n{link}"
            )

    def _owner(self, email: str) -> User:
        owner = active_user(email)
        if owner is not None:
            return owner
        if User.objects.filter(email=email).exists():
            raise CommandError(f"The account of {email} is closed. Open it with: account {email} --open")
        return User.objects.create_user(email=email)
