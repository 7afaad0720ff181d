"""The warehouse's room: the queue by deadline, who packs what, what is kept back, products and slips."""

from fulfilment.warehouse.claims import Claimed, claim, claimed, ended_by, release, station, take_over
from fulfilment.warehouse.holds import (
    Held,
    answer,
    ask,
    held,
    hold,
    let_go,
    missed,
    question,
    questions,
    refuse_held,
    tomorrow,
)
from fulfilment.warehouse.queue import next_order

__all__ = [
    "Claimed",
    "Held",
    "answer",
    "ask",
    "claim",
    "claimed",
    "ended_by",
    "held",
    "hold",
    "let_go",
    "missed",
    "next_order",
    "question",
    "questions",
    "refuse_held",
    "release",
    "station",
    "take_over",
    "tomorrow",
]
