"""`manage.py sync`: one complete run of the mirror, or a loop of runs for a machine without a worker."""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

import octopia
from backoffice import jobs, marketplace
from backoffice.models import SellerAccount
from orders import backfill, readings, reference, requests, sync
from orders.walking import Run

TRIES = 6  # of one step, where the marketplace only asks us to come again
PATIENCE = 60.0  # seconds that one step waits at most


class Command(BaseCommand):
    help = "Bring the mirror up to date: what changed, the past that is missing, the readings that wait."

    def add_arguments(self, parser: ArgumentParser) -> None:
        way = parser.add_mutually_exclusive_group()
        way.add_argument("--once", action="store_true", help="one complete run, then end (the default)")
        way.add_argument("--loop", action="store_true", help="keep on running every job that is due")
        parser.add_argument("--full", type=int, metavar="DAYS", help="read the last DAYS days again, whatever is known")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["full"] is not None and not 0 < options["full"] <= 3650:
            raise CommandError("--full wants a number of days between 1 and 3650.")
        marketplace.first_account()
        accounts = list(SellerAccount.objects.filter(active=True))
        if not accounts:
            raise CommandError(
                "There is no account: set the OCTOPIA_* variables, or run `manage.py account --create`.", returncode=1
            )
        failed = [account for account in accounts if not self._complete(account, options["full"])]
        if options["loop"]:
            self._loop()
        if failed:
            raise CommandError("Not complete: " + ", ".join(account.name for account in failed), returncode=1)

    def _complete(self, account: SellerAccount, days: int | None) -> bool:
        """One run of everything for one account; whether it went well. Trouble is told with the step and the remedy.

        What is fresh is enough: the past may wait for its share of the calls.
        """
        self.stdout.write(f"{account.name}:")
        fresh = False
        try:
            self._show("changes", self._patiently(lambda: sync.live(account)))
            fresh = True
            if days is None:
                self._show("past", self._patiently(lambda: backfill.backfill(account)))
            else:
                self._show(f"last {days} days", self._patiently(lambda: backfill.read_days(account, days)))
            asked = self._patiently(readings.read_due)
            gestures = self._patiently(lambda: requests.mirror_gestures(account))
            cancelled = self._patiently(lambda: requests.mirror_cancellations(account))
            self._patiently(lambda: reference.mirror_reference(account))
        except octopia.Busy as busy:
            if not fresh:
                return self._explain(account, str(busy))
            self.stdout.write(f"  the rest waits for its share of the calls, {busy.wait:.0f} s: {busy}")
            return True
        except (octopia.Trouble, marketplace.WrongAddress) as error:
            return self._explain(account, str(error))
        self.stdout.write(
            f"  readings: {asked} done; gestures: {gestures} read; cancellations: {cancelled} orders asked,"
            f" {requests.waiting([account])} wait"
        )
        return True

    def _patiently(self, step: Callable[[], Any]) -> Any:
        """Try again where the marketplace only asks us to; raises what stays."""
        for turn in range(TRIES):
            try:
                return step()
            except (octopia.Unauthorized, octopia.Forbidden, octopia.Illegible):
                raise
            except octopia.Busy as busy:
                if busy.wait > PATIENCE or turn == TRIES - 1:
                    raise
                time.sleep(busy.wait)
            except octopia.Untouched as trouble:
                if trouble.step == "token" or turn == TRIES - 1:
                    raise
                time.sleep(min(2**turn, 10) / 4)
        raise AssertionError("the last turn returns or raises")

    def _show(self, what: str, run: Run) -> None:
        self.stdout.write(
            f"  {what}: {run.seen} read, {run.new} new, {run.changed} changed, {run.unchanged} unchanged,"
            f" {run.older} older, {run.set_aside} set aside, {run.pages} calls"
            + ("" if run.clean else "; not to the end: another run is under way")
        )

    def _explain(self, account: SellerAccount, trouble: str) -> bool:
        self.stderr.write(f"  {trouble}")
        for step in marketplace.test_connection(account):
            if step.outcome == marketplace.Outcome.FAILED:
                self.stderr.write(f"  {step.label}: {step.said} {step.remedy}")
        return False

    def _loop(self) -> None:
        """Every job that is due, until the process is ended."""
        while jobs.going_on():
            jobs.run_due(timezone.now())
            time.sleep(1)
