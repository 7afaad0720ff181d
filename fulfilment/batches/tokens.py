"""Tokens that make a repetition the same: of a selection that is sent twice, of an order that is put twice."""

from collections.abc import Iterable
from hashlib import sha256

from fulfilment.models import BatchItem

LENGTH = 40


def of_selection(user_id: int, form: str, parts: Iterable[str]) -> str:
    """The same for the same form with the same orders; Back and another selection make another batch."""
    return _hash("selection", str(user_id), form, *parts)


def of_check(user_id: int, check: str) -> str:
    """The same for the same files that were checked together, however many of them are sent off."""
    return _hash("check", str(user_id), check)


def of_item(item: BatchItem) -> str:
    """The form token of one order's command: whoever puts it again gets the same command."""
    return _hash("item", item.batch.token, str(item.pk))


def _hash(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:LENGTH]
