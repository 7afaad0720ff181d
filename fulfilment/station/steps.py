"""Each step of a pack station: a scan, a card, a key. It is decided here, in one transaction, and taken once."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import shop, typography
from backoffice.models import SellerAccount, User
from fulfilment import warehouse
from fulfilment.models import Bench, Problem
from fulfilment.outbox import asking
from fulfilment.outbox.refusals import NotNow
from fulfilment.station import codes, labels, stock, unknown
from fulfilment.station.codes import Card
from fulfilment.station.desk import Desk
from fulfilment.station.work import Said, Stop, Work, read, written
from orders.models import Order
from orders.sheet import found

ASKED = 20  # orders asked about that a station remembers
KEPT = 300  # tokens of a bench: more steps than a network can lose
IDLE = timedelta(days=3)
FOR_SUPPORT = (Problem.ADDRESS, Problem.OTHER)  # the next step is a question; of the others, to keep the order back


def bench_of(key: str) -> Bench:
    """The bench of a station, for reading; a new one is stored with its first step."""
    found = Bench.objects.filter(key=key).select_related("order__account", "last__account").first()
    return found or Bench(key=key)


def take(
    key: str, user: User, accounts: Sequence[SellerAccount], *, token: str, last: str = "", step: str = "scan",
    text: str = "", stop: str = "",
) -> Desk:  # fmt: skip
    """Take one step at the station `key`, and say where it led. A token that was seen changes nothing.

    `stop`: which stop, or which words to be read, stood on the screen: only what was read can be acknowledged.
    """
    with transaction.atomic():
        if Bench.objects.get_or_create(key=key)[1]:
            Bench.objects.filter(changed_at__lt=timezone.now() - IDLE).delete()
        locked = Bench.objects.select_for_update(of=("self",)).select_related("order__account", "last__account")
        desk = Desk(locked.get(key=key), user, accounts, last)
        if token in desk.bench.tokens:
            return desk
        desk.work.said = Said()
        _taken(desk, step, codes.tidy(text), token, stop)
        bench = desk.bench
        bench.tokens = [*bench.tokens, token][-KEPT:]
        bench.turn += 1
        bench.work = written(desk.work)
        bench.changed_at = timezone.now()
        bench.save()
    return desk


def _taken(desk: Desk, step: str, text: str, token: str, stop: str) -> None:
    card = codes.card(text) if step == "scan" else None
    if step == "next" or card == (Card.NEXT, 0):
        return _next(desk, stop)
    standing = desk.work.stop or desk.interruption()
    if standing is not None:
        standing.ignored += step == "scan"
        desk.work.stop = standing
        desk.work.said = Said("wrong")
        return None
    if step == "scan":
        return _card(desk, *card, token) if card else _scan(desk, text, token)
    return _step(desk, step, text, token)


def _step(desk: Desk, step: str, text: str, token: str) -> None:
    """What is no scan: a button, its key, or its card."""
    if step == "problem":
        return _problem(desk, text)
    if step in ("hold", "ask"):
        return _hold(desk, text, asks=step == "ask")
    if step == "carrier":
        return labels.chosen(desk, text, token)
    if step == "back":
        return _back(desk)
    return _now(desk) if step == "now" else None


def _card(desk: Desk, card: Card, number: int, token: str) -> None:
    if card is Card.PROBLEM:
        return _problem_card(desk, number, token)
    if card is Card.ANSWER:
        return _answer(desk, number, token)
    if card is Card.BACK:
        return _back(desk)
    return _parcel(desk, number)


def _scan(desk: Desk, text: str, token: str) -> None:
    if not text:
        return None
    if desk.order is None:
        return _open(desk, text)
    desk.work.problem = ""
    other = _order(desk, text)
    if other is not None and other.pk == desk.here.pk:
        return desk.say("right", _("This order is open already."))
    if other is not None:
        return desk.stop(_("Another order"), _seen_order(other))
    if desk.unread:
        return desk.say("wrong", _("Read how to pack it first, then scan again."))
    try:
        warehouse.claim(desk.here, desk.user, desk.bench.key)  # it begins anew with each scan
    except warehouse.Claimed as error:
        return desk.stop(
            _("Not this order"), _("%(who)s packs this order.") % {"who": error.holder.user_name}, over=True
        )
    matching = desk.matching(text)
    if matching and desk.counts_items:
        return _item(desk, text, token)
    if matching:
        line = matching[0].line
        return desk.say("right", _("The right item. Scan the label."), stock.called(line))
    return labels.scanned(desk, text, token)


def _seen_order(order: Order) -> str:
    return _("the slip or number of order %(number)s") % {"number": order.number}


# --- Orders


def _order(desk: Desk, text: str) -> Order | None:
    """The order of a slip, or of a number that one account in sight holds."""
    pk = codes.slip(text)
    if pk is not None:
        among = [account.pk for account in desk.accounts]
        return Order.objects.select_related("account").filter(pk=pk, account__in=among).first()
    rows = found(text, desk.accounts) if len(text) <= 64 else []
    return rows[0] if len(rows) == 1 else None


def _open(desk: Desk, text: str) -> None:
    order = _order(desk, text)
    return opened(desk, order) if order else unknown.stop(desk, text)


def opened(desk: Desk, order: Order) -> None:
    """The order is claimed and lies on the bench; what stands against it stops the line."""
    try:
        warehouse.claim(order, desk.user, desk.bench.key)
    except warehouse.Claimed as error:
        said = _("%(who)s packs this order.") % {"who": error.holder.user_name}
        return desk.stop(_("Not this order"), f"{order.number}. {said}", over=True)
    order = Order.objects.select_related("account").get(pk=order.pk)
    desk.lay(order)
    desk.opened = True
    desk.work = Work(seen=order.version, asked=desk.work.asked)
    if (standing := desk.interruption()) is not None:
        standing.title = _("Not this order")
        standing.seen = f"{order.number}. {standing.seen}"
        standing.advice = ""
        desk.work.stop = standing
        desk.work.said = Said("wrong")
        return None
    return desk.say("right", _("Order %(number)s is open.") % {"number": order.number})


def open_next(key: str, user: User, accounts: Sequence[SellerAccount], among: Sequence[int], token: str) -> bool:
    """The first order of these accounts' queue lies on the bench, or what lay there before; False: none is left."""
    bench = bench_of(key)
    if bench.order_id is not None or read(bench.work).stop is not None:
        return True
    order = warehouse.next_order(user, among, key)
    if order is None:
        return False
    take(key, user, accounts, token=token, text=codes.slip_code(order.pk))
    return True


