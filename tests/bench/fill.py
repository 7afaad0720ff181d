"""Fill a database with orders of three lines each, by COPY: the same people, products and span of time at every size.

Constraints and indexes are dropped before and built after: the fill is not what is measured.
"""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from multiprocessing import get_context
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, models
from django.utils import timezone

from backoffice.models import SellerAccount
from orders import folding
from orders import models as mirror

SPAN = timedelta(days=730)
LINES = 3
SKUS = 5000
CHUNK = 20_000
PARIS = ZoneInfo("Europe/Paris")
SYLLABLES = ["mar", "cha", "dier", "le", "fou", "gnol", "que", "me", "neur", "bou", "ri", "sson", "ver", "dan", "tel"]
FIRST = ["Solène", "Yanis", "Amélie", "Karim", "Inès", "Hugo", "Zoé", "Noé", "Chloé", "Léo", "Maëlle", "Théo"]
CITIES = ["Tours", "Nantes", "Lyon", "Lille", "Brest", "Nîmes", "Orléans", "Besançon", "Béziers", "Angers", "Évreux"]
STREETS = ["Tanneurs", "Fosse", "Lilas", "Moulin", "Château", "Gare", "Vignes", "Écoles", "Remparts", "Halles"]
THINGS = ["Lampadaire", "Mug", "Plaid", "Perceuse", "Tuyau", "Fauteuil", "Étagère", "Casserole", "Tapis", "Radio"]
TRAITS = ["arqué", "bleu", "lin", "sans fil", "pliable", "velours", "chêne", "inox", "berbère", "vintage", "noir"]


fold = cache(folding.fold)


