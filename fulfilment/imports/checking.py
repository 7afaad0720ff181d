"""Every row of a file judged at once, in as many queries as for one; rows of one order become one shipment."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch, Q

from backoffice.models import SellerAccount
from fulfilment import carriers, packing
from fulfilment.batches import judging
from fulfilment.batches import words as batch_words
from fulfilment.batches.kinds import KINDS
from fulfilment.imports import sheets, words
from fulfilment.imports.rows import Checked
from fulfilment.known_parcels import NUMBER, Use, listed, uses
from fulfilment.models import Batch, BatchItem, Command
from fulfilment.packing import Packing
from fulfilment.verbs.shipment import ParcelAsked
from octopia.contract.vocabulary import Status, Verb
from orders import lifecycle
from orders.lifecycle import History
from orders.models import Line, Order, Parcel
from orders.ports import MOST_AT_ONCE

GONE = (Status.SHIPPED, Status.DELIVERED)
_day = re.compile(r"\d{4}-\d\d-\d\d(T.*)?", re.ASCII)
_rounded = re.compile(r"\d{15}0{2,}", re.ASCII)  # a spreadsheet keeps fifteen digits
_perhaps = re.compile(r"\d{15}0", re.ASCII)
_number = re.compile(r"[0-9A-Z][0-9A-Z.\-_/]*", re.ASCII)


@dataclass
class Result:
    """The rows in the file's sequence, and for each order that can be sent its item with the parcels in its payload."""

    rows: list[Checked]
    items: list[BatchItem] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        found = dict.fromkeys(words.VERDICTS, 0)
        for row in self.rows:
            found[row.verdict] += 1
        return {word: number for word, number in found.items() if number}


@dataclass
class _Known:
    """What is looked up once for the whole file."""

    items: dict[int, BatchItem]  # by the order's id
    packings: dict[int, Packing]
    on_orders: dict[int, set[str]]  # the numbers on each order already
    used: dict[str, list[Use]]  # by number: the open orders it is on
    asked: dict[int, set[str]]  # the numbers that a request in the way declares, by its id


def check(account: SellerAccount, among: Sequence[SellerAccount], rows: list[Checked], carrier: str = "") -> Result:
    """Judge every row. `carrier`: the label for rows that name none; without one the number tells it."""
    labels = {carriers.plain(label): label for label in listed(account)}
    for row in rows:
        row.verdict, row.about = "", None
        _of_itself(row, labels, carrier)
    orders = _orders(account, among, rows)
    _twice(rows, orders)
    by_order: dict[int, list[Checked]] = defaultdict(list)
    found = {}
    for row in rows:
        if (order := orders.get(row.order)) is not None:
            found[order.pk] = order
            by_order[order.pk].append(row)
    result = Result(rows)
    known = _known(account, among, list(found.values()), rows)
    for pk, members in by_order.items():
        if len(result.items) >= MOST_AT_ONCE:
            _all(members, words.BEYOND)
        elif (item := _of_order(found[pk], members, known)) is not None:
            result.items.append(item)
    return result


# --- One row


def _of_itself(row: Checked, labels: dict[str, str], carrier: str) -> None:
    """What is wrong whatever the order is; else its number and carrier as they would be sent."""
    if not row.order:
        row.verdict = words.NO_ORDER
    elif _damaged(row.order):
        row.verdict, row.about = words.DAMAGED, row.order
    elif not row.number:
        row.verdict = words.NO_NUMBER
    elif _damaged(row.number):
        row.verdict = words.DAMAGED
    else:
        row.number = carriers.tidy(row.number)
        if len(row.number) > NUMBER or not _number.fullmatch(row.number):
            row.verdict = words.LONG
            return
        named = labels.get(carriers.plain(row.carrier)) or labels.get(carriers.plain(carrier))
        row.carrier = named or carriers.picked(row.number, labels.values()) or row.carrier
        if carriers.plain(row.carrier) not in labels:
            row.verdict = words.NO_CARRIER


def _damaged(text: str) -> bool:
    """Did a spreadsheet take it for an amount or a day, and round it?"""
    bare = "".join(text.split())
    return sheets.is_amount(bare) or bool(_day.fullmatch(bare) or _rounded.fullmatch(bare)) or bare.startswith("#")


