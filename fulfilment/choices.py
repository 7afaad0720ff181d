"""Lists that only the marketplace knows (reasons, limits), fetched while a dialog opens and kept for minutes.

At most two are fetched at a time in the whole installation, each by one process; whoever comes third gets no answer at
once, so that a marketplace that hangs does not take every web worker with it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.utils import timezone

import octopia
from backoffice import marketplace
from backoffice.models import SellerAccount
from octopia.contract.vocabulary import Ability
from orders import lifecycle, reasons
from orders.models import Order

PATIENCE = octopia.Timeouts(connect=1.5, read=3, total=3)
KEPT = int(timedelta(minutes=5).total_seconds())
AT_ONCE = 2
LONGEST = 6  # seconds after which a fetch that died no longer counts
STEP = 0.05

# quoted on the page of the channels: the marketplace's own member, and where it stands
_TAKES = "allowsGesture: true, in the channel's configuration of commercial gestures."
_FORBIDS = "allowsGesture: false, in the channel's configuration of commercial gestures."


class Silent(Exception):
    """The marketplace does not answer now; nothing was sent. The text says why, for the page that explains."""


@dataclass(frozen=True)
class Fetched:
    """What was fetched, and when."""

    value: Any
    at: datetime


def cancellation_reasons(order: Order, status: str) -> Fetched:
    """The reasons that hold for the seller, the order's channel and a status: [(code, label)]. Raises Silent."""

    def fetch(client: octopia.Client) -> list[tuple[str, str]]:
        page = client.cancellation_reasons(order.channel, status)
        told = [(reason.code, reason.label or reason.code) for reason in page.items]
        reasons.learn(order.account, told)
        return told

    return _fetched(order.account, reasons_of(order, status), fetch)


def gesture_configuration(order: Order) -> Fetched:
    """What the channel allows: {allowed, max_rate, max_amount, currency}, amounts Decimal or None. Raises Silent."""

    def fetch(client: octopia.Client) -> dict[str, Any]:
        told = client.gesture_configuration(order.channel)
        said = _TAKES if told.allowed else _FORBIDS
        lifecycle.learn(order.account, order.channel, Ability.GESTURES, told.allowed, said)
        return {
            "allowed": told.allowed,
            "max_rate": told.max_rate,
            "max_amount": told.max_amount,
            "currency": told.currency,
        }

    return _fetched(order.account, configuration_of(order), fetch)


def gesture_amount(order: Order) -> Fetched:
    """What may still be given on the order: (amount, currency). Raises Silent."""

    def fetch(client: octopia.Client) -> tuple[Decimal, str]:
        told = client.gesture_amount(order.number)
        return told.allowable, told.currency or order.currency

    return _fetched(order.account, amount_of(order), fetch)


def forget_amount(order: Order) -> None:
    """What was given changes what is left: ask anew."""
    cache.delete(_key(order.account, amount_of(order)))


def reasons_of(order: Order, status: str) -> str:
    return f"reasons:{order.channel}:{status}"


def configuration_of(order: Order) -> str:
    return f"gestures:{order.channel}"


def amount_of(order: Order) -> str:
    return f"amount:{order.number}:{order.version}"


def keep(account: SellerAccount, what: str, value: Any) -> Fetched:
    """Keep what was fetched just now, for minutes."""
    fetched = Fetched(value, timezone.now())
    cache.set(_key(account, what), fetched, KEPT)
    return fetched


def _fetched(account: SellerAccount, what: str, fetch: Callable[[octopia.Client], Any]) -> Fetched:
    key = _key(account, what)
    known: Fetched | None = cache.get(key)
    if known is not None:
        return known
    if not cache.add(f"{key}:flight", 1, LONGEST):  # somebody fetches the same: what it brings serves both
        return _awaited(key)
    try:
        with _place():
            return keep(account, what, _asked(account, fetch))
    finally:
        cache.delete(f"{key}:flight")


def _asked(account: SellerAccount, fetch: Callable[[octopia.Client], Any]) -> Any:
    try:
        with marketplace.client(account, "single", reads=PATIENCE) as client:
            return fetch(client)
    except (octopia.Trouble, marketplace.WrongAddress) as error:
        said = str(error)
    raise Silent(said)


def _awaited(key: str) -> Fetched:
    until = time.monotonic() + PATIENCE.total
    while time.monotonic() < until:
        time.sleep(STEP)
        known: Fetched | None = cache.get(key)
        if known is not None:
            return known
        if not cache.get(f"{key}:flight"):
            break
    raise Silent("")


class _place:
    """One of the two places; Silent when both are taken. A place whose holder died is free after some seconds."""

    name = ""

    def __enter__(self) -> None:
        for number in range(AT_ONCE):
            if cache.add(f"choices:place:{number}", 1, LONGEST):
                self.name = f"choices:place:{number}"
                return
        raise Silent("")

    def __exit__(self, *_: object) -> None:
        cache.delete(self.name)


def _key(account: SellerAccount, what: str) -> str:
    return f"choices:{account.pk}:{what}"
