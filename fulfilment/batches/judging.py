"""Every order of a set judged at once, in as many queries as for one: clear, to be looked at first, or not possible."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q

from fulfilment import doubts
from fulfilment.batches import words
from fulfilment.batches.kinds import Kind
from fulfilment.models import OPEN, BatchItem, Command, CommandLine, State
from fulfilment.models.batches import Batch
from fulfilment.warehouse.holds import kept_back
from octopia.contract.vocabulary import Verb
from orders import lifecycle
from orders.lifecycle import Case, History
from orders.models import Order

Group = Batch.Group


def judged(kind: Kind, orders: Sequence[Order], seen: Mapping[int, int]) -> list[BatchItem]:
    """One unsaved item for each order, in their sequence. Their lines are fetched already.

    `seen`: the version in which an order was chosen, by its id; absent: nobody saw it.
    """
    book = lifecycle.abilities_of({order.account_id for order in orders})
    holders, named = _holders(orders), _named(kind, orders)
    kept = kept_back(order.pk for order in orders) if kind.verb is Verb.SHIP else set()
    doubted = doubts.of(orders) if kind.decides else {}
    shipping = orders if kind.verb is Verb.SHIP else []
    left = lifecycle.lefts_before((order, order.lines.all()) for order in shipping)
    items = []
    for order in orders:
        history = left.get(order.pk, History())
        case = Case(order, list(order.lines.all()), book.of(order.account_id, order.channel), history)
        found = kind.judge(case)
        item = BatchItem(
            account_id=order.account_id,
            order=order,
            number=order.number,
            order_version=order.version,
            verdict=found.verdict.as_json(),
            payload={"lines": list(found.lines)} if found.lines else {},
        )
        holder = holders.get(order.number) or _holder_of(named.get(order.pk, {}), found.lines)
        if holder is not None:
            item.answer, item.why, item.verdict = Group.NOT, words.OCCUPIED, words.holder(holder)
        elif order.pk in kept:
            item.answer, item.why = Group.NOT, words.KEPT
        elif not found.verdict.offered:
            item.answer, item.why = Group.NOT, words.RULE
        elif found.why:
            item.answer, item.why = Group.NOT, found.why
        elif found.verdict.doubtful:
            item.answer, item.why = Group.LOOK, words.RULE
        else:
            item.why = _worth_a_look(order, seen, doubted)
            item.answer = Group.LOOK if item.why else Group.CLEAR
        items.append(item)
    return items


def _worth_a_look(order: Order, seen: Mapping[int, int], doubted: Mapping[int, Sequence[str]]) -> str:
    if seen.get(order.pk, order.version) != order.version:
        return words.CHANGED
    return next(iter(doubted.get(order.pk, ())), "")


def _holders(orders: Iterable[Order]) -> dict[str, Command]:
    """The command that closes an order to another one, by the order's number; they are of one account."""
    ids = [order.pk for order in orders]
    closing = Q(state__in=OPEN) | Q(state=State.TAKEN, seen_at=None)
    found = Command.objects.filter(closing, order__in=ids).exclude(kind=Verb.INVOICE)
    return {command.subject: command for command in found}


def _named(kind: Kind, orders: Iterable[Order]) -> dict[int, dict[str, Command]]:
    """The lines that requests under way name, by the order's id; asked only for what names lines."""
    if kind.verb not in (Verb.SHIP, Verb.CANCEL):
        return {}
    found: dict[int, dict[str, Command]] = {}
    busy = CommandLine.objects.filter(
        command__order__in=[order.pk for order in orders],
        command__state=State.TAKEN,
        command__kind__in=[Verb.SHIP, Verb.CANCEL],
    )
    for line in busy.select_related("command"):
        found.setdefault(line.command.order_id, {})[line.code] = line.command
    return found


def _holder_of(named: Mapping[str, Command], lines: Iterable[str]) -> Command | None:
    return next((named[code] for code in lines if code in named), None)