def _twice(rows: Iterable[Checked], orders: dict[str, Order]) -> None:
    """A number beside several orders counts for none of them; the same row again counts once."""
    beside: dict[str, dict[int, str]] = defaultdict(dict)
    seen = set()
    for row in rows:
        order = orders.get(row.order)
        if row.verdict or order is None:
            continue
        if (key := (order.pk, row.number, row.sku)) in seen:
            row.verdict = words.REPEATED
        seen.add(key)
        beside[row.number][order.pk] = row.order
    for row in rows:
        order = orders.get(row.order)
        if row.verdict == "" and order is not None and len(beside[row.number]) > 1:
            others = [written for pk, written in beside[row.number].items() if pk != order.pk]
            row.verdict, row.about = words.TWICE, ", ".join(others[:5])


# --- One order


def _of_order(order: Order, rows: list[Checked], known: _Known) -> BatchItem | None:
    """Give its rows their verdicts; the item to be sent, where there is one."""
    item, packed, on_it = known.items[order.pk], known.packings[order.pk], known.on_orders.get(order.pk, set())
    fresh = [row for row in rows if not row.verdict]
    for row in fresh:
        if row.number in on_it:
            row.verdict = words.SAME
    fresh = [row for row in fresh if not row.verdict]
    if not fresh:
        return None
    if (hindrance := _hindrance(order, item, packed, known, fresh)) is not None:
        _all(fresh, *hindrance)
        return None
    for row in fresh:
        others = [use.order.number for use in known.used.get(row.number, ()) if use.order != order]
        if others:
            row.verdict, row.about = words.USED, others[0]
    if any(row.verdict not in ("", words.REPEATED, words.SAME) for row in rows):
        _all([row for row in fresh if not row.verdict], words.PARTNER)
        return None
    return _shipment(order, item, packed, fresh)


def _hindrance(
    order: Order, item: BatchItem, packed: Packing, known: _Known, rows: list[Checked]
) -> tuple[str, Any] | None:
    """What keeps the whole order from being sent: a verdict, and what it is about."""
    if item.why == batch_words.OCCUPIED:
        asked = known.asked.get(item.verdict["command"] if item.verdict else 0, set())
        same = all(row.number in asked for row in rows)
        return (words.ASKED, None) if same else (words.BUSY, item.verdict)
    if item.why == batch_words.KEPT:
        return words.KEPT, None
    if not order.ours:
        return words.NOT_OURS, None
    if not packed.able:
        on_it = known.on_orders.get(order.pk, set())
        if order.status in GONE or on_it:
            return words.OTHER, ", ".join(sorted(on_it))
        return words.RULE, packed.case.verdict(Verb.SHIP).as_json()
    return None


def _shipment(order: Order, item: BatchItem, packed: Packing, rows: list[Checked]) -> BatchItem | None:
    """The parcels that the rows make, where the channel takes them and the file tells what is in which."""
    parcels, fault = _parcels(packed, rows)
    if not fault and len(parcels) > 1 and not packed.several.offered:
        fault = words.TOO_MANY
    if not fault and any(packed.mixes(codes) for codes in parcels.values()):
        fault = words.ADDRESSES
    if fault:
        _all(rows, fault)
        return None
    verdict = packed.verdict(list(parcels.values()))
    if not verdict.offered:
        _all(rows, words.RULE, verdict.as_json())
        return None
    about = _worth_a_look(order, item, verdict, rows)
    _all(rows, words.SENDABLE if about is None else words.LOOK, about)
    carrier_of = {row.number: row.carrier for row in rows}
    asked = [
        ParcelAsked(
            number=number,
            carrier=carrier_of[number],
            url=carriers.tracking_page(carrier_of[number], number),
            lines=codes,
        )
        for number, codes in parcels.items()
    ]
    lines = list(dict.fromkeys(code for codes in parcels.values() for code in codes))
    item.answer = Batch.Group.CLEAR if about is None else Batch.Group.LOOK
    item.why, item.verdict = "", verdict.as_json()
    item.payload = {"lines": lines, "number": asked[0]["number"], "parcels": asked}
    return item


