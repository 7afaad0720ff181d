"""Opens and closes the alerts that no event opens: a mirror left behind, calls spent, an indicator near its limit."""

from datetime import datetime, timedelta
from decimal import Decimal

from backoffice import shop
from backoffice.alerts import close_alert, open_alert
from backoffice.limiter import Budget, Left
from backoffice.models import Alert, SellerAccount
from orders.models import Cursor, Indicator
from orders.sync import level

STALE, QUOTA, INDICATOR = "mirror-stale", "quota", "indicator"
NEW = timedelta(minutes=30)  # an account that was never read yet is not late before
CALM = Decimal("0.9")  # of the hour's calls: below it a spent hour is over
LABELS = {  # what an indicator is called; the shop's choice of a margin has the indicator's name
    "acceptance": "Orders accepted",
    "shipping": "Orders shipped",
    "deadlines": "Deadlines kept",
    "claims": "Claims",
    "refunds": "Refunds",
}


def watch(now: datetime) -> None:
    """Look at every account; what is no longer so closes by itself, also where an account rests."""
    accounts = list(SellerAccount.objects.defer("client_secret", "profile"))
    _mirrors(accounts, now)
    _calls(accounts)
    _indicators([account for account in accounts if account.active])


def _mirrors(accounts: list[SellerAccount], now: datetime) -> None:
    read = dict(Cursor.objects.filter(name="live").values_list("account", "last_success"))
    for account in accounts:
        last = read.get(account.pk)
        since = last or account.created_at + NEW
        if account.active and since <= now and level(since, now) != "ok":
            open_alert(STALE, account=account, minutes=int((now - since).total_seconds()) // 60)
        else:
            close_alert(STALE, account=account)


def _calls(accounts: list[SellerAccount]) -> None:
    clients = {account.client_id for account in accounts if account.active}
    for client in clients:
        hour = Budget(client).left()
        if _spent(hour):
            open_alert(QUOTA, client, used=hour.used, capacity=hour.capacity)
        elif hour.used < hour.capacity * CALM:
            close_alert(QUOTA, client)
    for gone in Alert.objects.filter(kind=QUOTA, closed_at=None).exclude(subject__in=clients):
        close_alert(QUOTA, gone.subject)


def _spent(hour: Left) -> bool:
    """No call may be made: the marketplace said so, or the hour's count does."""
    return hour.used >= hour.capacity or (hour.paused_until is not None and hour.cause in ("quota", "429"))


def _indicators(accounts: list[SellerAccount]) -> None:
    known = {account.pk: account for account in accounts}
    seen = set()
    for told in Indicator.objects.filter(account__in=known, name__in=LABELS):
        account = known[told.account_id]
        if told.value_d30 is not None and told.threshold is not None and near(told, margin(told.name)):
            params = {"label": LABELS[told.name], "value": _plain(told.value_d30), "threshold": _plain(told.threshold)}
            open_alert(INDICATOR, told.name, account, **params)
            seen.add((account.pk, told.name))
    for alert in Alert.objects.filter(kind=INDICATOR, closed_at=None).select_related("account"):
        if (alert.account_id, alert.subject) not in seen:
            close_alert(INDICATOR, alert.subject, alert.account)


def margin(choice: str) -> Decimal:
    """From how many points before the threshold on an alert is wanted."""
    return Decimal(shop.choice(f"indicator_margin_{choice}"))


def near(told: Indicator, points: Decimal) -> bool:
    """Whether the indicator is within so many points of its threshold, or past it; no where its sense is not told."""
    assert told.value_d30 is not None
    assert told.threshold is not None
    kind = told.threshold_type.lower()
    if "min" in kind:
        return bool(told.value_d30 - told.threshold <= points)
    return "max" in kind and bool(told.threshold - told.value_d30 <= points)


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
