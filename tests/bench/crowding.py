"""P10, beside the visitors: sign them in, name the orders they decide about, and keep the mirror busy meanwhile.

`python -m tests.bench.crowding USERS SECONDS` prints JSON twice: cookies and numbers at once; runs and orders stored in
the end.
"""

import json
import sys
import time
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from backoffice import marketplace  # noqa: E402
from backoffice.models import SellerAccount, User  # noqa: E402
from fulfilment.models import Command  # noqa: E402
from orders import sync  # noqa: E402
from orders.models import Order  # noqa: E402
from sandbox.contract import SIGN_IN_PATH  # noqa: E402
from sandbox.market import DEMO_LOGIN, Market  # noqa: E402
from tests.fixtures import InProcess  # noqa: E402

ORIGIN = "http://127.0.0.1:9"  # never connected to: the sandbox answers in process
NEWS = 20  # orders of one live run
EVERY = 1.0  # seconds


def visitors(account: SellerAccount, count: int) -> list[str]:
    """The cookies of so many people of the warehouse."""
    cookies = []
    for number in range(count):
        user, _new = User.objects.get_or_create(username=f"crowd-{number}", defaults={"role": "warehouse"})
        user.accounts.add(account)
        client = Client()
        client.force_login(user)
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}")
    return cookies


def undecided(account: SellerAccount) -> list[str]:
    """Orders that wait for our decision and were never asked about."""
    asked = Command.objects.filter(account=account).values("order")
    waiting = Order.objects.filter(account=account, status="WaitingAcceptance").exclude(pk__in=asked)
    return list(waiting.order_by("-placed_at").values_list("number", flat=True)[:2_000])


def busy(account: SellerAccount, seconds: float) -> dict[str, int]:
    """A live run a second, each over some new orders."""
    settings.OCTOPIA_CALLS_PER_HOUR = 1_000_000
    market = Market(seed=8)
    market.clock.pause()
    market.settings.calls_per_hour = 0
    market.settings.token_life = 7 * 24 * 3600
    account.seller_id = market.seller(None)
    account.client_id, account.client_secret = DEMO_LOGIN
    account.api_url, account.token_url = f"{ORIGIN}/seller/v2", f"{ORIGIN}{SIGN_IN_PATH}"
    account.save()
    marketplace.TRANSPORT = InProcess(market)
    begun, runs, start = time.monotonic(), 0, f"C{time.time():.0f}"
    while time.monotonic() - begun < seconds:
        for number in range(NEWS):
            market.place(f"{start}{runs:04}{number:02}", updated=-30.0 + number)
        market.clock.advance(60)
        sync.live(account)
        runs += 1
        time.sleep(EVERY)
    return {"runs": runs, "stored": Order.objects.filter(number__startswith=start).count(), "placed": runs * NEWS}


def main() -> None:
    def say(told: dict[str, Any]) -> None:
        print(json.dumps(told), flush=True)  # noqa: T201

    account = SellerAccount.objects.get()
    say({"cookies": visitors(account, int(sys.argv[1])), "undecided": undecided(account)})
    say(busy(account, float(sys.argv[2])))


if __name__ == "__main__":
    main()
