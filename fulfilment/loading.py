"""Loading the cart scan by scan: what each scan means, and what stops the line until a person has seen it.

How far somebody is stands in their session, as plain values; what is on the cart stands in `DockScan`.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.utils.translation import gettext as _

from backoffice import shop, typography
from backoffice.models import SellerAccount, User
from fulfilment import carriers, dock
from fulfilment.known_parcels import NUMBER
from fulfilment.models import DockScan
from fulfilment.station import codes, stock
from fulfilment.station.codes import Card
from fulfilment.station.work import Stop
from orders.sheet import found

KEPT = 50  # tokens of a session: more steps than a network can lose


class Told(msgspec.Struct, frozen=True):
    """What the last scan led to. `signal`: right, wrong, finished, or "" for none."""

    signal: str = ""
    tone: str = ""
    title: str = ""
    text: str = ""


class Loading(msgspec.Struct):
    turn: int = 0  # one more with each step
    told: Told = Told()
    stop: Stop | None = None
    last: int = 0  # the scan that the card "take back" takes off
    tokens: list[str] = []  # of the steps taken: none is taken twice

    @property
    def heard_at(self) -> str:
        """Which answer it is, as far as a sound goes with it."""
        return f"{self.turn}.{self.stop.key if self.stop else ''}"

    @property
    def signal(self) -> str:
        return "wrong" if self.stop else self.told.signal


def read(stored: object) -> Loading:
    """Kept by an older version in another form, it begins anew: what was scanned is not kept there."""
    try:
        return msgspec.convert(stored, Loading)
    except msgspec.ValidationError:
        return Loading()


def written(loading: Loading) -> dict[str, object]:
    return dict(msgspec.to_builtins(loading))


def take(
    loading: Loading, among: Sequence[SellerAccount], by: User, now: datetime, *, token: str, step: str = "scan",
    text: str = "", stop: str = "",
) -> None:  # fmt: skip
    """Take one step; a token that was seen changes nothing. `stop`: which stop stood on the screen."""
    if token in loading.tokens:
        return
    loading.tokens = [*loading.tokens, token][-KEPT:]
    loading.turn += 1
    loading.told = Told()
    text = codes.tidy(text)
    card = codes.card(text) if step == "scan" else None
    if step == "next" or card == (Card.NEXT, 0):
        _acknowledged(loading, stop)
    elif loading.stop is not None:
        loading.stop.ignored += step == "scan"
    elif card == (Card.BACK, 0):
        _taken_off(loading, among, now)
    elif card is not None:
        loading.told = Told("wrong", "warn", _("This card does nothing here"), _("Scan the label of a parcel."))
    elif text and among:
        _scanned(loading, among, by, now, text)


def _acknowledged(loading: Loading, stop: str) -> None:
    if loading.stop is None:
        loading.told = Told("right", "info", _("Nothing stands in the way"), _("Scan the label of a parcel."))
    elif stop == loading.stop.key:  # else it came up after the key was pressed
        loading.stop = None
        loading.told = Told("right")  # whoever shows a card hears that it was read


def _taken_off(loading: Loading, among: Sequence[SellerAccount], now: datetime) -> None:
    """The label that was scanned last is not on the cart."""
    mine = DockScan.objects.filter(account__in=among, pk=loading.last, day=shop.day_of(now))
    scan = mine.first()
    loading.last = 0
    if scan is None:
        loading.told = Told("wrong", "warn", _("There is nothing to take off"), _("Scan the label of a parcel."))
        return
    scan.delete()
    title = _("%(number)s is taken off the cart.") % {"number": scan.number}
    loading.told = Told("right", "info", title)


def _scanned(loading: Loading, among: Sequence[SellerAccount], by: User, now: datetime, text: str) -> None:
    number = carriers.tidy(text)[:NUMBER]
    known = dock.declarations(number, among, now)
    if not known and (seen := _no_label(text, number, among)):
        loading.stop = Stop(_("This is no label"), expected=_("the carrier's label of a parcel"), seen=seen)
        return
    scan, first = dock.scan(number, known, among, by, now)
    loading.last = scan.pk if first else 0
    if not known:
        likely = carriers.recognise(number)
        named = {"code": number, "carrier": likely[0] if likely else ""}
        loading.stop = Stop(
            _("%(number)s is not declared") % {"number": number},
            expected=_("the label of a declared parcel"),
            seen=_("%(code)s, a label of %(carrier)s") % named if likely else number,
            advice=_("Take it off the cart with the card “take back”, or declare it in the list."),
        )
        return
    loading.told = _told(next(iter(known.values())), scan, first, dock.cart(among, shop.day_of(now)).meets)


def _no_label(text: str, number: str, among: Sequence[SellerAccount]) -> str:
    """What was scanned, where it is anything but a carrier's label; "" where it may be one."""
    if codes.slip(text) is not None:
        return _("%(code)s, the slip of an order") % {"code": text}
    rows = found(text, among) if len(text) <= 64 else []
    if rows:
        return _("the slip or number of order %(number)s") % {"number": rows[0].number}
    title = stock.named(text, [account.pk for account in among])
    if title:
        return f"{title} ({text})"
    if codes.is_trade_number(text) and not carriers.recognise(number):
        return _("%(code)s, a product's number") % {"code": text}
    return ""


def _told(parcel: dock.Declared, scan: DockScan, first: bool, meets: bool) -> Told:
    words = {"carrier": parcel.carrier, "order": parcel.order}
    if not first:
        at = typography.clock(scan.at, shop.zone())
        return Told(
            "right",
            "info",
            _("%(number)s is on the cart already") % {"number": scan.number},
            _("Scanned at %(time)s. %(carrier)s, order %(order)s.") % {**words, "time": at},
        )
    return Told(
        "finished" if meets else "right",
        "ok",
        _("%(number)s is on the cart") % {"number": scan.number},
        _("%(carrier)s, order %(order)s.") % words,
    )
