"""What a request chose, checked order by order: what is not there, or not this person's, is left out and counted."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest

from backoffice.models import SellerAccount, User
from fulfilment.batches import making, tokens
from fulfilment.batches.making import Chosen
from fulfilment.models import Batch, BatchItem
from orders import scope, selection
from orders.models import Carrier, Order
from orders.ports import MOST_AT_ONCE

NAMES = ("token", "view", "all", "verb")  # what a selection posts beside its orders


def posted(request: HttpRequest) -> list[tuple[str, str]]:
    """The selection again, for a form that asks for a part of it."""
    fields = [(name, request.POST[name]) for name in NAMES if request.POST.get(name)]
    return fields + [("order", value) for value in request.POST.getlist("order")[:MOST_AT_ONCE]]


def token(request: HttpRequest, user: User) -> str:
    parts = [request.POST.get(name, "") for name in ("verb", "account", "all", "view")]
    return tokens.of_selection(user.pk, request.POST.get("token", ""), [*parts, *sorted(request.POST.getlist("order"))])


def chosen(request: HttpRequest) -> dict[SellerAccount, Chosen]:
    """The orders that were chosen, by account; of one account where one was named. May raise TooSlow."""
    among = {account.pk: account for account in scope.accounts(request)}
    named = request.POST.get("account", "")
    seen: dict[int, int] = {}
    unknown, beyond = 0, False
    if request.POST.get("all"):
        whole = selection.of_view(request, selection.view(request), MOST_AT_ONCE)
        rows, beyond = whole.orders, whole.beyond
    else:
        seen = selection.versions(request)
        found = dict(Order.objects.filter(account__in=among, pk__in=seen).values_list("pk", "account"))
        rows = [(pk, found[pk]) for pk in seen if pk in found]
        unknown = len(request.POST.getlist("order")) - len(rows)
    by_account: dict[SellerAccount, list[int]] = {}
    for pk, account in rows:
        by_account.setdefault(among[account], []).append(pk)
    return {
        account: Chosen(ids, seen, selection.view(request), unknown, beyond)
        for account, ids in by_account.items()
        if named in ("", account.slug)
    }


def leave_out(batch: Batch, position: int, *, out: bool) -> None:
    """Leave one order out of a preview, or take it in again."""
    with transaction.atomic():
        if making.draft(batch) is not None:
            BatchItem.objects.filter(batch=batch, position=position).update(left_out=out)


def keep_carrier(batch: Batch, label: str) -> None:
    """The carrier of every parcel of a preview: a label of the marketplace's list, or none."""
    if "\0" in label or not Carrier.objects.filter(account=batch.account_id, label=label).exists():
        label = ""
    options: dict[str, Any] = {**batch.options, "carrier": label}
    Batch.objects.filter(pk=batch.pk, state=Batch.State.DRAFT).update(options=options)
    batch.options = options
