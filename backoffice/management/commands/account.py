"""`manage.py account`: list, show, create, change and test seller accounts. A secret never stands in an argument."""

import getpass
import os
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.text import slugify

from backoffice import acts, breaker, marketplace, tokens
from backoffice.models import SellerAccount

SECRET = "OCTOPIA_CLIENT_SECRET"  # noqa: S105  (a variable's name)
FIELDS = ("name", "seller_id", "api_url", "token_url", "client_id")
ADDRESSES = {"api_url", "token_url"}
CREDENTIALS = {"token_url", "client_id", "client_secret"}
MARKS = {
    marketplace.Outcome.WELL: "ok    ",
    marketplace.Outcome.FAILED: "FAILED",
    marketplace.Outcome.NOT_TRIED: "-     ",
}


class Command(BaseCommand):
    help = (
        "Without an option: list the accounts. SLUG alone: show one. The client secret is read from"
        f" {SECRET}, from standard input, or asked for; it is never shown."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", default="", help="the account's short name")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--create", action="store_true", help="make an account of the fields below")
        what.add_argument("--change", action="store_true", help="change the fields given")
        what.add_argument("--test", action="store_true", help="try the connection and name the step that fails")
        what.add_argument(
            "--from-environment", action="store_true", help="the first account, of the OCTOPIA_* variables"
        )
        for field in FIELDS:
            parser.add_argument(f"--{field.replace('_', '-')}", help=f"{field.replace('_', ' ')}")
        parser.add_argument("--secret", action="store_true", help="with --change: read a new client secret")
        parser.add_argument(
            "--practice", choices=["yes", "no"], help="an account at PRACTICE_URL, where nothing is real"
        )
        parser.add_argument("--active", choices=["yes", "no"], help="whether it is read at all")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["from_environment"]:
            self._from_environment()
        elif options["create"]:
            self._create(options)
        elif not options["slug"] and not options["test"]:
            self._list()
        else:
            account = _find(options["slug"])
            if options["change"]:
                self._change(account, options)
            elif options["test"]:
                self._test(account)
            else:
                self._show(account)

    def _list(self) -> None:
        accounts = list(SellerAccount.objects.all())
        for account in accounts:
            notes = [word for word, true in (("practice", account.practice), ("asleep", not account.active)) if true]
            self.stdout.write(f"{account.slug}  {account.name}  seller {account.seller_id}  {' '.join(notes)}".rstrip())
        if not accounts:
            self.stdout.write("There is no account yet: manage.py account --create, or --from-environment.")

    def _show(self, account: SellerAccount) -> None:
        for field in ("slug", *FIELDS, "practice", "active"):
            self.stdout.write(f"{field.replace('_', ' '):12} {getattr(account, field)}")
        self.stdout.write(f"{'sends':12} {', '.join(account.sending) or 'nothing'}")

    def _from_environment(self) -> None:
        account = marketplace.first_account()
        if account is None and not SellerAccount.objects.exists():
            raise CommandError(
                "Set OCTOPIA_API_URL, OCTOPIA_AUTH_URL, OCTOPIA_CLIENT_ID, OCTOPIA_CLIENT_SECRET and OCTOPIA_SELLER_ID."
            )
        self.stdout.write(f"created {account.slug}" if account else "there is an account already: nothing was changed")

    def _create(self, options: dict[str, Any]) -> None:
        if missing := [f"--{field.replace('_', '-')}" for field in FIELDS if not options[field]]:
            raise CommandError(f"An account needs {', '.join(missing)} too.")
        account = SellerAccount(
            slug=options["slug"] or slugify(options["name"])[:40],
            practice=options["practice"] == "yes",
            active=options["active"] != "no",
            client_secret=_secret(),
            **{field: options[field] for field in FIELDS},
        )
        _check(account)
        with transaction.atomic():
            account.save()
            acts.note(None, acts.About.ACCOUNT, account.slug, acts.NEW)
        self.stdout.write(f"created {account.slug}; try it with: manage.py account {account.slug} --test")

    def _change(self, account: SellerAccount, options: dict[str, Any]) -> None:
        changes: dict[str, Any] = {field: options[field] for field in FIELDS if options[field]}
        changes |= {flag: options[flag] == "yes" for flag in ("practice", "active") if options[flag]}
        if options["secret"]:
            changes["client_secret"] = _secret()
        if not changes:
            raise CommandError("Name what to change, such as --api-url or --secret.")
        former = account.client_id
        shifts = {name: (getattr(account, name), value) for name, value in changes.items() if name != "client_secret"}
        shifts |= {name: acts.SECRET for name in changes if name == "client_secret"}
        for field, value in changes.items():
            setattr(account, field, value)
        _check(account)
        with transaction.atomic():
            account.save(update_fields=list(changes))
            acts.note(None, acts.About.ACCOUNT, account.slug, shifts)
        if CREDENTIALS & set(changes):
            tokens.forget(former)
            tokens.forget(account.client_id)
        if ADDRESSES & set(changes):
            breaker.forget(account.client_id)
        self.stdout.write(f"changed {', '.join(field.replace('_', ' ') for field in changes)} of {account.slug}")

    def _test(self, account: SellerAccount) -> None:
        steps = marketplace.test_connection(account)
        for step in steps:
            self.stdout.write(f"{MARKS[step.outcome]} {step.label}  {step.said}".rstrip())
        if failed := [step for step in steps if step.outcome is marketplace.Outcome.FAILED]:
            raise CommandError(f"{failed[0].label}: {failed[0].remedy}")


def _find(slug: str) -> SellerAccount:
    """The account of this short name; without one, the only account."""
    found = SellerAccount.objects.filter(slug=slug) if slug else SellerAccount.objects.all()
    if len(found) != 1:
        raise CommandError(
            f"There is no account {slug}." if slug else "Name the account: manage.py account lists them."
        )
    return found[0]


def _check(account: SellerAccount) -> None:
    try:
        marketplace.check_practice(account)
        account.full_clean()
    except marketplace.WrongAddress as error:
        raise CommandError(str(error)) from None
    except ValidationError as error:
        raise CommandError(
            " ".join(f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items())
        ) from None


def _secret() -> str:
    """From the environment, a pipe, or a person's fingers unseen."""
    secret = os.environ.get(SECRET) or (
        getpass.getpass("client secret: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    )
    if not secret:
        raise CommandError(f"Give the client secret: set {SECRET}, pipe it in, or type it.")
    return secret
