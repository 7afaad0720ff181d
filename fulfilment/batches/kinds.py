"""What can be asked of many orders at once, and how each verb judges and asks for one of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.models import User
from fulfilment import carriers, invoices
from fulfilment.batches import words
from fulfilment.batches.tokens import of_item
from fulfilment.known_parcels import homes_of, uses
from fulfilment.models import BatchItem, Command
from fulfilment.verbs import approval, invoice, shipment
from fulfilment.verbs.shipment import ParcelAsked
from octopia.contract.vocabulary import Status, Verb
from orders import ports
from orders.lifecycle import Case, Verdict
from orders.models import Order


class Unready(Exception):
    """What the order's request needs is not here; the text is a word of `words.TROUBLES`."""


@dataclass(frozen=True)
class Judged:
    """What a kind says of one order. `why`: a word of `words.WHY` that rules it out, whatever the marketplace says.

    `lines`: the codes of the lines that would be named; none: the whole order.
    """

    verdict: Verdict
    why: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """One verb for many orders. `judge` looks at one, `ask` puts its command and raises what `put` does.

    `parcels`: each order needs a tracking number before it can be asked for. `listed`: it can be asked of orders that
    were ticked in a list; what needs a file is not.
    """

    verb: Verb
    label: Promise
    key: str
    judge: Callable[[Case], Judged]
    ask: Callable[[BatchItem, User], Command]
    parcels: bool = False
    listed: bool = True
    decides: bool = False  # whether to take an order at all: repeats of one customer are worth a look

    @property
    def right(self) -> str:
        return f"fulfilment.{self.verb}"


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    KINDS[kind.verb] = kind


def bar(user: User) -> Iterable[ports.Bulk]:
    """The buttons below the orders list."""
    url = reverse("fulfilment:batches")
    return [
        ports.Bulk(str(kind.verb), str(kind.label), kind.key, url)
        for kind in KINDS.values()
        if kind.listed and user.has_perm(kind.right)
    ]


def _judge_acceptance(case: Case) -> Judged:
    return Judged(case.verdict(Verb.ACCEPT))


def _accept(item: BatchItem, by: User) -> Command:
    return approval.ask(
        item.order, Verb.ACCEPT, by=by, seen=item.order_version, form_token=of_item(item), batch=item.batch
    )


def _judge_shipment(case: Case) -> Judged:
    """One parcel that carries every line that can be shipped."""
    able = [line for line in case.lines if case.judge(line, Verb.SHIP).offered]
    if not able:
        return Judged(case.verdict(Verb.SHIP))
    codes = tuple(line.code for line in able)
    verdict = case.shipment([codes])
    why = ""
    if verdict.offered and any(line.status == Status.CANCEL_REQUEST for line in able):
        why = words.ASKED_BACK  # whether it goes along is for a person to say
    elif verdict.offered and len({line.address_id for line in able}) > 1:
        why = words.ADDRESSES
    return Judged(verdict, why, codes)


def _ship(item: BatchItem, by: User) -> Command:
    """The parcels that a file named, or else one with the carrier of the whole batch."""
    parcels = item.payload.get("parcels")
    if not parcels:
        number, carrier = item.payload["number"], item.batch.options["carrier"]
        page = carriers.tracking_page(carrier, number)
        parcels = [ParcelAsked(number=number, carrier=carrier, url=page, lines=item.payload["lines"])]
    _refuse_used(item.order, parcels, by)
    return shipment.ask(item.order, parcels, by=by, seen=item.order_version, form_token=of_item(item), batch=item.batch)


def _refuse_used(order: Order, parcels: Iterable[ParcelAsked], by: User) -> None:
    """Between the preview and this order's turn minutes pass, in which a packer may have used one of the numbers; the
    accounts looked at are those of the preview."""
    known = uses((parcel["number"] for parcel in parcels), order, list(by.scope().only("pk")))
    if known:
        homes = homes_of({order.pk}).get(order.pk, frozenset())
        if not all(use.same_home(homes) for use in known):
            raise Unready(words.USED)


def _judge_invoice(case: Case) -> Judged:
    return Judged(case.verdict(Verb.INVOICE))


def _attach(item: BatchItem, by: User) -> Command:
    content = invoices.content(item.payload["sha256"])
    if content is None:
        raise Unready(words.NO_FILE)
    file = invoices.File(item.payload["name"], content)
    return invoice.ask(item.order, file, by=by, seen=item.order_version, form_token=of_item(item), batch=item.batch)


register(Kind(Verb.ACCEPT, _("Accept"), "a", _judge_acceptance, _accept, decides=True))
register(Kind(Verb.SHIP, _("Ship"), "s", _judge_shipment, _ship, parcels=True))
register(Kind(Verb.INVOICE, _("Attach invoices"), "", _judge_invoice, _attach, listed=False))
