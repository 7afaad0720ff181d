"""What a scan is, by its looks: our slip, a command card, an item. Pure.

Our own codes have a prefix, at least eight signs and always a digit: by the digit a scanner in the wrong layout shows.
"""

import re
from collections.abc import Iterable
from enum import StrEnum

from orders.models import Line

LONGEST = 200  # signs of a scan that is looked at
SLIP = "!S"


class Card(StrEnum):
    """The command cards; their values are printed."""

    NEXT = "NEXT"
    PROBLEM = "PROBLEM"
    BACK = "TAKEBACK"
    PARCEL = "PARCEL"
    ANSWER = "ANSWER"


_CARD = re.compile(r"!C(NEXT|PROBLEM|TAKEBACK|PARCEL|ANSWER)(\d{0,2})", re.ASCII)


def tidy(text: str) -> str:
    """A scan without what no code holds: control signs, and the spaces around it. Case is kept."""
    return "".join(sign for sign in text[: LONGEST * 2] if sign.isprintable()).strip()[:LONGEST]


def card_code(card: Card, number: int = 0) -> str:
    return f"!C{card}{number:02}"


def card(text: str) -> tuple[Card, int] | None:
    """The command of a card, and the number on it; typed by hand it may have spaces."""
    found = _CARD.fullmatch("".join(text.split()).upper())
    return (Card(found[1]), int(found[2] or 0)) if found else None


def slip_code(pk: int) -> str:
    return f"{SLIP}{pk:08}"


def slip(text: str) -> int | None:
    """The key of the order on a slip; None for what is no slip of ours."""
    digits = text.removeprefix(SLIP)
    return int(digits) if digits != text and digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 18 else None


def is_item(text: str, line: Line, eans: Iterable[str]) -> bool:
    """Is this the line's product? By our SKU, or by its EAN in whichever length it is printed."""
    if text == line.sku or text.casefold() == line.sku.casefold():
        return bool(text)
    digits = _bare(text)
    return bool(digits) and digits in {_bare(code) for code in (line.gtin, *eans)}


def is_trade_number(text: str) -> bool:
    """Is its check digit that of an EAN, UPC or GTIN? Some tracking numbers happen to be."""
    if not (text.isascii() and text.isdigit() and len(text) in (8, 12, 13, 14)):
        return False
    digits = [int(digit) for digit in reversed(text)]
    return (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


def _bare(code: str) -> str:
    """Without the zeros that a longer form puts in front; "" for what is no such number."""
    code = code.strip()
    return code.lstrip("0") if code.isascii() and code.isdigit() and len(code) >= 8 else ""
