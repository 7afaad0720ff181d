"""A shop with a past for the tests of the figures: orders on both sides of many midnights, shipped, late, cancelled."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from backoffice.models import SellerAccount, User
from fulfilment.models import Command, State
from octopia import schema
from orders import mirror, models, requests
from tests import make

HOUR = timedelta(hours=1)
KINDS = ("in time", "late", "undue", "first seen shipped", "to ship", "to approve", "cancelled", "refused", "refunded")


def past(account: SellerAccount, until: datetime, orders: int = 45, apart: timedelta = 5 * HOUR) -> None:
    """So many orders, `apart` from each other, the newest placed just before `until`; and what was asked of them."""
    first, then = [], []
    cancellations, gestures = [], []
    for turn in range(orders):
        placed = until - turn * apart - timedelta(minutes=7 * (turn % 9))
        kind = KINDS[turn % len(KINDS)]
        number = f"SCID{turn:04d}"
        before, after = story(number, turn, kind, placed)
        first.append(before)
        then += [after] if after else []
        if kind in ("cancelled", "refunded"):
            cancellations.append(cancellation(number, turn, placed + 9 * HOUR))
        if turn % 4 == 0:
            gestures.append(gesture(number, turn, placed + 11 * HOUR))
    mirror.store(account, first, source="backfill")
    mirror.store(account, then, source="live")
    requests.store_cancellations(account, cancellations)
    requests.store_gestures(account, gestures)
    day = until - 400 * timedelta(days=1)
    models.Cursor.objects.create(account=account, name="backfill", position=day, last_success=until)
    models.Cursor.objects.create(account=account, name="live", complete_until=until, last_success=until)


def declared(account: SellerAccount, by: User) -> None:
    """Every order that was shipped was declared here, at that moment."""
    Command.objects.bulk_create(
        Command(
            account=account, order=order, subject=order.number, kind="ship", state=State.CONFIRMED, order_version=1,
            fingerprint=order.number, form_token=order.number, author=by, taken_at=order.shipped_at,
            ended_at=order.shipped_at,
        )
        for order in models.Order.objects.filter(account=account, shipped_at__isnull=False)
    )  # fmt: skip


def story(number: str, turn: int, kind: str, placed: datetime) -> tuple[schema.Order, schema.Order | None]:
    """The order as first read, and as it became."""
    due = None if kind == "undue" else placed + 30 * HOUR
    members: dict[str, Any] = {
        "channel": ("CDISFR", "CONFFR")[turn % 2],
        "channel_name": ("Cdiscount", "Conforama")[turn % 2],
        "currency": "PLN" if turn % 5 == 0 else "EUR",
        "selling_total": Decimal("50.10") + turn,
        "created_at": placed,
        "purchased_at": None if turn % 3 == 0 else placed - timedelta(minutes=31),
        "ship_by": due,
        "service_fees": (schema.ServiceFee(label="card", amount=Decimal("1.49")),) if turn % 2 else (),
    }
    status = {"to approve": "WaitingAcceptance", "first seen shipped": "Shipped"}.get(kind, "InPreparation")
    before = make.reading(number, status=status, lines=_lines(turn, status, due), **members)
    became = {
        "in time": ("Shipped", 20), "late": ("Shipped", 33), "undue": ("Delivered", 15), "cancelled": ("Cancelled", 5),
        "refused": ("Refused", 5), "refunded": ("Shipped", 26),
    }.get(kind)  # fmt: skip
    if became is None:
        return before, None
    status, hours = became
    if kind == "undue":  # first seen as shipped, then as delivered
        status = "Shipped"
    after = make.later(before, status=status, lines=_lines(turn, status, due), changed_at=placed + hours * HOUR)
    return before, after


def _lines(turn: int, status: str, due: datetime | None) -> tuple[schema.Line, ...]:
    told = None if turn % 3 == 1 else Decimal("4.20")
    return (
        make.line("A", status=status, ship_by=due, commission_without_vat=told),
        make.line("B", status="Cancelled" if turn % 7 == 0 else status, ship_by=due and due + HOUR, sku="MUG"),
    )


def cancellation(number: str, turn: int, at: datetime) -> schema.CancellationRequest:
    return schema.CancellationRequest(
        id=f"C{turn}", order=number, status="Rejected" if turn % 5 == 4 else "Done", asked_by="Seller",
        lines=(
            schema.CancelledLine(code="A", offer_id="O", reason="missing-product"),
            schema.CancelledLine(code="B", offer_id="O", reason=("missing-product", "reference-mistake")[turn % 2]),
        ),
        created_at=at,
    )  # fmt: skip


def gesture(number: str, turn: int, at: datetime) -> schema.GestureRequest:
    return schema.GestureRequest(
        id=f"G{turn}", order=number, channel=("CDISFR", "CONFFR")[turn % 2], reason=("delay", "damage")[turn % 3 // 2],
        amount=Decimal("2.50") + turn, currency="PLN" if turn % 5 == 0 else "EUR",
        status="Rejected" if turn % 16 == 8 else "Done", created_at=at,
    )  # fmt: skip
