"""A scan that is no item: the carrier's label, which closes a parcel, or something that should not be here at all."""

from django.utils.translation import gettext as _

from fulfilment import carriers, warehouse
from fulfilment.carriers import plain
from fulfilment.models import Packed
from fulfilment.outbox.refusals import Occupied, Refused, Stale
from fulfilment.station import codes, stock
from fulfilment.station.desk import Desk
from fulfilment.station.work import Label
from fulfilment.verbs import shipment


def scanned(desk: Desk, text: str, token: str) -> None:
    """Take the label; stop the line at whatever is none, or comes too early."""
    number = carriers.tidy(text)
    likely = carriers.recognise(number)
    title = stock.named(text, [desk.here.account_id])
    if title:
        return desk.stop(_("Wrong item"), f"{title} ({text})")
    if not likely:
        advice = "" if desk.open_lines else _("A label nobody knows is typed on the order's ship page.")
        return desk.stop(_("Unknown scan"), text, advice=advice)
    if desk.open_lines and not desk.may_close_parcel:
        seen = _("%(code)s, a label of %(carrier)s") % {"code": text, "carrier": likely[0]}
        return desk.stop(_("Items are missing"), seen)
    if (standing := desk.work.labels.get(str(desk.work.parcel))) is not None and standing.number != number:
        return desk.stop(_("This parcel has a label"), text, advice=another_parcel())
    if codes.is_trade_number(text) and number not in desk.work.sure:
        desk.work.sure.append(number)
        return desk.say("wrong", _("This may be a product's number. Scan the label once more."), text)
    sure = _sure(desk, number, likely)
    if sure:
        return _set(desk, number, sure, token)
    desk.work.choice, desk.work.carriers = number, _listed(desk, likely)
    if not desk.work.carriers:
        desk.work.choice = ""
        seen = _("%(carrier)s is not in the marketplace's list.") % {"carrier": likely[0]}
        return desk.stop(_("Unknown carrier"), seen)
    return desk.say("right", _("Whose label is it?"), number)


def another_parcel() -> str:
    return _("The cards “Parcel” begin another parcel, or take the label off the one that they name.")


def chosen(desk: Desk, carrier: str, token: str) -> None:
    """A person said whose label it is."""
    number = desk.work.choice
    if number and carrier in desk.work.carriers:
        _set(desk, number, carrier, token)


def _listed(desk: Desk, likely: tuple[str, ...]) -> list[str]:
    known = {plain(label): label for label in desk.labels}
    return [known[plain(name)] for name in likely if plain(name) in known]


def _sure(desk: Desk, number: str, likely: tuple[str, ...]) -> str:
    """The carrier when there is no doubt whose number it is: it looks like one's alone, or this person's of today."""
    if label := carriers.picked(number, desk.labels):
        return label
    among = _listed(desk, likely)
    if desk.last in among:
        return desk.last
    return among[0] if len(among) == 1 and len(likely) == 1 else ""


def _set(desk: Desk, number: str, carrier: str, token: str) -> None:
    work = desk.work
    work.labels[str(work.parcel)] = Label(number, carrier)
    work.choice, work.carriers = "", []
    desk.carrier = carrier
    desk.say("right", carrier.strip(), number)
    if desk.complete:
        declare(desk, token)


def declare(desk: Desk, token: str) -> None:
    """Everything is there: ask for it. It is on hold for a moment, and the bench is free for the next order."""
    declaration, work, order = desk.declaration(), desk.work, desk.here
    if troubles := declaration.troubles:
        if troubles[0].parcel:  # its label is the next that is scanned
            work.parcel = desk.places[troubles[0].parcel - 1]
            work.labels.pop(str(work.parcel), None)
        return desk.stop(_("It cannot be declared like this"), troubles[0].words)
    cautions = [caution for caution in declaration.warnings if caution.key not in work.sure]
    if cautions:
        place = desk.places[cautions[0].parcel - 1]
        work.parcel = place
        work.sure.append(cautions[0].key)
        label = work.labels.pop(str(place))
        more = _("Compare it, then scan the same label once more.")
        return desk.say("wrong", cautions[0].words, f"{label.number}. {more}")
    try:
        command = shipment.ask(order, declaration.payload, by=desk.user, seen=work.seen, form_token=token)
    except Refused as error:
        return desk.stop(_("It cannot be declared"), str(error.verdict.words), over=True)
    except (Occupied, Stale, warehouse.Held):
        standing = desk.interruption()
        return desk.stop(_("It cannot be declared"), standing.seen if standing else "", over=True)
    Packed.objects.create(account_id=order.account_id, command=command, counts=work.checked)
    desk.clear()
    desk.bench.last = command
    return desk.say("finished", _("%(number)s is packed. Scan the next slip.") % {"number": order.number})
