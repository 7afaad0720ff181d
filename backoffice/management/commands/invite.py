"""`manage.py invite EMAIL --role ROLE`: print a link that lets somebody choose a password, once."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from backoffice.models import SellerAccount
from backoffice.people import invitations
from backoffice.roles import Role


class Command(BaseCommand):
    help = "Print a single-use link for a new person, or for one who lost the password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", nargs="?", default="")
        parser.add_argument("--role", choices=Role.values)
        parser.add_argument(
            "--account", action="append", metavar="SLUG", help="an account the person may see; all when left out"
        )
        parser.add_argument(
            "--first", action="store_true", help="the first administrator's link, or nothing when there is one"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["first"]:
            if link := invitations.invite_first():
                self.stdout.write(link)
            return
        try:
            validate_email(options["email"])
        except ValidationError:
            raise CommandError("Name an e-mail address: manage.py invite EMAIL --role ROLE.") from None
        if options["role"] is None:
            raise CommandError(f"Name a role: {', '.join(Role.values)}.")
        wanted = options["account"]
        accounts = SellerAccount.objects.all()
        if wanted is not None:
            accounts = accounts.filter(slug__in=wanted)
            if missing := set(wanted) - set(accounts.values_list("slug", flat=True)):
                raise CommandError(f"There is no account {', '.join(sorted(missing))}.")
        self.stdout.write(invitations.invite(options["email"], Role(options["role"]), accounts))
