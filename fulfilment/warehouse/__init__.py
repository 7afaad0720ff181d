"""The warehouse's room: the queue by deadline, who packs what, what is kept back, products and slips."""

from fulfilment.warehouse.claims import Claimed, claim, claimed, ended_by, release, station, take_over
from fulfilment.warehouse.holds import Held, held, hold, let_go, refuse_held
from fulfilment.warehouse.queue import next_order

__all__ = [
    "Claimed",
    "Held",
    "claim",
    "claimed",
    "ended_by",
    "held",
    "hold",
    "let_go",
    "next_order",
    "refuse_held",
    "release",
    "station",
    "take_over",
]
