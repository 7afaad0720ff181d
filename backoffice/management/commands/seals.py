"""`manage.py seals`: does every row of the audit journals still fit its seal? Ends with 1 where one does not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice import sealing


class Command(BaseCommand):
    help = "Verify the seals of the audit journals, and print the newest of each, to be noted outside of this machine."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = [one for journal in sealing.JOURNALS for one in sealing.verify(journal)]
        for journal in sealing.JOURNALS:
            self.stdout.write(f"{journal.name} {sealing.head(journal)}")
        for one in broken:
            self.stderr.write(f"{one.journal}, seal {one.number}: {one.why}")
        if broken:
            raise CommandError(f"{len(broken)} seals do not hold.")
        self.stdout.write("Every seal holds.")
