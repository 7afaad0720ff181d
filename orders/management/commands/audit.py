"""`manage.py audit`: the mirror against the marketplace; exit 1 on drift."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

import octopia
from backoffice import marketplace
from backoffice.models import SellerAccount
from orders import audit


class Command(BaseCommand):
    help = "Compare the mirror with the marketplace: counts, and a page of the past. Exit 1 on drift."

    def handle(self, *_: Any, **options: Any) -> None:
        drifting = []
        for account in SellerAccount.objects.filter(active=True):
            try:
                report = audit.audit(account, insist=True)
            except (octopia.Trouble, marketplace.WrongAddress) as error:
                raise CommandError(f"{account.name} could not be compared: {error}", returncode=1) from error
            self.stdout.write(
                f"{account.name}: {report.compared} counts compared, {report.sampled} orders looked at,"
                f" {report.missed} of them missing or old here, {report.calls} calls"
            )
            if not report.compared:
                self.stdout.write("  Nothing to compare yet: run `manage.py sync` first.")
            for found in report.differing:
                what = found.status or f"{found.begins:%Y-%m-%d}"
                self.stdout.write(f"  {what}: {found.theirs} there, {found.ours} here")
            if report.drift or report.missed:
                drifting.append(account.name)
        if drifting:
            raise CommandError("The mirror drifts: " + ", ".join(drifting), returncode=1)