def _next(desk: Desk, stop: str) -> None:
    """Acknowledge what stands in the way; or else the next order of the queue."""
    standing = desk.work.stop or desk.interruption()
    if standing is not None:
        desk.work.stop = standing
        if stop != standing.key:  # it came up after the key was pressed
            desk.work.said = Said("wrong")
            return None
        return _acknowledged(desk, standing)
    if desk.order is not None and desk.unread:
        if stop != desk.reading:
            return desk.say("wrong", _("Read how to pack it first, then scan again."))
        stock.acknowledge(desk.unread, desk.user)
        desk.work.read = True
        desk.work.notes = [note.digest for note in desk.notes]
        del desk.unread
        return desk.say("right", _("Read."))
    if desk.order is not None and desk.work.problem:
        desk.work.problem = ""
        return desk.say("right", "")
    if desk.order is not None:
        return desk.say("wrong", _("Finish this order first, or put it back with the card “take back”."))
    order = warehouse.next_order(desk.user, [account.pk for account in desk.accounts], desk.bench.key)
    if order is None:
        return desk.say("right", _("Nothing is left to pack."))
    return opened(desk, order)


def _acknowledged(desk: Desk, standing: Stop) -> None:
    desk.work.stop = None
    desk.work.said = Said("right")  # whoever shows a card hears that it was read
    if standing.over:
        if desk.order is not None:
            warehouse.release(desk.here, desk.user, desk.bench.key)
        desk.clear()
        return
    if desk.order is not None and desk.here.version != desk.work.seen:
        kept = {packable.code for packable in desk.packing.able}
        desk.work.seen = desk.here.version
        desk.work.checked = {code: count for code, count in desk.work.checked.items() if code in kept}
        desk.work.inside = {code: place for code, place in desk.work.inside.items() if code in kept}
        desk.work.labels = {}
        desk.work.choice, desk.work.sure = "", []


def _back(desk: Desk) -> None:
    """Put the order back; without one, take back the last declaration while it waits."""
    if desk.order is not None:
        number = desk.here.number
        warehouse.release(desk.here, desk.user, desk.bench.key)
        desk.clear()
        return desk.say("right", _("%(number)s is back in the queue. Nothing was declared.") % {"number": number})
    command = desk.bench.last
    if command is None:
        return desk.say("wrong", _("There is nothing to take back."))
    try:
        asking.withdraw(command, desk.user)
    except NotNow as error:
        return desk.say("wrong", str(error))
    desk.bench.last = None
    opened(desk, command.order)
    if desk.work.stop is None:
        words = _("Taken back: nothing was sent. Pack %(number)s again.") % {"number": command.subject}
        desk.say("right", words)
    return None


def _now(desk: Desk) -> None:
    command = desk.bench.last
    if command is None:
        return None
    try:
        asking.send_now(command, desk.user)
    except NotNow as error:
        return desk.say("wrong", str(error))
    return desk.say("right", _("%(number)s is being sent.") % {"number": command.subject})


