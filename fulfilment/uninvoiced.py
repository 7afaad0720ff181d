"""Which shipped orders have no invoice from here, page by page; flat, however many have one.

`Order.invoiced` says that an invoice is confirmed, which never ends: an index holds the orders without. It is set when
that is learned, and a job sets it where it was missed. What is only taken is asked of the outbox.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from backoffice import jobs
from backoffice.models import SellerAccount
from fulfilment.models import Command, State
from octopia.contract.lifecycle import Ability
from octopia.contract.vocabulary import Verb
from orders import lifecycle
from orders.models import Channel, Order

CONFIRMED = (State.CONFIRMED, State.CLOSED_DONE)
DONE = (*CONFIRMED, State.TAKEN)
STEP = 5_000  # orders that are marked at once


def rows(accounts: Sequence[SellerAccount], after: tuple[datetime | None, int] | None, limit: int) -> list[Order]:
    """At most `limit` shipped orders of channels that take invoices, without one from here: the newest first, those
    beyond the place `after`. Four queries, whatever the number of orders and channels."""
    book = lifecycle.abilities_of(account.pk for account in accounts)
    takes = [
        (account, channel)
        for account, channel in Channel.objects.filter(account__in=accounts).values_list("account", "code")
        if book.of(account, channel)[Ability.INVOICES].value
    ]
    params: dict[str, Any] = {
        "accounts": [account for account, _channel in takes],
        "channels": [channel for _account, channel in takes],
        "at": after[0] if after else None,
        "pk": after[1] if after else None,
        "limit": limit,
        "done": list(DONE),
    }
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT, params)
        found = [pk for (pk,) in cursor.fetchall()]
    return list(Order.objects.filter(pk__in=found).select_related("account").order_by("-placed_at", "-pk"))


def learn(*, command: Command, became: State, **_: Any) -> None:
    """An invoice is confirmed: its order needs none any more."""
    if command.kind == Verb.INVOICE and became in CONFIRMED:
        Order.objects.filter(pk=command.order_id).update(invoiced=True)


def mark() -> None:
    """Set what was missed, by a process that ended between the two writes or an older version."""
    confirmed = Command.objects.filter(order=OuterRef("pk"), kind=Verb.INVOICE, state__in=CONFIRMED)
    missed = Order.objects.filter(Exists(confirmed), invoiced=False)
    while jobs.going_on() and Order.objects.filter(pk__in=missed.values("pk")[:STEP]).update(invoiced=True):
        pass


# The conditions beside account and channel are those of the index `order_uninvoiced`.
_WITHOUT = """
SELECT o.id FROM unnest(%(accounts)s::bigint[], %(channels)s::text[]) t (account, channel),
 LATERAL (SELECT id, placed_at FROM orders_order
           WHERE account_id = t.account AND channel = t.channel AND status IN ('Delivered', 'Shipped') AND NOT invoiced
             AND (%(at)s::timestamptz IS NULL OR (placed_at, id) < (%(at)s::timestamptz, %(pk)s::bigint))
             AND NOT EXISTS (SELECT FROM fulfilment_command c WHERE c.order_id = orders_order.id AND c.kind = 'invoice'
                                                                AND c.state = ANY(%(done)s))
           ORDER BY placed_at DESC, id DESC LIMIT %(limit)s) o
 ORDER BY o.placed_at DESC, o.id DESC LIMIT %(limit)s
"""
