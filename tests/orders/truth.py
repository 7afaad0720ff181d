"""Compares the mirror with the marketplace's own documents, field by field."""

import json

from backoffice import shop
from backoffice.models import SellerAccount
from octopia.readers.document import decode
from octopia.readers.orders import order as read_document
from orders import holding, models, rows, writing
from sandbox.market import Market


def differences(market: Market, account: SellerAccount) -> list[str]:
    """Each field in which the mirror and the marketplace's present documents differ; empty when they are one."""
    zone = shop.zone()
    truth = {
        number: rows.document(read_document(decode(json.dumps(document).encode())), zone)
        for number, document in market.documents(account.seller_id).items()
    }
    ids = list(models.Order.objects.filter(account=account).values_list("pk", flat=True))
    with writing.cursor() as cursor:
        held = holding.load(cursor, ids)
    found = [f"{number} is missing" for number in truth.keys() - held.keys()]
    found += [f"{number} is not theirs" for number in held.keys() - truth.keys()]
    words: dict[int, set[tuple[int, str]]] = {pk: set() for pk in ids}
    for pk, kind, word in models.SearchRow.objects.filter(account=account).values_list("order_id", "kind", "word"):
        words[pk].add((kind, word))
    for number in truth.keys() & held.keys():
        theirs, ours = truth[number], held[number].document
        found += [
            f"{number}.{name}: {there!r} there, {here!r} here"
            for name, there, here in zip(rows.ORDER, theirs.order, ours.order, strict=True)
            if there != here
        ]
        for part in ("lines", "addresses", "delivery", "parcels"):
            if getattr(theirs, part) != getattr(ours, part):
                found.append(f"{number}.{part} differ")
        if theirs.words != words[held[number].id]:
            found.append(f"{number} is found by other words")
    return found
