"""`manage.py backup FILE`: the database, the invoices and the pictures in one file; the encryption key is not in it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from fulfilment import backups


class Command(BaseCommand):
    help = (
        "Write the database, the invoices and the pictures into one file."
        " Keep FIELD_ENCRYPTION_KEY elsewhere: it is not in it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="where to, for instance /backups/2026-11-26.tar")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            with backups.server():
                size = backups.backup(options["file"])
        except backups.Impossible as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{options['file']}: {size / 1e6:.1f} MB. FIELD_ENCRYPTION_KEY is not in it: keep it elsewhere."
        )
