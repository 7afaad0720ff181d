"""The tracking numbers of a shipping batch: one for each order, typed beside it or pasted as a column."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from backoffice.models import SellerAccount
from fulfilment import carriers
from fulfilment.batches import making
from fulfilment.known_parcels import NUMBER, uses
from fulfilment.models import Batch, BatchItem

_parts = re.compile(r"[\t;,]+")


@dataclass
class Noted:
    """What became of the numbers: how many were kept; `spare`: pasted ones that no order was left for; `strange`: lines
    that say more than a number, and not of which order of the batch; `twice`: numbers that stand beside more than one
    order and count for none of them; `elsewhere`: those that another order has already, which is for a person to judge
    in the order itself."""

    kept: int = 0
    spare: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    elsewhere: dict[str, str] = field(default_factory=dict)  # number → the other order that has it


def note(batch: Batch, typed: Mapping[int, str], pasted: str, among: Sequence[SellerAccount], group: str = "") -> Noted:
    """Keep the numbers of a draft: `typed` by the item's id, "" takes one away; `pasted` a line an order.

    `among`: the accounts in which a number may stand already.

    A pasted line names an order and its number, or holds a number alone: those go to the orders without one, in turn,
    of the `group` that the page showed where one is named. An empty line passes an order over, as an empty cell does.
    """
    told = Noted()
    with transaction.atomic():
        if making.draft(batch) is None:
            return told
        items = list(BatchItem.objects.filter(batch=batch).exclude(answer=Batch.Group.NOT).order_by("position"))
        before = {item.pk: item.payload.get("number", "") for item in items}
        after = before | {item.pk: clean(typed[item.pk]) for item in items if item.pk in typed}
        _place(items, after, pasted, group, told)
        repeated = {number for number, times in Counter(filter(None, after.values())).items() if times > 1}
        told.twice = sorted(repeated)
        changed = []
        new = {after[item.pk] for item in items if after[item.pk] != before[item.pk]}
        on = {(use.number, use.order.pk): use.order for use in uses(new - repeated, None, among)}
        for item in items:
            number = "" if after[item.pk] in repeated else after[item.pk]
            others = [order for (name, pk), order in on.items() if name == number and pk != item.order_id]
            if others and number != before[item.pk]:
                told.elsewhere[number], number = others[0].number, ""
            if number != before[item.pk]:
                item.payload = {"lines": item.payload["lines"], **({"number": number} if number else {})}
                changed.append(item)
                told.kept += bool(number)
        BatchItem.objects.bulk_update(changed, ["payload"], batch_size=200)
    return told


def clean(number: str) -> str:
    return "".join(sign for sign in carriers.tidy(number[: 2 * NUMBER]) if sign.isprintable())[:NUMBER]


def _place(items: Iterable[BatchItem], after: dict[int, str], pasted: str, group: str, told: Noted) -> None:
    by_number = {item.number: item for item in items}
    alone = []
    for line in pasted.rstrip().splitlines():
        cells = _parts.sub(" ", line).split()
        named = next((cell for cell in cells if cell in by_number), None)
        rest = clean("".join(cell for cell in cells if cell != named))
        if named:
            after[by_number[named].pk] = rest or after[by_number[named].pk]
        elif len(cells) > 1 and (_parts.search(line.strip()) or not carriers.recognise(rest)):
            told.strange.append(line.strip()[:NUMBER])  # of an order that is not here: no other one gets its number
        else:
            alone.append(rest)
    waiting = [
        item.pk for item in items
        if not after[item.pk] and not item.left_out and group in ("", item.answer)
    ]  # fmt: skip
    for pk, number in zip(waiting, alone, strict=False):
        after[pk] = number
    told.spare = [number for number in alone[len(waiting) :] if number]
