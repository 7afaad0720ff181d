"""Records that do not parse, or parse and still hurt: every way the fault `broken` knows."""

from collections.abc import Callable
from typing import Any

Record = dict[str, Any]


def _set(name: str, value: Any) -> Callable[[Record], None]:
    def breakage(record: Record) -> None:
        record[name] = value

    return breakage


def _drop(*names: str) -> Callable[[Record], None]:
    def breakage(record: Record) -> None:
        for name in names:
            record.pop(name, None)

    return breakage


def _in_line(name: str, value: Any) -> Callable[[Record], None]:
    def breakage(record: Record) -> None:
        for line in (record.get("lines") or [])[:1]:
            line[name] = value

    return breakage


def _nested(depth: int) -> Any:
    value: Any = "bottom"
    for _ in range(depth):
        value = [value]
    return value


def _lines_of_one_name(record: Record) -> None:
    lines = record.get("lines") or []
    record["lines"] = [*lines, *lines]


def _poisoned_text(record: Record) -> None:
    for line in (record.get("lines") or [])[:1]:
        if isinstance(line.get("offer"), dict):
            line["offer"]["productTitle"] = "Vase\x00 <script>alert(1)</script> \ud800 \u202egnp.exe"


def _long_text(record: Record) -> None:
    record["reference"] = "R" * 100_000


BREAKAGES: tuple[Callable[[Record], None], ...] = (
    _in_line("quantity", "deux"),
    _drop("orderId", "requestId"),
    _set("totalPrice", "gratuit"),
    _set("updatedAt", "hier soir"),
    _set("lines", "none"),
    _set("salesChannel", ["CDISFR"]),
    Record.clear,
    _in_line("sellingPrice", {"unitSalesPrice": 10**400, "shippingCost": -1}),
    _drop("status"),
    _set("createdAt", "2026-02-30T25:61:00Z"),
    _set("updatedAt", "9999-12-31T23:59:59-23:59"),
    _set("orderId", {"value": 7}),
    _in_line("offer", None),
    _in_line("quantity", -3),
    _in_line("quantity", 10**30),
    _set("lines", [None, 5, "line"]),
    _set("lines", None),
    _set("billingAddress", _nested(60)),
    _lines_of_one_name,
    _poisoned_text,
    _long_text,
    _set("currencyCode", None),
    _set("seller", "104512"),
    _set("status", ""),
)
