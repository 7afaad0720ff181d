"""The tables of the mirror, one file a subject."""

from orders.models.abilities import ChannelAbility, Origin, Prediction
from orders.models.base import Owned, Scoped, money
from orders.models.documents import Address, Line, Order, OrderExtra, Parcel
from orders.models.indexes import DayRollup, SearchRow, ShippedRollup, SkuRollup, Word
from orders.models.lists import Carrier, Channel, Indicator, Reason
from orders.models.notes import Note
from orders.models.requests import BY_US, CancellationRequest, GestureRequest
from orders.models.walks import Change, Comparison, Cursor, Quarantine, Reading

__all__ = [
    "BY_US",
    "Address",
    "CancellationRequest",
    "Carrier",
    "Change",
    "Channel",
    "ChannelAbility",
    "Comparison",
    "Cursor",
    "DayRollup",
    "GestureRequest",
    "Indicator",
    "Line",
    "Note",
    "Order",
    "OrderExtra",
    "Origin",
    "Owned",
    "Parcel",
    "Prediction",
    "Quarantine",
    "Reading",
    "Reason",
    "Scoped",
    "SearchRow",
    "ShippedRollup",
    "SkuRollup",
    "Word",
    "money",
]
