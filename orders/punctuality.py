"""When an order was shipped and whether in time, as it is counted: by the shop's day, and only where we know. Pure.

An order is counted as shipped once it is gone (or was, before it was cancelled), has a line that we ship ourselves,
and its shipping time is known. Its deadline is the earliest of those lines that stand.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from orders.rows import GONE, LINE_AT, LOST, SELLER, Document

HOUR = timedelta(hours=1)
LONGEST = 9_999  # hours: more is as much
COUNTED = GONE | LOST

_status, _mode, _due = (LINE_AT[name] for name in ("status", "supply_mode", "ship_by"))


class Shipping(NamedTuple):
    """The shop's day of shipping, whether the deadline was met (None: none is known), and hours since the order."""

    day: date | None = None
    on_time: bool | None = None
    hours: int | None = None


NOT_YET = Shipping()


def shipping(document: Document, shipped_at: datetime | None, zone: ZoneInfo) -> Shipping:
    """How this order is counted."""
    if shipped_at is None or not document["ours"] or document["status"] not in COUNTED:
        return NOT_YET
    due = deadline(document)
    hours = max((shipped_at - document["placed_at"]) // HOUR, 0)
    return Shipping(
        day=shipped_at.astimezone(zone).date(),
        on_time=None if due is None else shipped_at <= due,
        hours=min(hours, LONGEST),
    )


def deadline(document: Document) -> datetime | None:
    """Until when the lines that we ship had to leave, without those that were cancelled where others stand."""
    ours = [row for row in document.lines.values() if row[_mode] == SELLER]
    standing = [row for row in ours if row[_status] not in LOST]
    for rows in (standing, ours):
        dues: list[datetime] = [due for row in rows if (due := row[_due] or document["ship_by"])]
        if dues:
            return min(dues)
    return None


def untimed(document: Document, counted: Shipping) -> bool:
    """Did we ship it at a time that nobody knows? Then punctuality leaves it out, and says so."""
    return bool(document["ours"]) and document["status"] in GONE and counted.day is None
