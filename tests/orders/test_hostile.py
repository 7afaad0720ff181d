"""Five thousand hostile records: what is bad is set aside, its neighbours are kept, and the walk goes on."""

import json
import random
from copy import deepcopy
from typing import Any

import pytest

from octopia.contract import example
from octopia.readers.orders import read_orders
from orders import models, quarantine, sync
from orders.walking import Run, cursor, store_page

pytestmark = pytest.mark.django_db

HOSTILE: list[Any] = [
    None, "", "\0", "\ud800", "x" * 2_500, "🦑" * 600, -1, 0, 2**70, 1e308, float("nan"), float("inf"), True, [], {},
    [[]], [None], {"a": {"b": None}}, "2026-13-45T99:99:99Z", "1999-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "'; DROP TABLE orders_order; --", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\u202eevil", "\\u0000",
    "2026-11-04T09:00:00", 12345678901234567890, 0.1 + 0.2, "NULL", "\\N", "\\.", "a\tb\nc\\d",
]  # fmt: skip


def paths(value, at=()):
    """Every place in a document."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield (*at, name)
            yield from paths(member, (*at, name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield (*at, index)
            yield from paths(member, (*at, index))


def mutate(luck, text, places):
    """One to three places of the document made hostile."""
    changed = json.loads(text)
    for path in luck.sample(places, luck.randint(1, 3)):
        target = changed
        try:
            for step in path[:-1]:
                target = target[step]
            if luck.random() < 0.15:
                del target[path[-1]]
            else:
                target[path[-1]] = deepcopy(luck.choice(HOSTILE))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier mutation took this place away
    return changed


def test_five_thousand_hostile_records_spoil_nothing(account):
    luck = random.Random(2026)
    model = json.loads(example("order"))
    places = list(paths(model))
    live = cursor(account, "live")
    good, run = [], Run()

    for page in range(50):
        records = []
        for n in range(100):
            number = f"SCID{page:02}{n:02}"
            document = {**model, "orderId": number}
            if n % 20 == 7:
                good.append(number)
            else:
                document = mutate(luck, json.dumps(document), places)
                if n == 60:
                    document["status"] = "x" * 70_000
            records.append(json.dumps(document))
        if page % 10 == 3:
            records[50] = '{"orderId": "SCID-broken", "lines": [' + "[" * 5_000
            good = [number for number in good if not number.startswith(f"SCID{page:02}")]
        try:
            read = read_orders(('{"items":[' + ",".join(records) + "]}").encode())
        except ValueError:
            assert page % 10 == 3  # the list itself has no end: the client says so, and nothing of it is believed
            continue
        store_page(account, live, read, run, "live")

    kept = set(models.Order.objects.values_list("number", flat=True))
    aside = models.Quarantine.objects.count()
    assert run.seen == 4_500
    assert set(good) <= kept
    assert aside > 1_000
    assert not models.Order.objects.filter(currency="").filter(number__in=good).exists()
    assert models.Quarantine.objects.filter(reason="").count() == 0
    assert (
        max(len(raw.encode()) for raw in models.Quarantine.objects.values_list("raw", flat=True)) <= 3 * quarantine.RAW
    )


def test_the_walk_survives_a_page_of_nothing_but_broken_records(market, account):
    for n in range(20):
        market.place(created=n - 20)
    market.faults = ["broken 20"]

    run = sync.live(account)

    assert run.clean
    assert models.Quarantine.objects.count() == run.set_aside >= 15
    assert models.Order.objects.count() == 20 - run.set_aside


def test_a_record_seen_again_is_counted_not_repeated(market, account):
    market.place("SCID1", created=-10)
    for _ in range(2):
        market.faults = [{"fault": "unknown status", "path": "/orders"}]
        sync.live(account)

    assert models.Quarantine.objects.count() <= 1
    assert models.Order.objects.count() == 1
