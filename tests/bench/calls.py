"""P9: how many calls the mirror spends, counted at the marketplace, and P7: the most memory a run takes for itself.

`python -m tests.bench.calls` prints JSON: calls, and bytes under "memory over …".
"""

import json
import tracemalloc

import django

django.setup()

from django.conf import settings  # noqa: E402

from backoffice import marketplace  # noqa: E402
from backoffice.models import SellerAccount  # noqa: E402
from orders import sync, walking  # noqa: E402
from orders.models import Order  # noqa: E402
from sandbox.contract import SIGN_IN_PATH  # noqa: E402
from sandbox.market import DEMO_LOGIN, Market  # noqa: E402
from tests.fixtures import InProcess  # noqa: E402

MANY = 5_000
ORIGIN = "http://127.0.0.1:9"  # never connected to: the sandbox answers in process


def main() -> dict[str, int]:
    settings.OCTOPIA_CALLS_PER_HOUR = 1_000_000
    account = SellerAccount.objects.get()
    market = Market(seed=5)
    market.clock.pause()
    market.settings.calls_per_hour = 0
    market.settings.token_life = 7 * 24 * 3600  # its clock leaps where ours stands still: no token dies in between
    account.seller_id = market.seller(None)
    account.client_id, account.client_secret = DEMO_LOGIN
    account.api_url, account.token_url = f"{ORIGIN}/seller/v2", f"{ORIGIN}{SIGN_IN_PATH}"
    account.save()
    wire = InProcess(market)
    marketplace.TRANSPORT = wire
    sync.live(account)
    spent: dict[str, int] = {}

    def count(name: str) -> None:
        before = len(wire.calls)
        sync.live(account)
        spent[name] = len(wire.calls) - before

    def place(start: str) -> None:
        market.clock.advance(2 * MANY)
        for number in range(MANY):
            market.place(f"{start}{number:05}", updated=float(number - MANY))  # one a second
        market.clock.advance(60)

    market.clock.advance(600)
    count("nothing changed")
    for number in range(100):
        market.place(f"FEW{number:05}", updated=-30.0 + number * 0.1)
    market.clock.advance(60)
    count("100 changed")
    place("MANY")
    tracemalloc.start()
    count(f"{MANY} changed")
    ours, _most = tracemalloc.get_traced_memory()
    place("MORE")
    market_own = tracemalloc.get_traced_memory()[0] - ours
    for pages in (4, 400):  # what a process keeps for the next page is full by now, and the market is the same
        walking.PAGES = pages
        tracemalloc.reset_peak()
        sync.live(account)
        spent[f"memory over {pages} pages"] = tracemalloc.get_traced_memory()[1] - market_own
    tracemalloc.stop()
    spent["mirrored"] = Order.objects.filter(number__startswith="MANY").count()
    return spent


if __name__ == "__main__":
    print(json.dumps(main()))  # noqa: T201
