"""`python -m sandbox`: serves one market until it is told to stop."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any

from sandbox import life
from sandbox.app import App
from sandbox.contract import PREFIX, SIGN_IN_PATH
from sandbox.market import DEMO_LOGIN, DEMO_SELLER, Market
from sandbox.server import Server


def read_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="The marketplace in miniature.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000, help="0 takes a free one")
    parser.add_argument(
        "--orders", type=int, default=500, help="to invent when the state is empty; the demo's queue comes on top"
    )
    parser.add_argument("--seed", type=int, default=7, help="decides all invented data")
    parser.add_argument("--state", metavar="FILE", help="remember everything in this file")
    parser.add_argument(
        "--lag",
        default="",
        metavar="SHARE[:SECONDS]",
        help="share of the updates that lists show late, and how late at most",
    )
    parser.add_argument("--faults", default="", metavar="SPEC", help="seeded mixture, like 429:0.05,500-before:0.02")
    parser.add_argument("--live", action="store_true", help="orders arrive, customers cancel, warehouses ship")
    parser.add_argument("--factor", type=float, default=None, help="how many times as fast the market's clock runs")
    parser.add_argument(
        "--seller", action="append", default=[], metavar="ID[:CLIENT:SECRET]", help="a further seller; may be repeated"
    )
    parser.add_argument("--allow-other-hosts", action="store_true", help="answer callers beyond this machine")
    return parser.parse_args(arguments)


def build(options: argparse.Namespace) -> Market:
    """The market these options describe; raises `ValueError` for what makes no sense."""
    market = Market(options.seed, state=options.state, live=options.live, faults=options.faults)
    if options.lag:
        share, _, seconds = options.lag.partition(":")
        market.settings.change({"late_share": float(share), **({"late_seconds": float(seconds)} if seconds else {})})
    if options.factor is not None:
        market.clock.run(options.factor)
    for text in options.seller:
        seller, _, client = text.partition(":")
        name, _, secret = client.partition(":")
        if seller not in market.sellers:
            market.add_seller(seller, **({"client_id": name, "client_secret": secret} if name else {}))
    if options.orders:
        for seller, shelf in market.shelves.items():
            if not shelf.orders:
                market.place_many(options.orders, seller=seller)
                life.furnish(market, seller)
    market.save()
    return market


def main(arguments: Sequence[str] | None = None) -> int:
    options = read_arguments(arguments)
    try:
        market = build(options)
        server = Server(
            App(market, allow_other_hosts=options.allow_other_hosts),
            options.host,
            options.port,
            allow_other_hosts=options.allow_other_hosts,
        )
    except (ValueError, OSError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2

    def stop(_number: int, _frame: Any) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    base = f"http://{options.host}:{server.port}"
    client, word = DEMO_LOGIN
    sys.stdout.write(
        f"sandbox: {base}{PREFIX}  token {base}{SIGN_IN_PATH}\n"
        f"sandbox: client {client}, secret {word}, seller {DEMO_SELLER}; {base}/_sandbox/state\n"
    )
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    with market.lock:
        market.touched("clock", 0)
        market.save()
    return 0


if __name__ == "__main__":
    sys.exit(main())
