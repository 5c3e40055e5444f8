"""Tokens for programs, without a page: make one, list them, revoke one."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.accounts import selectors, tokens
from core.accounts.access import Member, Right, members_of
from core.accounts.models import Project, Scope, Token, User


class Command(BaseCommand):
    help = (
        "Makes, lists and revokes tokens of the API. `token create` prints the token, once, and nothing else on "
        "standard output."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="create|list|revoke")
        create = verbs.add_parser("create", help="make a token and print it")
        create.add_argument("name", help="what will use it")
        create.add_argument(
            "--scope", action="append", choices=Scope.values, help="what it may do; more than once for more (read)"
        )
        create.add_argument("--days", type=int, default=tokens.DEFAULT_DAYS, help=f"up to {tokens.MOST_DAYS}")
        create.add_argument("--by", metavar="EMAIL", help="who answers for it (the project's first owner)")
        revoke = verbs.add_parser("revoke", help="make a token worthless")
        revoke.add_argument("name", help="its name")
        for verb in (create, verbs.add_parser("list", help="list the tokens that were not revoked"), revoke):
            verb.add_argument("--project", required=True, metavar="SLUG")
            verb.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"--project {options['project']}: there is no such project; check its short name.")
        {"create": self._create, "list": self._list, "revoke": self._revoke}[options["verb"]](project, options)

    def _create(self, project: Project, options: dict[str, Any]) -> None:
        by = _answerable(project, options["by"])
        try:
            token, secret = tokens.make(
                project=project,
                by=by,
                name=options["name"],
                scopes=options["scope"] or [Scope.READ],
                days=options["days"],
            )
        except (tokens.TokenNameTaken, ValueError) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps({**_as_json(token), "token": secret}))
            return
        self.stdout.write(secret)
        if sys.stderr.isatty():
            self.stderr.write(f"It may {', '.join(token.scopes)} until {token.expires_at:%Y-%m-%d}; shown this once.")

    def _list(self, project: Project, options: dict[str, Any]) -> None:
        found = selectors.live_tokens(project)
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(token) for token in found]))
            return
        for token in found:
            used = f"last used {token.last_used_at:%Y-%m-%d}" if token.last_used_at else "never used"
            until = f"good until {token.expires_at:%Y-%m-%d}"
            self.stdout.write(f"{token.prefix}…  {token.name}: {', '.join(token.scopes)}; {until}, {used}")

    def _revoke(self, project: Project, options: dict[str, Any]) -> None:
        token = next((one for one in selectors.live_tokens(project) if one.name == options["name"]), None)
        if token is None:
            raise CommandError(f"The project has no token called {options['name']!r}.")
        tokens.revoke(token=token, by=None)
        if options["json"]:
            self.stdout.write(json.dumps({**_as_json(token), "revoked": True}))
        else:
            self.stdout.write(f"The token {token.name} is revoked.")


def _answerable(project: Project, email: str | None) -> User:
    """Whoever the token never does more than. Raises CommandError."""
    if email is None:
        owner = next((row.user for row in selectors.member_rows(project) if _may(row.user, project)), None)
        if owner is None:
            raise CommandError(f"Nobody in the project {project.slug} may make tokens; name its owner first.")
        return owner
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None or not _may(user, project):
        raise CommandError(f"--by {email}: nobody of this address may make tokens in the project {project.slug}.")
    return user


def _may(user: User, project: Project) -> bool:
    here: list[Member] = [member for member in members_of(user) if member.project.pk == project.pk]
    return any(member.may(Right.MANAGE_TOKENS) for member in here)


def _as_json(token: Token) -> dict[str, Any]:
    return {
        "id": str(token.pk),
        "name": token.name,
        "prefix": token.prefix,
        "scopes": token.scopes,
        "expires_at": token.expires_at.isoformat(),
        "last_used_at": token.last_used_at.isoformat() if token.last_used_at else None,
    }
