"""Lets personal data go when its time is over: contact data, names, raw records, readings long done.

Contact data goes some days after the order was closed (90 unless the shop chose otherwise), the name later (24 months);
who must keep them sets `keep_personal`.
What is erased stays erased: the mirror stores these members as nothing whatever comes.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from backoffice import jobs, shop
from backoffice.models import SellerAccount
from orders import models, ports, writing
from orders.rows import ADDRESS, GONE, LOST, Erased, address_hash, customer_hash, reduced, search_words

SHIPPED_CLOSES = timedelta(days=30)  # a shipped order is closed so long after
READING_KEPT = timedelta(days=30)
BATCH = 500
FACTS = ("id", "order_id", "kind")


def erase_contacts(account: SellerAccount, now: datetime | None = None) -> int:
    """Erase the contact data whose time is over; how many orders lost theirs."""
    batches = _due(account, shop.kept("contact"), "contact_erased_at", now)
    return sum(_erase(account, due, Erased(contact=True)) for due in batches)


def erase_names(account: SellerAccount, now: datetime | None = None) -> int:
    """Erase the names whose time is over, and what is left of the contact data; how many orders lost theirs."""
    batches = _due(account, shop.kept("name"), "name_erased_at", now)
    return sum(_erase(account, due, Erased(True, True)) for due in batches)


def forget_records(account: SellerAccount, now: datetime | None = None) -> int:
    """Raw records when their time is over, readings 30 days after they ended; how many records went."""
    moment = now or timezone.now()
    gone, _ = models.Quarantine.objects.filter(account=account, seen_at__lt=moment - shop.kept("raw")).delete()
    models.Reading.objects.filter(account=account, done_at__lt=moment - READING_KEPT).delete()
    return gone


def oldest_overdue(now: datetime | None = None) -> datetime | None:
    """When the oldest order was closed whose contact data should have gone already; None when none is overdue."""
    found: datetime | None = (
        _closed(models.Order.objects.all())
        .filter(contact_erased_at=None, keep_personal=False, ended__lt=(now or timezone.now()) - shop.kept("contact"))
        .order_by("ended")
        .values_list("ended", flat=True)
        .first()
    )
    return found


def _closed(orders: models.Scoped) -> models.Scoped:
    """Orders that came to an end, with the moment `ended` of it; where nobody saw it, the last change counts."""
    closed: models.Scoped = orders.filter(status__in=GONE | LOST).annotate(
        ended=Coalesce(F("closed_at"), F("shipped_at") + SHIPPED_CLOSES, F("changed_at"))
    )
    return closed


def _due(account: SellerAccount, kept: timedelta, mark: str, now: datetime | None) -> Iterator[list[int]]:
    moment = now or timezone.now()
    while jobs.going_on():
        found = list(
            _closed(models.Order.objects.filter(account=account, keep_personal=False, **{mark: None}))
            .filter(ended__lt=moment - kept)
            .order_by("pk")
            .values_list("pk", flat=True)[:BATCH]
        )
        if not found:
            return
        yield found


def _erase(account: SellerAccount, ids: list[int], erased: Erased) -> int:
    """Erase of these orders, in one transaction; writers of the mirror wait for it."""
    with transaction.atomic(), writing.cursor() as cursor:
        writing.lock(cursor, account.pk)
        orders = models.Order.objects.filter(pk__in=ids, keep_personal=False)
        _reduce_addresses(cursor, account, ids, erased)
        models.OrderExtra.objects.filter(order__in=ids).delete()
        models.Note.objects.filter(order__in=ids).delete()  # people write telephone numbers there
        for erase in ports.ERASED:
            erase(ids)
        now = timezone.now()
        orders.filter(contact_erased_at=None).update(contact_erased_at=now)
        if erased.name:
            for pk, customer in orders.exclude(customer="").values_list("pk", "customer"):
                if not customer.startswith("#"):
                    models.Order.objects.filter(pk=pk).update(customer=customer_hash(customer))
            orders.update(name_erased_at=now)
    return len(ids)


def _reduce_addresses(cursor: writing.Cursor, account: SellerAccount, ids: list[int], erased: Erased) -> None:
    """Blank the members; addresses of an order that become the same stay one, and lines follow."""
    kept: dict[tuple[int, str, str], int] = {}
    updates, moved, gone = [], [], []
    words: dict[int, set[tuple[int, str]]] = {pk: set() for pk in ids}
    rows = models.Address.objects.filter(order__in=ids).order_by("pk").values_list(*FACTS, *ADDRESS)
    for pk, order, kind, *values in rows:
        row = reduced(tuple(values), erased)
        key = (order, kind, address_hash(row))
        if not any(row) or key in kept:
            moved.append((pk, kept.get(key)))
            gone.append(pk)
            continue
        kept[key] = pk
        words[order] |= search_words([row])
        updates.append({"id": pk, "hash": key[2], **dict(zip(ADDRESS, row, strict=True))})
    for old, new in moved:
        models.Line.objects.filter(order__in=ids, address_id=old).update(address_id=new)
        models.Order.objects.filter(pk__in=ids, recipient_id=old).update(recipient_id=new)
    writing.delete(cursor, models.Address._meta.db_table, gone)
    writing.update(cursor, models.Address._meta.db_table, ("hash", *ADDRESS), updates)
    models.SearchRow.objects.filter(order__in=ids).delete()
    placed = dict(models.Order.objects.filter(pk__in=ids).values_list("pk", "placed_at"))
    models.SearchRow.objects.bulk_create(
        models.SearchRow(account=account, order_id=order, kind=kind, word=word, placed_at=placed[order])
        for order, found in words.items()
        for kind, word in found
    )
