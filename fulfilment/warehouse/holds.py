"""Orders that a person keeps back, with a reason and until when. A hold ends by itself; nothing of it is sent."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import shop, typography, wording
from backoffice.models import User
from fulfilment.models import Claim, Command, Hold, Problem, State
from fulfilment.models.warehouse import REASON
from fulfilment.outbox.refusals import NotNow
from fulfilment.warehouse.claims import lock
from fulfilment.warehouse.queue import under_way
from octopia.contract.vocabulary import Verb
from orders import notes
from orders.models import Note, Order
from orders.queries import OPEN

ASKED = timedelta(days=31)  # the longest that an order waits for support's answer
MORNING = time(8)  # by the shop's clock: no zone changes its clocks at that hour


class Held(NotNow):
    """The order is kept back: `hold`, whose words are the message's."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(words(hold))
        self.hold = hold


class Declared(NotNow):
    """Its shipment is asked for: an order that may leave any moment is not kept back."""


def declared(order: Order) -> str:
    """Why the order cannot be kept back: its shipment is asked for; "" where it is not."""
    asked = Command.objects.filter(under_way(), order=order, kind=Verb.SHIP).first()
    if asked is None:
        return ""
    told = {
        "who": asked.author_name or _("the program"),
        "state": wording.word(asked.state, "request").label,
    }
    if asked.state == State.READY:
        said = _("Its shipment was asked for by %(who)s and has not left yet: take it back first.")
    else:
        said = _("Its shipment was asked for by %(who)s: %(state)s. While that is open the order cannot be kept back.")
    return said % told


def held(order: Order) -> Hold | None:
    """The hold that stands on this order now."""
    return Hold.objects.filter(order=order, ended_at=None, until__gt=timezone.now()).first()


def kept_back(orders: Iterable[int]) -> set[int]:
    """Those of these orders that are kept back now."""
    standing = Hold.objects.filter(order__in=list(orders), ended_at=None, until__gt=timezone.now())
    return set(standing.values_list("order", flat=True))


def refuse_held(order: Order) -> None:
    """Raise Held where the order is kept back."""
    if (standing := held(order)) is not None:
        raise Held(standing)


def morning(day: date) -> datetime:
    """When an order that is kept back until the morning of this day of the shop is in the queue again."""
    return datetime.combine(day, MORNING, shop.zone())


def tomorrow(now: datetime) -> datetime:
    """The morning of the shop's next day."""
    return morning(shop.day_of(now) + timedelta(days=1))


def missed(order: Order, until: datetime) -> str:
    """That its deadline passes while the order is kept back until then, in words; "" where it does not."""
    now = timezone.now()
    if order.deadline is None or not now < order.deadline < until:
        return ""
    told = {name: typography.exact(at, shop.zone(), now) for name, at in (("until", until), ("time", order.deadline))}
    return _("Kept back until %(until)s it will be late: its deadline is %(time)s.") % told


def hold(
    order: Order, user: User, *, reason: str, until: datetime, problem: Problem | None = None, asks: bool = False
) -> Hold:
    """Keep the order back until then; a former hold is replaced, and nobody packs it any more. `reason`: in the
    person's own words, "" where the problem says it all; `asks`: support. Raises Declared."""
    now = timezone.now()
    with transaction.atomic():
        lock(order)
        if why_not := declared(order):
            raise Declared(why_not)
        Hold.objects.filter(order=order, ended_at=None).update(ended_at=now, ended_by_name=str(user))
        Claim.objects.filter(order=order, ended_at=None).update(ended_at=now)
        return Hold.objects.create(
            account_id=order.account_id,
            order=order,
            problem=problem or "",
            reason=reason[:REASON],
            until=until,
            asks=asks,
            at=now,
            by=user,
            by_name=str(user),
        )


def let_go(order: Order, user: User) -> bool:
    """End the hold before its time; whether there was one."""
    standing = Hold.objects.filter(order=order, ended_at=None)
    return bool(standing.update(ended_at=timezone.now(), ended_by_name=str(user)))


def ask(order: Order, user: User, *, reason: str, problem: Problem | None = None) -> Hold:
    """Keep the order back until support has answered. Raises Declared."""
    return hold(order, user, reason=reason, until=timezone.now() + ASKED, problem=problem, asks=True)


def question(order: Order) -> Hold | None:
    """What the pack station asks about this order, while nobody has answered it."""
    return Hold.objects.filter(order=order, asks=True, ended_at=None).first()


def questions(accounts: Sequence[int]) -> models.QuerySet[Hold]:
    """Everything that waits for support's answer, the oldest first; not of orders that have come to an end."""
    asked = Hold.objects.filter(account__in=accounts, asks=True, ended_at=None, order__status__in=OPEN)
    return asked.select_related("order").order_by("at")


def answer(order: Order, user: User, *, text: str, until: datetime | None) -> bool:
    """Whoever packs it next reads the answer; the order is in the queue again, or stays back until then. False where
    somebody was quicker, or the question has ended otherwise."""
    with transaction.atomic():
        lock(order)
        asked = Hold.objects.filter(order=order, asks=True, ended_at=None)
        if not asked.update(ended_at=timezone.now(), ended_by_name=str(user)):
            return False
        notes.write(order, Note.Kind.PACKER, text, user)
        if until is not None:
            hold(order, user, reason=text, until=until)
    return True


def words(hold: Hold) -> str:
    """Who keeps it back, until when and why, as one sentence."""
    if hold.asks:
        told = {"who": hold.by_name, "reason": hold.why}
        return _("Kept back until support answers %(who)s: %(reason)s") % told
    told = {
        "who": hold.by_name,
        "time": typography.exact(hold.until, shop.zone(), timezone.now()),
        "reason": hold.why,
    }
    return _("Kept back by %(who)s until %(time)s: %(reason)s") % told