# --- Items and parcels


def _item(desk: Desk, text: str, token: str) -> None:
    packable = desk.matching(text)[0]
    if desk.missing(packable) <= 0:
        seen = _("%(title)s, of which all %(count)s are in already") % {
            "title": stock.called(packable.line),
            "count": sum(each.line.quantity for each in desk.matching(text)),
        }
        return desk.stop(_("One too many"), seen)
    work, code = desk.work, packable.code
    if str(work.inside.get(code, work.parcel)) in work.labels:
        seen = stock.called(packable.line)
        return desk.stop(_("This parcel has a label"), seen, advice=labels.another_parcel())
    if desk.packing.mixes([code, *desk.inside(work.inside.get(code, work.parcel))]):
        advice = _("It belongs into a parcel of its own: the cards “Parcel” begin one.")
        return desk.stop(_("Another address"), stock.called(packable.line), advice=advice)
    work.checked[code] = work.checked.get(code, 0) + 1
    work.inside.setdefault(code, work.parcel)
    told = {"count": work.checked[code], "all": packable.line.quantity}
    desk.say("right", _("%(count)s of %(all)s") % told, stock.called(packable.line))
    if desk.complete:
        labels.declare(desk, token)
    return None


def _parcel(desk: Desk, number: int) -> None:
    if desk.order is None:
        return desk.say("wrong", _("Open an order first."))
    room = desk.packing.room
    if number > 1 and not desk.packing.several.offered:
        return desk.say("wrong", desk.packing.several.words)
    if not 1 <= number <= min(room, desk.places[-1] + 1):
        words = ngettext("There is only parcel 1.", "There are only the parcels 1 to %(count)s.", len(desk.places))
        return desk.say("wrong", words % {"count": len(desk.places)})
    desk.work.parcel = number
    desk.work.labels.pop(str(number), None)  # a parcel that is opened again gets its label again
    return desk.say("right", _("Parcel %(number)s") % {"number": number})


# --- Problems


def _problem(desk: Desk, which: str) -> None:
    if desk.order is None:
        return desk.say("wrong", _("Open an order first."))
    desk.work.problem = which if which in Problem else "ask"
    return desk.say("right", "")


def answers(work: Work) -> list[tuple[str, str]]:
    """What answers the question on the screen, in the sequence of its numbers: the step of each, and its text."""
    if work.problem in Problem:
        return [(step, "") for step in (("ask", "hold") if work.problem in FOR_SUPPORT else ("hold", "ask"))]
    if work.problem:
        return [("problem", which) for which in Problem.values]
    return [("carrier", label) for label in work.carriers[:9]]


def _answer(desk: Desk, number: int, token: str) -> None:
    """The card with the number that stands beside an answer."""
    offered = answers(desk.work) if desk.order is not None else []
    if not offered:
        return desk.say("wrong", _("Nothing is asked."))
    if not 1 <= number <= len(offered):
        return desk.say("wrong", _("There is no answer %(number)s.") % {"number": number})
    return _step(desk, *offered[number - 1], token)


def _problem_card(desk: Desk, number: int, token: str) -> None:
    """The card of one problem says which; once more, it goes the step that this problem leads to."""
    which = Problem.values[number - 1] if 1 <= number <= len(Problem) else ""
    if desk.order is not None and which and desk.work.problem == which:
        return _answer(desk, 1, token)
    return _problem(desk, which)


def _hold(desk: Desk, words: str, *, asks: bool) -> None:
    """Keep the order back, with what is the matter with it: until the morning, or until support has answered."""
    if desk.order is None or desk.work.problem not in Problem:
        return None
    problem, now = Problem(desk.work.problem), timezone.now()
    if not words and problem is Problem.MISSING and desk.work.checked:
        words = ", ".join(desk.still_missing)  # the rest was scanned: whoever looks into it need not ask which
    try:
        if asks:
            kept = warehouse.ask(desk.here, desk.user, reason=words, problem=problem)
            desk.work.asked = [*(pk for pk in desk.work.asked if pk != desk.here.pk), desk.here.pk][-ASKED:]
            said = _("Support is asked, and %(number)s is kept back until the answer: %(reason)s")
        else:
            kept = warehouse.hold(desk.here, desk.user, reason=words, until=warehouse.tomorrow(now), problem=problem)
            said = _("%(number)s is kept back until %(time)s: %(reason)s")
    except NotNow as error:  # declared elsewhere in this moment
        return desk.say("wrong", str(error))
    told = {"number": desk.here.number, "time": typography.exact(kept.until, shop.zone(), now), "reason": kept.why}
    desk.clear()
    return desk.say("right", said % told)
