"""What stands on the screen of a pack station."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import shop, typography
from fulfilment import warehouse
from fulfilment.models import Command, Problem
from fulfilment.packing import Packable
from fulfilment.station import steps
from fulfilment.station.desk import Desk
from fulfilment.station.stock import Instruction
from fulfilment.station.work import Said, Stop, Work
from octopia.contract.vocabulary import Verb
from orders.fields import sees
from orders.models import Order
from orders.statistics import price
from orders.statistics.price import Price


@dataclass(frozen=True)
class LineShown:
    packable: Packable
    count: int
    parcel: int
    done: bool
    current: bool
    picture: str  # the name of our file


@dataclass(frozen=True)
class Answer:
    """A button with its number, which is its key and its card: what is posted as `step` and `text`."""

    key: str
    step: str
    text: str
    label: str


@dataclass(frozen=True)
class Screen:
    turn: int
    work: Work
    said: Said
    stop: Stop | None
    seen: str  # which stop, or which words to be read: what its acknowledgement names
    order: Order | None
    who: str
    lines: Sequence[LineShown]
    left_out: Sequence[Packable]
    counts_items: bool
    read_first: Sequence[Instruction]
    notes: Sequence[Instruction]  # for the packer, that were read
    expected: str
    answers: Sequence[Answer]  # to what is asked: whose label it is, which problem, or what follows from it
    problem: str
    may_cancel: bool
    last: Command | None
    on_hold: bool
    parcels: int
    answered: Sequence[Order]  # asked about here, and free again

    @property
    def hold_words(self) -> str:
        until = typography.clock(self.last.due, shop.zone()) if self.last else ""
        return _("On hold, can be taken back until %(time)s") % {"time": until}

    @property
    def price(self) -> Price | None:
        """What one more late parcel does to the rates, once the order's deadline has passed; asked when shown."""
        return price.of_late_parcel(self.order, timezone.now()) if self.order else None

    @property
    def missed(self) -> str:
        """What keeping the order back until the morning does to its deadline, in words."""
        return warehouse.missed(self.order, warehouse.tomorrow(timezone.now())) if self.order else ""

    @property
    def heard_at(self) -> str:
        """Which answer it is, as far as a sound goes with it."""
        return f"{self.turn}.{self.stop.key if self.stop else ''}"

    @property
    def at(self) -> str:
        """The screen's version: a poll that finds the same is answered with nothing."""
        state = self.last.state if self.last else ""
        return f"{self.heard_at}.{state}.{self.on_hold:d}.{'-'.join(str(order.pk) for order in self.answered)}"

    @property
    def signal(self) -> str:
        """The sound and the edge of the page: what stands goes before what was said."""
        return "wrong" if self.stop else self.said.signal


def screen(desk: Desk) -> Screen:
    """What stops the line is found out anew each time: an order may have ended elsewhere."""
    stop = desk.work.stop or desk.interruption()
    order = desk.order if stop is None else None
    packing = desk.packing if order else None
    work, last = desk.work, desk.bench.last
    return Screen(
        turn=desk.bench.turn,
        work=work,
        said=work.said,
        stop=stop,
        seen=stop.key if stop else desk.reading,
        order=order,
        who=_who(desk, order) if order else "",
        lines=_lines(desk) if order else (),
        left_out=[each for each in packing.lines if each not in desk.lines] if packing else (),
        counts_items=bool(order and desk.counts_items),
        read_first=desk.unread if order else (),
        notes=[note for note in desk.notes if note not in desk.unread] if order else (),
        expected=desk.expected if stop is None else "",
        answers=_answers(work) if order else (),
        problem=str(Problem(work.problem).label) if work.problem in Problem else "",
        may_cancel=desk.user.has_perm(f"fulfilment.{Verb.CANCEL}"),
        last=last,
        on_hold=last is not None and last.on_hold,
        parcels=len(desk.places) if order else 1,
        answered=desk.answered if stop is None else (),
    )


def _lines(desk: Desk) -> list[LineShown]:
    first = next(iter(desk.open_lines), None)
    return [
        LineShown(
            each,
            count=desk.work.checked.get(each.code, 0),
            parcel=desk.work.inside.get(each.code, desk.work.parcel),
            done=desk.missing(each) <= 0,
            current=each is first,
            picture=desk.products[each.line.sku].picture if each.line.sku in desk.products else "",
        )
        for each in desk.lines
    ]


def _answers(work: Work) -> list[Answer]:
    clock = typography.clock(warehouse.tomorrow(timezone.now()), shop.zone())
    told = {
        "hold": _("Keep the order back until tomorrow %(time)s") % {"time": clock},
        "ask": _("Ask support and wait for the answer"),
        **{which.value: str(which.label) for which in Problem},
    }
    return [
        Answer(str(number), step, text, told.get(text or step, text.strip()))
        for number, (step, text) in enumerate(steps.answers(work), 1)
    ]


def _who(desk: Desk, order: Order) -> str:
    """For whom it is, and where: to be compared with the label."""
    address = next((each.line.address for each in desk.lines), None)
    seen = sees(desk.user, order, timezone.now())
    if address is None or not seen.address:
        return ""
    initial = f"{address.first_name[:1]}. " if address.first_name else ""
    name = f"{initial}{address.last_name}".strip() or address.company
    return ", ".join(part for part in (name, f"{address.postcode} {address.city}".strip()) if part)