def last_name(person: int) -> str:
    return "".join(SYLLABLES[(person // 15**k) % 15] for k in range(3)).capitalize()


def title(sku: int) -> str:
    return f"{THINGS[sku % 10]} {TRAITS[sku // 10 % 11]} modèle {sku}"


class Table:
    """COPY rows of one model: what differs is given by column, the rest are the model's defaults."""

    def __init__(self, model: type[models.Model], *differing: str, **constant: Any) -> None:
        self.model = model
        fields = {field.column: field for field in model._meta.concrete_fields}
        if "id" not in differing:
            del fields["id"]  # the database numbers these rows
        parts = []
        for column, field in fields.items():
            if column in differing:
                parts.append("%s")
            elif column in constant:
                parts.append(text(constant[column]))
            else:
                parts.append(text(field.get_default() if field.has_default() else None if field.null else ""))
        columns = list(fields)
        self.order = [differing.index(column) for column in columns if column in differing]
        self.template = "\t".join(part if part == "%s" else part.replace("%", "%%") for part in parts) + "\n"
        names = ", ".join(f'"{column}"' for column in columns)
        self.statement = f'COPY "{model._meta.db_table}" ({names}) FROM STDIN'
        self.rows: list[str] = []

    def add(self, *values: object) -> None:
        self.rows.append(self.template % tuple(values[at] for at in self.order))

    def flush(self, cursor: Any) -> None:
        if self.rows:
            with cursor.copy(self.statement) as copy:
                copy.write("".join(self.rows))
            self.rows.clear()


def text(value: Any) -> str:
    """One value as COPY reads it."""
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, dict | list):
        return json.dumps(value).replace("\\", r"\\") if value else ("{}" if isinstance(value, dict) else "[]")
    return str(value)


def fill(count: int, now: datetime | None = None, say: Callable[[str], None] = print) -> SellerAccount:
    """Write `count` orders of one account; returns the account. The tables must be empty."""
    now = now or timezone.now()
    account = SellerAccount.objects.create(
        name="Bench", slug="bench", seller_id="1", api_url="http://127.0.0.1:1/", token_url="http://127.0.0.1:1/t",
        client_id="bench", client_secret="bench",
    )  # fmt: skip
    if not count:
        return account
    with connection.cursor() as cursor:
        rebuild = bare_tables(cursor)
    connection.close()  # each writer has a connection of its own
    with ProcessPoolExecutor(max_workers=os.cpu_count(), mp_context=get_context("fork")) as writers:
        parts = [writers.submit(write, account.pk, start, count, now) for start in range(0, count, CHUNK)]
        for part in parts:
            part.result()
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for statement in rebuild:
            cursor.execute(statement)
        summarise(cursor, account.pk)
        for model in (mirror.Order, mirror.Line, mirror.Address, mirror.Parcel, mirror.Change):
            table = model._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    say(f"{count} orders written")
    return account


def bare_tables(cursor: Any) -> list[str]:
    """Drop what slows a bulk load; returns the statements that build it again."""
    rebuild = []
    for model in (mirror.Order, mirror.Line, mirror.Address, mirror.Parcel, mirror.Change, mirror.SearchRow):
        table = model._meta.db_table
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype IN ('u', 'f')",
            [table],
        )
        for name, definition in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            rebuild.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        cursor.execute(
            "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE i.indrelid = %s::regclass AND NOT i.indisprimary",
            [table],
        )
        for name, definition in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')
            rebuild.append(definition)
    return rebuild


def status_of(age: int, count: int) -> str:
    """What became of the order of this age (0 is the newest): the newest two in a hundred are still open."""
    if age < max(20, count // 50):
        return ("InPreparation", "InPreparation", "InPreparation", "WaitingAcceptance", "Accepted")[age % 5]
    return ("Shipped",) * 8 and ("Shipped", "Shipped", "Shipped", "Shipped", "Delivered", "Cancelled", "Shipped")[
        age % 7
    ]


def write(account: int, start: int, count: int, now: datetime) -> None:
    """Copy in one chunk of the `count` orders, beginning with number `start`."""
    common = {"account_id": account}
    stamp = now.isoformat()
    order_table = Table(
        mirror.Order, "id", "number", "channel_number", "customer", "status", "offer_total", "selling_total",
        "purchased_at",
        "created_at", "changed_at", "ship_by", "hash", "placed_at", "day", "deadline", "first_title", "recipient_id",
        "shipped_at", "closed_at", "shipped_day", "on_time", "ship_hours",
        **common, commission="6.20", channel="CDISFR", channel_name="Cdiscount", seller="1", currency="EUR",
        payment_method="Card", ours=True, line_count=LINES, item_count=LINES + 1, first_seen_at=stamp, synced_at=stamp,
    )  # fmt: skip
    address = Table(
        mirror.Address, "id", "order_id", "kind", "hash", "first_name", "last_name", "line1", "postcode", "city",
        "phone", "email", **common, civility="M.", country="FR",
    )  # fmt: skip
    line = Table(
        mirror.Line, "id", "order_id", "position", "code", "status", "quantity", "offer", "sku", "title", "gtin",
        "ship_by", "offer_unit", "selling_unit", "commission_without_vat", "address_id", "placed_at", **common,
        supply_mode="Seller", condition="New", offer_shipping="0", selling_shipping="0", commission_rate="1200",
    )  # fmt: skip
    parcel = Table(mirror.Parcel, "id", "order_id", "number", "lines", **common, carrier="Colissimo", seen_at=stamp)
    change = Table(
        mirror.Change, "id", "order_id", "changed_at", "fields", **common, version=1, synced_at=stamp, source="live"
    )
    search = Table(mirror.SearchRow, "order_id", "kind", "word", "placed_at", **common)
    tables = [order_table, address, line, parcel, change, search]
    kinds = mirror.SearchRow.Kind
    step = SPAN / count
    for number in range(start, min(start + CHUNK, count)):
        age = count - 1 - number
        placed = now - step * age - timedelta(minutes=20)
        at = placed.isoformat()
        due = (placed + timedelta(days=2)).isoformat()
        status = status_of(age, count)
        hours = 4 + number * 31 % 47  # one in twelve leaves after its deadline
        gone = status in ("Shipped", "Delivered")
        moved = placed + (timedelta(hours=hours, minutes=10) if gone else timedelta(minutes=10))
        changed = moved.isoformat()
        shipped = (changed, moved.astimezone(PARIS).date(), text(hours < 48), hours) if gone else (r"\N",) * 4
        pk = number + 1
        person = (number * 7919) % 3375
        first, last = FIRST[number % 12], last_name(person)
        city, postcode = CITIES[person % 11], f"{10000 + person * 13 % 85000:05}"
        street = STREETS[person % 10]
        phone, email = f"+336{person:08}", f"c{person}.{number % 50}@example.org"
        order_table.add(
            pk, f"SCID01{placed:%y%m%d%H%M%S}{number:07X}", f"{placed:%y%m%d}{number:08}", f"CUST-{person}", status,
            "64.70", "64.70", at, at, changed, due, f"{number:064x}", at, placed.astimezone(PARIS).date(), due,
            title(number % SKUS), pk * 2, shipped[0], changed if status == "Delivered" else r"\N", *shipped[1:],
        )  # fmt: skip
        for of, offset in (("billing", 1), ("shipping", 0)):
            shipping = of == "shipping"
            address.add(
                pk * 2 - offset, pk, of, f"{person:064x}", first, last, f"{person % 90 + 1} rue des {street}",
                postcode, city, phone if shipping else "", email if shipping else "",
            )  # fmt: skip
        for position in range(LINES):
            sku = (number * 31 + position * 1709) % SKUS if position else number % SKUS
            line.add(
                pk * LINES + position, pk, position, f"L{position + 1:03}", status, 2 if position == 0 else 1,
                f"OFFER{sku}_1_6_CDISFR", f"SKU-{sku:05}", title(sku), f"37{sku:011}", due,
                "12.90", "12.90", "1.55", pk * 2, at,
            )  # fmt: skip
        if gone:
            parcel.add(pk, pk, f"6A{number:011}", "{L001,L002,L003}")
        change.add(pk, pk, changed, f'{{"status": [null, "{status}"]}}')
        for kind, word in (
            (kinds.NAME, fold(first)), (kinds.NAME, fold(last)), (kinds.PLACE, postcode), (kinds.PLACE, fold(city)),
            (kinds.STREET, fold(street)), (kinds.PHONE, phone[-9:]), (kinds.EMAIL, email),
        ):  # fmt: skip
            search.add(pk, int(kind), word, at)
    with connection.cursor() as cursor:
        for table in tables:
            table.flush(cursor)


def words() -> Iterator[str]:
    yield from {fold(name) for name in FIRST} | {fold(city) for city in CITIES}
    yield from (fold(last_name(person)) for person in range(3375))


def summarise(cursor: Any, account: int) -> None:
    """The rollups and the vocabulary, counted by the database itself."""
    cursor.execute(
        "INSERT INTO orders_dayrollup (account_id, day, channel, status, currency, orders, items, revenue, commission)"
        " SELECT account_id, day, channel, status, currency, count(*), sum(item_count), sum(selling_total),"
        " sum(commission) FROM orders_order GROUP BY 1, 2, 3, 4, 5"
    )
    cursor.execute(
        "INSERT INTO orders_shippedrollup (account_id, day, channel, verdict, hours, orders)"
        " SELECT account_id, shipped_day, channel, CASE WHEN on_time THEN 'met' ELSE 'missed' END, ship_hours, count(*)"
        " FROM orders_order WHERE shipped_day IS NOT NULL GROUP BY 1, 2, 3, 4, 5"
    )
    cursor.execute(
        "INSERT INTO orders_skurollup (account_id, month, sku, currency, title, folded, lines, items, revenue)"
        " SELECT %s, date_trunc('month', placed_at)::date, sku, 'EUR', min(title), '', count(*), sum(quantity),"
        " sum(selling_unit * quantity) FROM orders_line GROUP BY 2, 3",
        [account],
    )
    folded = [(f"SKU-{sku:05}", fold(title(sku))) for sku in range(SKUS)]
    cursor.execute("CREATE TEMP TABLE folded (sku text, folded text)")
    cursor.executemany("INSERT INTO folded VALUES (%s, %s)", folded)
    cursor.execute("UPDATE orders_skurollup r SET folded = f.folded FROM folded f WHERE f.sku = r.sku")
    everything = words()
    while batch := list(islice(everything, 1000)):
        cursor.executemany(
            "INSERT INTO orders_word (word) VALUES (%s) ON CONFLICT DO NOTHING", [(word,) for word in batch]
        )
