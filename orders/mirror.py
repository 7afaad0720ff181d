"""The only writer of our copy of the marketplace's orders: storing twice, late or out of order changes nothing.

A reading is judged by the marketplace's own stamp: newer replaces the whole order, older is counted and ignored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DataError, IntegrityError, transaction
from django.dispatch import Signal
from django.utils import timezone

from backoffice import shop
from backoffice.models import SellerAccount
from octopia import schema
from orders import holding, quarantine, rows, writing
from orders.history import Known, as_known_at
from orders.page_writer import PageWriter

SINGLE = "single"  # the source whose word counts when stamps are equal: the order alone, as it is now

stored = Signal()  # after commit: account (id), ids (of the orders that are new or changed), new (how many are new)


@dataclass(slots=True)
class Stored:
    """What became of the orders of one call, by number; `ids` of those written."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)  # older than what we hold: ignored
    asked: list[str] = field(default_factory=list)  # same stamp, other content: a single reading decides
    set_aside: list[str] = field(default_factory=list)  # could not be stored
    ids: list[int] = field(default_factory=list)


def store(account: SellerAccount, orders: Sequence[schema.Order], *, source: str) -> Stored:
    """Bring the mirror up to these readings, in one transaction.

    `source` is live, deep, nightly, single, backfill, period or audit. An order that the tables cannot hold is set
    aside and its neighbours are stored. Raises only what the database raises when it cannot be reached.
    """
    result = Stored()
    newest = _newest(orders)
    with writing.cursor() as cursor:
        try:
            fresh = _judge(cursor, account, newest, source, result)
            if fresh or result.asked:
                with transaction.atomic():
                    _write(cursor, account, fresh, result, source)
        except (DataError, IntegrityError, UnicodeError):
            result = _one_by_one(account, newest.values(), source)
        if source == SINGLE and result.unchanged:
            _confirm(cursor, account, result.unchanged)
    return result


def _newest(orders: Iterable[schema.Order]) -> dict[str, schema.Order]:
    newest: dict[str, schema.Order] = {}
    for order in orders:
        if order.number not in newest or order.changed_at >= newest[order.number].changed_at:
            newest[order.number] = order
    return newest


def _judge(
    cursor: writing.Cursor, account: SellerAccount, orders: dict[str, schema.Order], source: str, result: Stored
) -> list[schema.Order]:
    """Sort the readings into `result`; returns those to be written."""
    result.unchanged, result.older, result.asked = [], [], []
    known = holding.stamps(cursor, account.pk, list(orders)) if orders else {}
    fresh = []
    for number, order in orders.items():
        held = known.get(number)
        if held is None or order.changed_at > held.changed_at:
            fresh.append(order)
        elif order.changed_at < held.changed_at:
            result.older.append(number)
        elif order.hash == held.hash:
            result.unchanged.append(number)
        elif source == SINGLE:
            fresh.append(order)
        else:
            result.asked.append(number)
    return fresh


def _write(
    cursor: writing.Cursor, account: SellerAccount, fresh: list[schema.Order], result: Stored, source: str
) -> None:
    now, zone = timezone.now(), shop.zone()
    if fresh:
        writing.lock(cursor, account.pk)
    known = holding.stamps(cursor, account.pk, [order.number for order in fresh]) if fresh else {}
    new: list[rows.Document] = []
    documents: dict[str, rows.Document] = {}
    for order in fresh:
        held = known.get(order.number)
        if held is not None and _overtaken(order, held, source):
            result.older.append(order.number)  # somebody stored as much while we waited for the lock
            continue
        try:
            document = rows.document(order, zone, held.erased if held else rows.Erased())
            rows.refuse_long(document)
        except rows.Unstorable as error:
            quarantine.set_aside_order(account, order, str(error), source=source)
            result.set_aside.append(order.number)
            continue
        if held is None:
            new.append(document)
        else:
            documents[order.number] = document
    held_orders = holding.load(cursor, [known[number].id for number in documents]) if documents else {}
    changed = [(held_orders[number], document) for number, document in documents.items()]
    if new or changed:
        result.ids = PageWriter(account.pk, source, now, zone).write(cursor, new, changed)
    result.new = [document.number for document in new]
    result.changed = list(documents)
    read: list[tuple[str, datetime]] = [(one.number, one["changed_at"]) for one in (*new, *documents.values())]
    if read:
        quarantine.solve(cursor, account.pk, read, now)
    if result.asked:
        quarantine.ask_again(cursor, account.pk, result.asked, why="hash", due=now)
    if result.ids:
        ids, count = list(result.ids), len(new)
        transaction.on_commit(
            lambda: stored.send_robust(sender=store, account=account.pk, ids=ids, new=count), robust=True
        )


def _overtaken(order: schema.Order, held: holding.Stamp, source: str) -> bool:
    if order.changed_at == held.changed_at:
        return order.hash == held.hash or source != SINGLE
    return order.changed_at < held.changed_at


def _one_by_one(account: SellerAccount, orders: Iterable[schema.Order], source: str) -> Stored:
    """One of these orders cannot be written, whatever our checks say: find it, set it aside, keep the others."""
    total = Stored()
    for order in orders:
        result = Stored()
        with writing.cursor() as cursor:
            try:
                with transaction.atomic():
                    fresh = _judge(cursor, account, {order.number: order}, source, result)
                    _write(cursor, account, fresh, result, source)
            except (DataError, IntegrityError, UnicodeError) as error:
                quarantine.set_aside_order(
                    account, order, f"The database cannot hold it ({type(error).__name__}).", source=source
                )
                result = Stored(set_aside=[order.number])
        for name in Stored.__slots__:
            getattr(total, name).extend(getattr(result, name))
    return total


def _confirm(cursor: writing.Cursor, account: SellerAccount, numbers: list[str]) -> None:
    """A single reading found nothing new: the order is as of now."""
    now = timezone.now()
    cursor.execute(
        f"UPDATE {holding.ORDER_TABLE} SET synced_at = %s WHERE account_id = %s AND number = ANY(%s)",  # noqa: S608
        [now, account.pk, numbers],
    )


__all__ = ["Known", "Stored", "as_known_at", "store", "stored"]
