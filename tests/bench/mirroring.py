"""P7: orders a second through the mirror, against the bare COPY of the same rows.

`python -m tests.bench.mirroring NAME` runs on the database of DATABASE_URL: once on an empty one (NAME `empty`, which
also measures the bare limit), once on the large one (`full`). Prints one JSON object of orders a second.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence

import django

django.setup()

import msgspec  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from backoffice.models import SellerAccount  # noqa: E402
from octopia.readers.orders import read_orders  # noqa: E402
from octopia.schema import Order  # noqa: E402
from orders import mirror  # noqa: E402
from sandbox.market import Market  # noqa: E402

ORDERS = 3_000
PAGE = 100
BARE = ("orders_order", "orders_line", "orders_address")
JSONB = 3802  # the type's number in PostgreSQL


def bodies() -> list[bytes]:
    """Pages of orders with three lines each, as the marketplace would answer them."""
    market = Market(seed=11)
    market.clock.pause()
    run = f"{time.time():.0f}"  # numbers that no earlier run on a kept database has stored
    for number in range(ORDERS):
        market.place(f"M{run}-{number:06}", lines=3, created=-60.0 * number)
    documents = list(market.documents().values())
    return [
        msgspec.json.encode({"itemsPerPage": PAGE, "items": documents[at : at + PAGE]}) for at in range(0, ORDERS, PAGE)
    ]


def rate(act: Callable[[Sequence[Order]], object], pages: Sequence[Sequence[Order]]) -> float:
    begun = time.perf_counter()
    for page in pages:
        act(page)
    return ORDERS / (time.perf_counter() - begun)


def bare_rate() -> float:
    """The limit: the same rows of orders, lines and addresses, copied and merged page by page, and nothing else.

    The rows are Python values, as any program has them; what it costs to make them from an answer is not in it.
    """
    with connection.cursor() as cursor:
        columns = {}
        for table in BARE:
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
            cursor.execute(f"CREATE TEMP TABLE page_{table} (LIKE {table})")
            cursor.execute(f"SELECT * FROM {table} LIMIT 0")  # noqa: S608
            columns[table] = [(column.name, column.type_code) for column in cursor.description]
        cursor.execute("SELECT id FROM orders_order ORDER BY id")
        ids = [row[0] for row in cursor.fetchall()]
        pages = []
        for at in range(0, len(ids), PAGE):
            page = {}
            for table in BARE:
                key = "id" if table == "orders_order" else "order_id"
                picked = ", ".join(f"{name}::text" if kind == JSONB else name for name, kind in columns[table])
                cursor.execute(f"SELECT {picked} FROM {table} WHERE {key} = ANY(%s)", [ids[at : at + PAGE]])  # noqa: S608
                page[table] = cursor.fetchall()
            pages.append(page)
        begun = time.perf_counter()
        for page in pages:
            with transaction.atomic():
                for table, rows in page.items():
                    cursor.execute(f"TRUNCATE page_{table}")
                    with cursor.copy(f"COPY page_{table} FROM STDIN") as target:
                        for row in rows:
                            target.write_row(row)
                    cursor.execute(
                        f"INSERT INTO bare_{table} SELECT * FROM page_{table}"  # noqa: S608
                        " ON CONFLICT (id) DO UPDATE SET account_id = EXCLUDED.account_id"
                    )
        taken = time.perf_counter() - begun
        for table in BARE:
            cursor.execute(f"DROP TABLE bare_{table}")
    return len(ids) / taken


def main() -> dict[str, float]:
    account = SellerAccount.objects.get()
    answers = bodies()
    read_orders(answers[0])
    begun = time.perf_counter()
    pages = [read_orders(body).items for body in answers]
    rates = {"read": ORDERS / (time.perf_counter() - begun)}
    mirror.store(account, pages[0][:1], source="live")  # plans and words are made once a process, not once a page
    rates["store"] = rate(lambda page: mirror.store(account, page, source="live"), pages)
    rates["unchanged"] = rate(lambda page: mirror.store(account, page, source="live"), pages)
    later = [[msgspec.structs.replace(order, status="Shipped", changed_at=order.changed_at.replace(year=2027),
              hash=order.hash[::-1]) for order in page] for page in pages]  # fmt: skip
    rates["changed"] = rate(lambda page: mirror.store(account, page, source="live"), later)
    if sys.argv[1] == "empty":
        rates["bare"] = bare_rate()
    return rates


if __name__ == "__main__":
    print(json.dumps(main()))  # noqa: T201
