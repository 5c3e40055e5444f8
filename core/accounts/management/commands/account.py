"""Closing an account everywhere, and opening it again: what only the operator may do."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.accounts.members import LastOwner, deactivate_account, reactivate_account
from core.accounts.models import User


class Command(BaseCommand):
    help = "Closes somebody's account in every project (signed out at once, leases given back), or opens it again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address of the account")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--close", action="store_true", help="close the account")
        what.add_argument("--open", action="store_true", help="open a closed account")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"Nobody has the address {options['email']}.")
        try:
            (deactivate_account if options["close"] else reactivate_account)(user=user, by=None)
        except LastOwner as error:
            raise CommandError(str(error)) from None
        state = "closed" if options["close"] else "open"
        if options["json"]:
            self.stdout.write(json.dumps({"email": user.email, "account": state}))
        else:
            self.stdout.write(f"The account of {user.email} is {state}.")
