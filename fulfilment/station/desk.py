"""One bench with everything that is known of the order on it. It reads; the steps decide."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import shop
from backoffice.models import SellerAccount, User
from fulfilment import actions, warehouse
from fulfilment.forms.shipment import Declaration, Typed, filled_up
from fulfilment.known_parcels import listed, uses
from fulfilment.models import Bench, Product
from fulfilment.outbox.asking import occupied_by
from fulfilment.packing import Packable, Packing, packing
from fulfilment.station import codes, stock
from fulfilment.station.work import Said, Stop, Work, read
from fulfilment.warehouse import queue
from octopia.contract.vocabulary import Verb
from orders import lifecycle
from orders.models import Order


@dataclass
class Desk:
    """`last`: the label of the carrier that this person chose last today; `carrier`: the one of this step."""

    bench: Bench
    user: User
    accounts: Sequence[SellerAccount]
    last: str = ""
    carrier: str = ""
    opened: bool = False  # did this step lay the order there?
    work: Work = field(init=False)

    def __post_init__(self) -> None:
        self.work = read(self.bench.work)

    @property
    def order(self) -> Order | None:
        """The order on the bench, while this person may see it."""
        order = self.bench.order
        return order if order is not None and order.account_id in {account.pk for account in self.accounts} else None

    @property
    def here(self) -> Order:
        order = self.order
        assert order is not None, "asked for without an order on the bench"
        return order

    @cached_property
    def packing(self) -> Packing:
        abilities = lifecycle.abilities(self.here.account_id, self.here.channel)
        lines = list(self.here.lines.select_related("address").order_by("position"))
        return packing(self.here, lines, abilities, lifecycle.left_before(self.here, lines))

    @property
    def lines(self) -> list[Packable]:
        """What is packed here: a line whose cancellation was asked for stays behind, whoever ships it uses the form."""
        return [packable for packable in self.packing.able if not packable.asked_back]

    @cached_property
    def products(self) -> dict[str, Product]:
        return stock.products(self.here, [packable.line for packable in self.lines])

    @cached_property
    def unread(self) -> list[stock.Instruction]:
        """What has to be read before anything is packed."""
        notes = [note for note in self.notes if note.digest not in self.work.notes]
        return notes if self.work.read else [*notes, *stock.unread(self.products, self.user)]

    @property
    def reading(self) -> str:
        """Which words are to be read, as a key: only what a page showed can be acknowledged; "" for none."""
        told = "".join(note.digest for note in self.unread) if self.order is not None else ""
        return sha256(told.encode()).hexdigest()[:16] if told else ""

    @cached_property
    def notes(self) -> list[stock.Instruction]:
        return stock.written(self.here)

    @cached_property
    def labels(self) -> list[str]:
        return listed(self.here.account)

    # --- Items

    @property
    def counts_items(self) -> bool:
        """Are the items of this order scanned one by one?"""
        return len(self.lines) > 1 or bool(shop.choice("item_check_single"))

    def missing(self, packable: Packable) -> int:
        """How many items of the line have still to be scanned."""
        return packable.line.quantity - self.work.checked.get(packable.code, 0) if self.counts_items else 0

    @property
    def open_lines(self) -> list[Packable]:
        return [packable for packable in self.lines if self.missing(packable) > 0]

    def matching(self, text: str) -> list[Packable]:
        """The lines whose product this is; those that still miss items go first."""
        found = [packable for packable in self.lines if codes.is_item(text, packable.line, self._eans(packable))]
        return sorted(found, key=lambda packable: self.missing(packable) <= 0)

    def _eans(self, packable: Packable) -> list[str]:
        product = self.products.get(packable.line.sku)
        return list(product.eans) if product else []

    # --- Parcels

    def contents(self, place: int) -> list[str]:
        """The codes of the lines in this parcel; what was never scanned lies in the one that is packed."""
        return [each.code for each in self.lines if self.work.inside.get(each.code, self.work.parcel) == place]

    def inside(self, place: int) -> list[str]:
        """The codes of the lines of which something lies in this parcel."""
        return [code for code, where in self.work.inside.items() if where == place]

    @property
    def places(self) -> list[int]:
        """The parcels there are."""
        return sorted({self.work.parcel, *self.work.inside.values(), *(int(place) for place in self.work.labels)})

    @property
    def may_close_parcel(self) -> bool:
        """May the parcel that is packed get its label while items of other lines are still to come?"""
        begun = [each for each in self.lines if self.work.inside.get(each.code) == self.work.parcel]
        return self.packing.room > 1 and bool(begun) and not any(self.missing(each) > 0 for each in begun)

    @property
    def complete(self) -> bool:
        return not self.open_lines and all(str(place) in self.work.labels for place in self.places)

    def declaration(self) -> Declaration:
        """The parcels as they stand on the bench."""
        parcels = []
        for place in self.places:
            label = self.work.labels[str(place)]
            typed = Typed(lines=tuple(self.contents(place)), carrier=label.carrier, number=label.number)
            parcels.append(filled_up(typed, self.labels))
        known = uses([parcel.number for parcel in parcels], self.here, self.accounts)
        return Declaration(self.packing, self.labels, parcels, known)

    @property
    def answered(self) -> list[Order]:
        """The orders of which support was asked here and that can be packed now; asked when none is on the bench."""
        if not self.work.asked or self.order is not None:
            return []
        mine = queue.to_ship([account.pk for account in self.accounts]).filter(pk__in=self.work.asked)
        return list(
            queue.in_order(mine, timezone.now()).filter(rank__lt=2).select_related("account").order_by("by", "pk")
        )

    # --- What may have happened elsewhere

    def interruption(self) -> Stop | None:
        """Why the order cannot be gone on with as it was opened: something happened outside of this bench."""
        if self.order is None:
            return None
        order = self.order
        said = next(self._troubles(order), "")
        if said:
            title = _("Stop packing %(number)s") % {"number": order.number}
            return Stop(title, seen=said, advice=_("Nothing was declared. Put the parcel aside."), over=True)
        if order.version != self.work.seen:
            title = _("%(number)s has changed") % {"number": order.number}
            said = _("The marketplace has changed the order since it was opened. Compare it with the parcel.")
            return Stop(title, seen=said, advice=_("Labels that were scanned have to be scanned again."))
        return None

    def _troubles(self, order: Order) -> Iterator[str]:
        if (command := occupied_by(order, Verb.SHIP)) is not None:
            yield actions.held_words(command)
        if (kept := warehouse.held(order)) is not None:
            yield str(warehouse.Held(kept))
        verdict = lifecycle.verdict(order, Verb.SHIP)
        if not verdict.offered:
            yield verdict.words
        elif not self.lines:
            yield _("Its cancellation is asked for: whoever ships it nevertheless uses the form.")
        claim = warehouse.claimed(order)
        if claim is not None and not (claim.user_id == self.user.pk and claim.station == self.bench.key):
            told = {"who": claim.user_name, "reason": claim.reason}
            if claim.reason:
                yield _("%(who)s has taken this order over: %(reason)s") % told
            yield _("%(who)s packs this order.") % told

    # --- What a step leads to

    def lay(self, order: Order | None) -> None:
        """This order on the bench, or none."""
        self.bench.order = order
        for name in ("packing", "products", "unread", "notes", "labels"):
            self.__dict__.pop(name, None)  # what was known of the former one

    def clear(self) -> None:
        self.lay(None)
        self.work = Work(said=self.work.said, asked=self.work.asked)

    def say(self, signal: str, words: str, more: str = "") -> None:
        self.work.said = Said(signal, words, more)

    def stop(self, title: str, seen: str, *, advice: str = "", search: str = "", over: bool = False) -> None:
        """The line stands: the order leaves the screen until a person has acknowledged it."""
        self.work.stop = Stop(title, expected=self.expected, seen=seen, advice=advice, search=search, over=over)
        self.work.said = Said("wrong")

    @property
    def expected(self) -> str:
        """What the next scan should be."""
        if self.order is None:
            return _("a slip, or an order number")
        if self.unread:
            return _("read what is written, then the card “Next”")
        if not self.open_lines:
            return _("the carrier's label of order %(number)s") % {"number": self.here.number}
        return ", ".join(self.still_missing)

    @property
    def still_missing(self) -> list[str]:
        """The items that were not scanned yet, the first few."""
        lines = self.open_lines
        told = [f"{self.missing(each)} × {stock.called(each.line)}" for each in lines[:3]]
        return [*told, "…"] if len(lines) > 3 else told
