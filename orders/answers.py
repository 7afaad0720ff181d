"""What support may tell the customer, ready to paste: in the customer's language, and nothing that is not known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from backoffice import shop, typography
from orders.models import Order
from orders.sheet import ParcelShown, Sheet

FRENCH = frozenset({"FR", "BE", "LU", "MC", "CH"})  # countries whose customers are written to in French
BEFORE = frozenset({"Processing", "WaitingAcceptance", "Accepted"})
ENDED = frozenset({"Cancelled", "Refused", "Rejected"})


@dataclass(frozen=True)
class Answer:
    """The text, and the language that it is in."""

    language: str
    text: str


def answer(sheet: Sheet) -> Answer | None:
    """The answer to "where is my parcel?"; None for a status that nobody knows."""
    language = _language(sheet)
    with translation.override(language):
        said = list(_sentences(sheet, timezone.now()))
    text = " ".join(said).replace("\N{NO-BREAK SPACE}", " ")  # pasted elsewhere it would cling to an address
    return Answer(language, text) if said else None


def _language(sheet: Sheet) -> str:
    """French where the order goes to a country that speaks it, or else where the channel is of one; or else English."""
    countries = [place.address.country for place in sheet.places if place.address and place.address.country]
    country = countries[0] if countries else sheet.order.channel[-2:]
    return "fr" if country.upper() in FRENCH else "en"


def _sentences(sheet: Sheet, now: datetime) -> Iterator[str]:
    order = sheet.order
    named = {"number": order.channel_number or order.number}
    if order.status == "Delivered":
        yield _("Your order %(number)s was delivered.") % named
    elif order.status == "Shipped" and order.shipped_at:
        yield _("Your order %(number)s was shipped on %(day)s.") % {**named, "day": _day(order.shipped_at)}
    elif order.status == "Shipped":
        yield _("Your order %(number)s was shipped.") % named
    elif order.status == "InPreparation":
        yield from _preparing(order, named, now)
    elif order.status in BEFORE:
        yield _("Your order %(number)s was received and is being confirmed.") % named
    elif order.status in ENDED:
        yield _("Your order %(number)s was cancelled.") % named
    else:
        return
    yield from _parcels(sheet.parcels)


def _preparing(order: Order, named: dict[str, str], now: datetime) -> Iterator[str]:
    if order.partly_shipped:
        yield _("A part of your order %(number)s was shipped; the rest is being prepared.") % named
    else:
        yield _("Your order %(number)s is being prepared.") % named
    if order.deadline is None:
        return
    day = {"day": _day(order.deadline)}
    if order.partly_shipped and order.deadline < now:
        yield _("The rest was to be shipped by %(day)s and is late.") % day
    elif order.partly_shipped:
        yield _("The rest is to be shipped by %(day)s.") % day
    elif order.deadline < now:
        yield _("It was to be shipped by %(day)s and is late.") % day
    else:
        yield _("It is to be shipped by %(day)s.") % day


def _parcels(parcels: Sequence[ParcelShown]) -> Iterator[str]:
    for parcel in parcels:
        named = {"number": parcel.number, "carrier": parcel.carrier}
        yield (_("Parcel %(number)s, %(carrier)s.") if parcel.carrier else _("Parcel %(number)s.")) % named
        if parcel.url:
            yield _("Follow it here: %(url)s") % {"url": parcel.url}


def _day(moment: datetime) -> str:
    day = shop.day_of(moment)
    return typography.days(day, day)
