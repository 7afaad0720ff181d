"""What messages start, and what repeats: ids and names only; the row decides whether anything is done."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from backoffice import jobs
from fulfilment import invoices, uninvoiced, watching
from fulfilment.batches import making, putting
from fulfilment.imports import files
from fulfilment.outbox import sweep
from fulfilment.warehouse import pictures


@shared_task(acks_late=True, ignore_result=True, time_limit=180, soft_time_limit=150)
def act(command_id: int) -> None:
    """Do what is due about one command: one task for every verb."""
    sweep.act(str(command_id))


@shared_task(acks_late=True, ignore_result=True, time_limit=180, soft_time_limit=150)
def advance(batch_id: int) -> None:
    """Put the next commands of a batch, or take back what has not left."""
    putting.advance(str(batch_id))


@jobs.job("deadlines", every=timedelta(minutes=5))
def deadlines() -> None:
    sweep.watch_deadlines(timezone.now())
    watching.watch(timezone.now())


@jobs.job("invoice-files", every=jobs.nightly(4, 15))
def forget_files() -> None:
    invoices.forget_old()


@jobs.job("product-pictures", every=jobs.nightly(4, 25))
def forget_pictures() -> None:
    pictures.forget_unused()


@jobs.job("invoiced", every=jobs.nightly(4, 35))
def mark_invoiced() -> None:
    uninvoiced.mark()


@jobs.job("batch-drafts", every=timedelta(hours=1))
def forget_drafts() -> None:
    making.forget_drafts()


@jobs.job("import-files", every=timedelta(hours=1))
def forget_imports() -> None:
    files.forget_old()
