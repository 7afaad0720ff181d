"""Rings for one command: look now. The message carries its id alone; losing it costs one sweep."""

from django.db import transaction

from backoffice import bell

TASK = "fulfilment.tasks.act"


def ring(pk: int) -> None:
    """Ask a worker to look at this command, once the transaction has committed. Never raises, never waits long."""
    transaction.on_commit(lambda: ring_now([pk]), robust=True)


def ring_now(pks: list[int]) -> None:
    """Ask workers to look at these commands."""
    bell.send(TASK, *([pk] for pk in pks))
