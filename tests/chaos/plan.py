"""What one seed means: the orders, what is asked of them, and how the marketplace misbehaves. No Django here."""

import random
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.pace import PACE

LATE = 4.0 / PACE  # seconds within which a held-up call arrives

# Shares of the sends. Beside them the processes are killed in the middle of others.
FAULTS = {
    "lost": 0.05,
    "lost before": 0.04,
    "500 after": 0.04,
    "502 before": 0.03,
    "html after": 0.02,
    f"delayed {LATE:g}": 0.04,
    f"delayed {1.5 / PACE:g}": 0.03,
    "type": 0.04,
    "empty": 0.03,
    "redirect": 0.03,
    "cut": 0.03,
    "401": 0.01,
    "429 1": 0.01,
    "quota 1": 0.005,
    "status 409 busy": 0.01,
    "slow 0.4": 0.03,
}


@dataclass(frozen=True)
class Ask:
    """One command: `parcels` as (number, positions of the lines), of a shipment. `after`: of another ask.

    `verb` is one of the outbox's kinds; a cancellation is of the whole order, a gesture of ten cents. `by_site`: a form
    is posted to the site; else it is put from here.
    """

    token: str
    number: str
    verb: str
    parcels: tuple[tuple[str, tuple[int, ...]], ...] = ()
    after: str = ""

    @property
    def by_site(self) -> bool:
        return self.verb == "invoice" or (self.verb != "refuse" and int(self.token[1:]) % 4 == 0)


@dataclass
class Plan:
    orders: list[dict[str, Any]] = field(default_factory=list)  # arguments of the sandbox's `place`
    asks: list[Ask] = field(default_factory=list)
    elsewhere: list[dict[str, Any]] = field(default_factory=list)  # what another program does before we send
    faults: list[dict[str, str]] = field(default_factory=list)


def plan(seed: int, commands: int) -> Plan:
    """A quarter acceptances, a third whole shipments, a fifth shipments in parts; the rest are cancellations (every
    third of what was shipped), gestures, invoices and refusals."""
    rng = random.Random(f"chaos {seed}")
    made = Plan()
    parts = commands // 10
    whole = commands // 3
    requests = commands // 12
    few = commands // 25
    for at in range(commands - whole - 2 * parts - 2 * requests - 2 * few):
        _order(made, f"ACC{at:05}", status="WaitingAcceptance")
        made.asks.append(Ask(f"a{at}", f"ACC{at:05}", "accept"))
    for at in range(whole):
        number = f"SHP{at:05}"
        _order(made, number, lines=rng.choice((1, 1, 2)))
        made.asks.append(Ask(f"s{at}", number, "ship", ((f"6A{at:011}", ()),)))
        if at % 50 == 7:  # the same parcel, told by another program: adopted
            made.elsewhere.append({"act": "ship", "order": number, "parcel": f"6A{at:011}", "carrier": "Colissimo"})
        elif at % 50 == 23:  # another parcel: ours is refused
            made.elsewhere.append({"act": "ship", "order": number})
    for at in range(parts):
        number = f"PRT{at:05}"
        _order(made, number, lines=4, channel="ZZLINE")
        made.asks.append(Ask(f"p{at}", number, "ship", ((f"6B{at:011}", (0,)),)))
        rest = ((f"6C{at:011}", (1, 2)), (f"6D{at:011}", (2, 3)))
        made.asks.append(Ask(f"q{at}", number, "ship", rest, after=f"p{at}"))
    for at in range(requests):
        if at % 3:
            _order(made, f"CAN{at:05}", lines=rng.choice((1, 2)))
        else:  # what was shipped is paid back
            _order(made, f"CAN{at:05}", status="Shipped", lines=[{"price": 1.0, "quantity": 1}])
        made.asks.append(Ask(f"c{at}", f"CAN{at:05}", "cancel"))
        _order(made, f"GES{at:05}", status="Shipped", lines=[{"price": 90.0, "quantity": 1}])
        made.asks.append(Ask(f"g{at}", f"GES{at:05}", "gesture"))
    for at in range(few):
        _order(made, f"INV{at:05}", status="Shipped")
        made.asks.append(Ask(f"i{at}", f"INV{at:05}", "invoice"))
        _order(made, f"REF{at:05}", status="WaitingAcceptance")
        made.asks.append(Ask(f"r{at}", f"REF{at:05}", "refuse"))
    rng.shuffle(made.asks)
    made.faults = faults(rng, commands * 4)
    return made


def faults(rng: random.Random, sends: int) -> list[dict[str, str]]:
    """One entry for each send, "" for those that pass."""
    kinds = ["", *FAULTS]
    shares = [1 - sum(FAULTS.values()), *FAULTS.values()]
    drawn = rng.choices(kinds, shares, k=sends)
    return [{"fault": fault, "method": "POST", "path": "/v2/order"} for fault in drawn]


def _order(made: Plan, number: str, **wish: Any) -> None:
    made.orders.append({"number": number, **wish})
