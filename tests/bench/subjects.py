"""What the pages are measured on: numbers, names and places of one database, printed as JSON."""

import json

import django

django.setup()

from orders.models import Line, Order, Parcel  # noqa: E402
from orders.queries import NEWEST, key_of  # noqa: E402

RANK = 50_000


def subjects() -> dict[str, str]:
    newest = Order.objects.order_by("-placed_at", "-id")
    count = newest.count()
    middle = newest[count // 2 : count // 2 + 1].select_related("recipient").get()
    shipped = newest.filter(status="Shipped")[count // 4 : count // 4 + 1].get()
    deep = newest[min(RANK, count - 60)]
    assert middle.recipient is not None
    return {
        "number": middle.number,
        "prefix": middle.number[:12],
        "shipped": shipped.number,
        "parcel": Parcel.objects.get(order=shipped).number,
        "name": middle.recipient.last_name,
        "first_name": middle.recipient.first_name,
        "postcode": middle.recipient.postcode,
        "sku": Line.objects.filter(order=middle)[0].sku,
        "deep": key_of(deep, NEWEST),
        "numbers": " ".join(order.number for order in newest[: 500 : max(1, min(500, count) // 500)]),
    }


if __name__ == "__main__":
    print(json.dumps(subjects()))  # noqa: T201
