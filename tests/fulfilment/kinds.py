"""One command of each kind on an order of its own, due at once: for tables over kinds."""

import itertools
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from fulfilment import invoices
from fulfilment.models import Command, CommandEvent
from fulfilment.outbox import sweep
from fulfilment.verbs import approval, gesture, invoice
from octopia.contract.vocabulary import Verb
from tests import make
from tests.fulfilment import asking
from tests.fulfilment.asking import parcel
from tests.fulfilment.conftest import due_now

_tokens = itertools.count(1)
# What is asked, and where it is sent; "part" is one line of three.
KINDS = ("accept", "refuse", "ship", "part", "cancel", "refund", "gesture", "invoice")
PATHS = {
    "accept": "/approval-status", "refuse": "/approval-status", "ship": "/shipments", "part": "/shipments",
    "cancel": "/order-cancellation-requests", "refund": "/order-cancellation-requests",
    "gesture": "/order-commercial-gesture-requests", "invoice": "/invoice-documents",
}  # fmt: skip
MONEY = ("refund", "gesture")


def asked(kind, place, number="SCID1", **more):
    if kind in ("accept", "refuse"):
        order = place(number, status="WaitingAcceptance")
        command = approval.ask(
            order, Verb(kind), by=make.user("manager"), seen=order.version, form_token=f"kind-{next(_tokens)}", **more
        )
    elif kind in ("ship", "part"):
        order = place(number, lines=3, channel="ZZLINE") if kind == "part" else place(number)
        codes = [line.code for line in order.lines.all()]
        command = asking.ship(order, [parcel(f"6A{next(_tokens):011}", codes[:1] if kind == "part" else codes)], **more)
    elif kind == "cancel":
        command = asking.cancel(place(number), refund=False, **more)
    elif kind == "refund":
        command = asking.cancel(place(number, status="Shipped"), refund=False, by=make.user("administrator"), **more)
    elif kind == "invoice":
        order = place(number, status="Shipped")
        file = invoices.checked(f"{number}.pdf", b"%PDF-1.7 invoice")
        command = invoice.ask(
            order, file, by=make.user("support"), seen=order.version, form_token=f"kind-{next(_tokens)}", **more
        )
    else:
        order = place(number, status="Shipped", lines=[{"price": 90.0, "quantity": 1}])
        command = gesture.ask(
            order, reason="MissingProduct", details="", amount=Decimal("1.00"), by=make.user("administrator"),
            seen=order.version, form_token=f"kind-{next(_tokens)}", **more,
        )  # fmt: skip
    Command.objects.filter(pk=command.pk).update(state="READY", held=False)  # approved, and its hold is over
    due_now(command)
    command.refresh_from_db()
    return command


def fault(market, words, kind="ship", times=1):
    """The next sends of this kind go wrong in this way."""
    market.faults = [{"fault": words, "method": "POST", "path": PATHS[kind]}] * times


def done(command):
    """The command after whatever is due about it, once."""
    due_now(command)
    sweep.act(str(command.pk))
    command.refresh_from_db()
    return command


def words(command):
    return list(CommandEvent.objects.filter(command=command).values_list("what", flat=True))


def passing(time_machine, now, seconds, act=sweep.act):
    """Our clock stands at so many seconds after `now`; everything due is done."""
    time_machine.move_to(now + timedelta(seconds=seconds), tick=False)
    sweep.mend(timezone.now())
    for name in sweep.due(timezone.now()):
        act(name)