def _parcels(packed: Packing, rows: list[Checked]) -> tuple[dict[str, list[str]], str]:
    """The lines by number, and why the rows make no parcels."""
    every = [line.code for line in packed.able]
    by_sku: dict[str, list[str]] = defaultdict(list)
    for line in packed.able:
        by_sku[line.line.sku.casefold()].append(line.code)
    numbers = list(dict.fromkeys(row.number for row in rows))
    if not any(row.sku for row in rows):
        if len(numbers) == 1 or (packed.split.offered and not packed.split.doubtful):
            return dict.fromkeys(numbers, every), ""
        return {}, words.TOO_MANY if not packed.several.offered else words.WHICH
    parcels: dict[str, list[str]] = {number: [] for number in numbers}
    for row in rows:
        codes = by_sku.get(row.sku.casefold(), []) if row.sku else every
        if not codes:
            return {}, words.SKU
        parcels[row.number] = list(dict.fromkeys([*parcels[row.number], *codes]))
    return parcels, ""


def _worth_a_look(order: Order, item: BatchItem, verdict: lifecycle.Verdict, rows: list[Checked]) -> Any:
    """Why a person looks first; None where nothing is doubtful."""
    if verdict.doubtful:
        return verdict.as_json()
    if order.cancel_asked:
        return "cancel"
    if item.answer == Batch.Group.LOOK and item.why in batch_words.WHY:
        return item.why
    if any(_perhaps.fullmatch(row.number) for row in rows):
        return "zero"
    return "form" if any(carriers.check(row.number, row.carrier).warns for row in rows) else None


def _all(rows: Iterable[Checked], verdict: str, about: Any = None) -> None:
    for row in rows:
        row.verdict, row.about = verdict, about


# --- What is looked up


def _orders(account: SellerAccount, among: Sequence[SellerAccount], rows: list[Checked]) -> dict[str, Order]:
    """The orders by what the file calls them: our number first, then the channel's. The others get their verdict."""
    wanted = {row.order for row in rows if row.order and len(row.order) <= 64}
    lines = Prefetch("lines", Line.objects.order_by("position"))
    there = Order.objects.filter(Q(number__in=wanted) | Q(channel_number__in=wanted))
    elsewhere: dict[str, str] = {}
    here = list(there.filter(account=account).prefetch_related(lines).order_by("pk"))
    times = Counter(order.channel_number for order in here)
    mine = {order.channel_number: order for order in here if times[order.channel_number] == 1 and order.channel_number}
    mine |= {order.number: order for order in here}
    missing = wanted - mine.keys()
    if missing and len(among) > 1:
        others = {other.pk: other.name for other in among if other.pk != account.pk}
        rest = Order.objects.filter(Q(number__in=missing) | Q(channel_number__in=missing), account__in=others)
        for owner, *names in rest.values_list("account", "number", "channel_number"):
            elsewhere |= {name: others[owner] for name in names if name}
    found = {}
    for row in rows:
        if row.order in mine:
            found[row.order] = mine[row.order]
        elif row.verdict in ("", words.NO_CARRIER, words.NO_NUMBER):
            foreign = elsewhere.get(row.order)
            row.verdict, row.about = (words.FOREIGN, foreign) if foreign else (words.UNKNOWN, None)
    return found


def _known(account: SellerAccount, among: Sequence[SellerAccount], orders: list[Order], rows: list[Checked]) -> _Known:
    items = judging.judged(KINDS[Verb.SHIP], orders, {})
    book = lifecycle.abilities_of({account.pk})
    on_orders: dict[int, set[str]] = defaultdict(set)
    for pk, number in Parcel.objects.filter(order__in=[order.pk for order in orders]).values_list("order", "number"):
        on_orders[pk].add(carriers.tidy(number))
    left = lifecycle.lefts_before((order, order.lines.all()) for order in orders)
    used: dict[str, list[Use]] = defaultdict(list)
    for use in uses({row.number for row in rows if not row.verdict}, None, among):
        used[use.number].append(use)
    return _Known(
        {order.pk: item for order, item in zip(orders, items, strict=True)},
        {
            order.pk: packing.packing(
                order, list(order.lines.all()), book.of(account.pk, order.channel), left.get(order.pk, History())
            )
            for order in orders
        },
        on_orders,
        used,
        _asked(items),
    )


def _asked(items: Iterable[BatchItem]) -> dict[int, set[str]]:
    ids = [item.verdict["command"] for item in items if item.why == batch_words.OCCUPIED and item.verdict]
    found = Command.objects.filter(pk__in=ids, kind=Verb.SHIP).values_list("pk", "payload")
    return {pk: {parcel["number"] for parcel in payload["parcels"]} for pk, payload in found}
