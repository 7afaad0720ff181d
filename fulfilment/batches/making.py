"""A selection becomes a batch: its set filled, judged and frozen. Nothing is asked of the marketplace yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.utils import timezone

from backoffice.models import SellerAccount, User
from fulfilment.batches import judging
from fulfilment.batches.kinds import Kind
from fulfilment.models import Batch, BatchItem
from orders.models import Line, Order
from orders.ports import MOST_AT_ONCE

DRAFT_KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Chosen:
    """What somebody chose. `ids` in the sequence of the list; `seen`: the version of each that the page showed.

    `view`: the list's address; `unknown`: how many of the orders named are not there, or not for this person;
    `beyond`: the view holds more than a batch may.
    """

    ids: Sequence[int]
    seen: dict[int, int] = field(default_factory=dict)
    view: str = ""
    unknown: int = 0
    beyond: bool = False


def make(kind: Kind, account: SellerAccount, chosen: Chosen, by: User, token: str) -> Batch:
    """The batch of this token: a new draft, or the one there is when the form was sent twice."""
    orders = _orders(account, chosen.ids[:MOST_AT_ONCE])
    options: dict[str, Any] = {"unknown": chosen.unknown, "beyond": chosen.beyond}
    items = judging.judged(kind, orders, chosen.seen)
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                account=account,
                token=token,
                kind=kind.verb,
                author=by,
                author_name=str(by),
                view=chosen.view[:2000],
                options=options,
            )
            for position, item in enumerate(items):
                item.batch, item.position = batch, position
            BatchItem.objects.bulk_create(items)
    except IntegrityError:  # the other press of the same button was quicker
        return Batch.objects.get(token=token)
    return batch


def draft(batch: Batch) -> Batch | None:
    """The batch while it is a preview, locked: whoever changes what is in it, or sends it off, comes by here."""
    return Batch.objects.select_for_update(of=("self",)).filter(pk=batch.pk, state=Batch.State.DRAFT).first()


def forget_drafts() -> int:
    """Previews that nobody confirmed within a day: their orders are forgotten; how many there were."""
    old = Batch.objects.filter(state=Batch.State.DRAFT, created_at__lte=timezone.now() - DRAFT_KEPT)
    ids = list(old.values_list("pk", flat=True))
    with transaction.atomic():
        gone = Batch.objects.filter(pk__in=ids, state=Batch.State.DRAFT)
        number = gone.update(state=Batch.State.DISCARDED, ended_at=timezone.now())
        BatchItem.objects.filter(batch__in=ids, batch__state=Batch.State.DISCARDED).delete()
    return number


def _orders(account: SellerAccount, ids: Sequence[int]) -> list[Order]:
    lines = Prefetch("lines", Line.objects.order_by("position"))
    found = {order.pk: order for order in Order.objects.filter(account=account, pk__in=ids).prefetch_related(lines)}
    return [found[pk] for pk in dict.fromkeys(ids) if pk in found]
