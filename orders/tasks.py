"""The mirror's repeating jobs, each under a lease of its own; they hold no rule, take an account and return nothing."""

from datetime import timedelta

from django.utils import timezone

from backoffice import jobs
from backoffice.models import SellerAccount
from orders import audit, backfill, readings, reference, requests, retention, rollups, sync, watching


@jobs.job("live", every=sync.every, per_account=True)
def live(account: SellerAccount) -> None:
    sync.live(account)


@jobs.job("nightly", every=jobs.nightly(2, 10), per_account=True)
def nightly(account: SellerAccount) -> None:
    sync.nightly(account)


@jobs.job("backfill", every=timedelta(hours=1), per_account=True)
def fill(account: SellerAccount) -> None:
    known = backfill.done(account)
    if backfill.backfill(account).clean and not known:
        jobs.soon("audit", account)  # what was compared so far is the part that was there


@jobs.job(readings.JOB, every=timedelta(seconds=15))
def read() -> None:
    readings.read_due()


@jobs.job("audit", every=timedelta(hours=1), per_account=True)
def compare(account: SellerAccount) -> None:
    audit.when_affordable(account)


@jobs.job("gestures", every=jobs.nightly(2, 40), per_account=True)
def gestures(account: SellerAccount) -> None:
    requests.mirror_gestures(account)


@jobs.job("cancellations", every=jobs.nightly(3, 0), per_account=True)
def cancellations(account: SellerAccount) -> None:
    requests.mirror_cancellations(account)


@jobs.job("reference", every=jobs.nightly(3, 30), per_account=True)
def refer(account: SellerAccount) -> None:
    reference.mirror_reference(account)


@jobs.job("retention", every=jobs.nightly(4, 0), per_account=True)
def retain(account: SellerAccount) -> None:
    retention.erase_names(account)
    retention.erase_contacts(account)
    retention.forget_records(account)


@jobs.job("recount", every=jobs.nightly(4, 30), per_account=True)
def recount(account: SellerAccount) -> None:
    rollups.recount(account)


@jobs.job("watch", every=timedelta(minutes=1))
def watch() -> None:
    watching.watch(timezone.now())
