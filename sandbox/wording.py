"""How the marketplace writes dates, money and JSON."""

import json
import re
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]

_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d)?(\.\d+)?([Zz]|[+-]\d\d:?\d\d)?)?")


def stamp(moment: float) -> str:
    """ISO 8601 with an offset, to the second: `2026-11-04T09:12:33+00:00`."""
    return datetime.fromtimestamp(int(moment), UTC).isoformat()


def moment(text: str) -> float:
    """Seconds since the epoch; a time without offset is UTC; `ValueError` when it is not a date."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"not an ISO 8601 date: {text!r}")
    day, clock, second, fraction, zone = found.groups()
    second = ":59" if second == ":60" else second or ":00"
    whole = datetime.fromisoformat(f"{day}T{clock or '00:00'}{second}{'+00:00' if zone in (None, 'Z', 'z') else zone}")
    return whole.timestamp() + float(fraction or 0)


def euros(cents: int) -> float | int:
    return cents // 100 if cents % 100 == 0 else cents / 100


MOST = 1e12  # euros


def cents(amount: float) -> int:
    """Whole cents; more than any order is worth counts as `MOST`: JSON has numbers that no integer can be made of."""
    return round(min(amount, MOST) * 100)


_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dump(value: Any) -> bytes:
    return _write(value).encode()
