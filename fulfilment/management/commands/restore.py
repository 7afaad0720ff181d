"""`manage.py restore FILE`: database, invoices and pictures of a backup in place of what is here; sending is off."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from fulfilment import backups
from fulfilment.outbox import switches


class Command(BaseCommand):
    help = (
        "Replace the database, the invoices and the pictures by those of a backup."
        " Sending is off until an administrator agrees."
    )
    requires_system_checks: list[str] = []  # what is here may be anything

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *_: Any, **options: Any) -> None:
        if not options["yes"] and not _agreed():
            raise CommandError("Nothing was changed: it goes on after yes, or with --yes where nobody can be asked.")
        try:
            with backups.server():
                at = backups.restore(options["file"])
                call_command("migrate", verbosity=0)
                switches.restored(at)
        except backups.Impossible as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            "Restored. Nothing is sent until every order with an open request was read again"
            " and an administrator turns sending on."
        )


def _agreed() -> bool:
    try:
        return input("Everything in the database is replaced. Type yes to go on: ") == "yes"
    except EOFError:  # no terminal
        return False
