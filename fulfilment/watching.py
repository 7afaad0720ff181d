"""Opens and closes the alerts of what stands still here: orders near their deadline, requests nobody answered clearly.

One alert an account, so that many orders make no more noise than one; each closes by itself.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q

from backoffice.alerts import close_alert, open_alert
from backoffice.models import Alert, SellerAccount
from fulfilment.models import Command, State
from fulfilment.warehouse import queue
from octopia.contract.vocabulary import Verb

AT_RISK, UNCLEAR = "deadline", "command-unclear"
NEAR = timedelta(hours=1)  # before the deadline
PATIENCE = timedelta(minutes=15)  # the machine looks by itself meanwhile


def watch(now: datetime) -> None:
    """Two queries, whatever there is to tell."""
    accounts = {account.pk: account for account in SellerAccount.objects.filter(active=True)}
    declared = Command.objects.filter(queue.under_way(), order=OuterRef("pk"), kind=Verb.SHIP)
    near = queue.to_ship(list(accounts)).filter(~Exists(declared), deadline__lte=now + NEAR)
    _tell(AT_RISK, dict(near.order_by().values_list("account").annotate(Count("pk"))), accounts)
    stuck = Q(state=State.ATTENTION) | Q(state=State.UNKNOWN, left_at__lte=now - PATIENCE)
    unclear = Command.objects.filter(stuck, account__in=accounts)
    _tell(UNCLEAR, dict(unclear.order_by().values_list("account").annotate(Count("pk"))), accounts)


def _tell(kind: str, found: Mapping[int, int], accounts: Mapping[int, SellerAccount]) -> None:
    for pk, count in found.items():
        open_alert(kind, account=accounts[pk], count=count)
    for alert in (
        Alert.objects.filter(kind=kind, closed_at=None).exclude(account__in=list(found)).select_related("account")
    ):
        close_alert(kind, account=alert.account)
