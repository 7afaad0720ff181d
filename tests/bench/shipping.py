"""P9: what 300 shipments cost in calls, and how long they take within the budget: `python -m tests.bench.shipping`."""

import json
from collections.abc import Iterator
from datetime import timedelta

import django

django.setup()

import time_machine  # noqa: E402
from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

import octopia  # noqa: E402
from backoffice import marketplace  # noqa: E402
from backoffice.models import SellerAccount, User  # noqa: E402
from fulfilment.models import Command, State  # noqa: E402
from fulfilment.outbox import sweep  # noqa: E402
from fulfilment.verbs import shipment  # noqa: E402
from orders import sync  # noqa: E402
from orders.models import Order  # noqa: E402
from sandbox.contract import SIGN_IN_PATH  # noqa: E402
from sandbox.market import DEMO_LOGIN, Market  # noqa: E402
from tests.fixtures import InProcess  # noqa: E402

MANY = 300
ORIGIN = "http://127.0.0.1:9"  # never connected to: the sandbox answers in process


def main() -> dict[str, float]:
    account, market, wire = _shop()
    found: dict[str, float] = {}
    for name, capacity, hours in (("free", 1_000_000, 3), ("budget", 450, 6)):
        settings.OCTOPIA_CALLS_PER_HOUR = capacity
        market.clock.advance(3 * 3600)
        with time_machine.travel(timezone.now() + timedelta(hours=hours), tick=False) as clock:
            commands = list(_asked(account, market, name))
            wire.calls.clear()
            minutes, refused, gap = _hour(account, market, clock, commands)
        sends = [call for call in wire.calls if call.startswith("POST")]
        singles = [call for call in wire.calls if call.startswith("GET") and f"/orders/{name}" in call]
        found |= {
            f"{name} sends": len(sends),
            f"{name} reads": len(singles),
            f"{name} calls": len(wire.calls),
            f"{name} minutes": minutes,
            f"{name} live runs refused": refused,
            f"{name} longest gap": gap,
            f"{name} confirmed": Command.objects.filter(pk__in=commands, state=State.CONFIRMED).count(),
        }
    return found


def _hour(
    account: SellerAccount, market: Market, clock: time_machine.Traveller, commands: list[int]
) -> tuple[int, int, int]:
    """Minute by minute: what is due is sent, then a live run.

    The minutes until all is confirmed, the live runs refused, and the longest time without one, in minutes.
    """
    refused = since = gap = 0
    for minute in range(1, 121):
        for name in sweep.due(timezone.now()):
            sweep.act(name)
        market.clock.advance(60)
        clock.shift(60)
        try:
            sync.live(account)
            since = 0
        except octopia.Busy:
            refused, since = refused + 1, since + 1
        gap = max(gap, since + 1)
        if not Command.objects.filter(pk__in=commands).exclude(state=State.CONFIRMED).exists():
            return minute, refused, gap
    return 120, refused, gap


def _asked(account: SellerAccount, market: Market, name: str) -> Iterator[int]:
    """So many orders, mirrored, and a shipment asked for each of them."""
    for at in range(MANY):
        market.place(f"{name}{at:05}")
    market.clock.advance(60)
    sync.live(account)
    person = User.objects.create_user(username=f"ships-{name}", role="warehouse", accounts=[account])
    for at in range(MANY):
        order = Order.objects.get(number=f"{name}{at:05}")
        number = f"6A{len(name)}{at:010}"
        parcel: shipment.ParcelAsked = {
            "number": number,
            "carrier": "Colissimo",
            "url": f"https://www.laposte.fr/outils/suivre-vos-envois?code={number}",
            "lines": [line.code for line in order.lines.all()],
        }
        command = shipment.ask(
            order, [parcel], by=person, seen=order.version, form_token=f"{name}-{at}", hold=timedelta(0)
        )
        yield command.pk


def _shop() -> tuple[SellerAccount, Market, InProcess]:
    account = SellerAccount.objects.get()
    market = Market(seed=6)
    market.clock.pause()
    market.settings.calls_per_hour = 0
    market.settings.token_life = 7 * 24 * 3600  # its clock stands where ours leaps: no token dies in between
    account.seller_id = market.seller(None)
    account.client_id, account.client_secret = DEMO_LOGIN
    account.api_url, account.token_url = f"{ORIGIN}/seller/v2", f"{ORIGIN}{SIGN_IN_PATH}"
    account.sending, account.created_at = ["ship"], timezone.now() - timedelta(days=2)
    account.save()
    wire = InProcess(market)
    marketplace.TRANSPORT = wire
    return account, market, wire


if __name__ == "__main__":
    print(json.dumps(main()))  # noqa: T201
