"""An order as it was known at a moment: rebuilt from its changes, so that pages and judges take it as one of today.

Without personal data, which is kept of no former version.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Any

from django.db.models import Field

from backoffice.models import User
from orders import lifecycle, mirror, rows, sheet, timeline
from orders.fields import Visible, sees
from orders.models import CancellationRequest, Line, Order, Owned
from orders.ports import Entry
from orders.sheet import LineShown, ParcelShown
from orders.sums import OrderSum, line_sum, order_sum


@dataclass(frozen=True)
class Past:
    """One order as it was known at `moment`, as one person sees it. `order` is a copy that nobody saves.

    `case`: all that judging it needs; the channel and the requests too are those that were known then.
    """

    moment: datetime
    known: mirror.Known
    order: Order
    seen: Visible
    case: lifecycle.Case
    parcels: list[ParcelShown]

    @property
    def status(self) -> str:
        """The word of the badge, as on the order's page."""
        partly = self.order.partly_shipped and self.order.status == "InPreparation"
        return "PartlyShipped" if partly else self.order.status

    @property
    def lines(self) -> list[LineShown]:
        return [LineShown(line, line_sum(line)) for line in self.case.lines]

    @property
    def sum(self) -> OrderSum | None:
        return order_sum(self.case.lines, self.order.fees) if self.seen.prices else None


def past(order: Order, user: User, moment: datetime) -> Past | None:
    """The order that `sheet.found` gave, as it was known at `moment`; None when it was not known yet. Three queries."""
    known = mirror.as_known_at(order, moment)
    if known is None:
        return None
    today = {line.code: line.position for line in order.lines.all()}
    codes = sorted(known.lines, key=lambda code: (today.get(code, len(today)), code))
    lines = [_line(order, position, code, known.lines[code]) for position, code in enumerate(codes)]
    then = _order(order, known, lines)
    links = {(row["number"], row["carrier"]): row["url"] for row in order.parcel_rows}  # type: ignore[attr-defined]
    return Past(
        moment=moment,
        known=known,
        order=then,
        seen=sees(user, order),
        case=lifecycle.Case(then, lines, sheet.abilities(order, moment), _history(order, moment)),
        parcels=[
            ParcelShown(
                parcel["number"],
                parcel["carrier"],
                sheet.safe_url(links.get((parcel["number"], parcel["carrier"]), "")),
                tuple(parcel["lines"]),
            )
            for parcel in known.parcels.values()
        ],
    )


def entries(order: Order, user: User, moment: datetime) -> list[Entry]:
    """What was in the timeline then. Of a request at the marketplace only its latest reading is kept: one that was
    there already is told without what became of it later."""
    found = []
    for entry in timeline.entries(order, user):
        if entry.known_at <= moment:
            found.append(entry)
        elif entry.kind == "decision" and entry.at <= moment:
            found.append(replace(entry, status="", said=(), tone="", read_at=None))
    return found


def _order(order: Order, known: mirror.Known, lines: list[Line]) -> Order:
    then = Order(**{field.attname: getattr(order, field.attname) for field in Order._meta.concrete_fields})
    then.account = order.account
    for name, value in known.fields.items():
        setattr(then, name, _value(Order, name, value))
    then.version, then.changed_at, then.synced_at = known.version, known.changed_at, known.synced_at
    then.placed_at = then.purchased_at or then.created_at
    then.deadline = rows.deadline(lines, then.ship_by)
    then.partly_shipped = rows.partly_shipped({line.status for line in lines})
    then.cancel_asked = any(line.status == rows.CANCEL_REQUEST for line in lines)
    then.item_count = sum(line.quantity for line in lines)
    return then


def _line(order: Order, position: int, code: str, fields: dict[str, Any]) -> Line:
    told = {name: _value(Line, name, value) for name, value in fields.items()}
    return Line(account_id=order.account_id, order=order, position=position, code=code, **told)


def _value(model: type[Owned], name: str, value: Any) -> Any:
    column: Field[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]
    return column.to_python(value)


def _history(order: Order, moment: datetime) -> lifecycle.History:
    """What had been asked about the lines by then; what was decided later counts as not decided yet."""
    history = lifecycle.History()
    asked = (_dated(request) for request in sheet.cancellations(order))
    return reduce(
        lifecycle.History.with_request,
        [_undecided(request, moment) for request in asked if request.created_at and request.created_at <= moment],
        history,
    )


def _dated(request: CancellationRequest) -> CancellationRequest:
    for name in ("created_at", "changed_at"):
        setattr(request, name, _value(CancellationRequest, name, getattr(request, name)))
    return request


def _undecided(request: CancellationRequest, moment: datetime) -> CancellationRequest:
    if request.changed_at and request.changed_at > moment:
        request.status = "InProgress"
        request.lines = [{**line, "status": ""} for line in request.lines]
    return request
