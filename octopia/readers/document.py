"""Reads JSON nobody vouches for: limits, types and unknown members; it knows no order and no request."""

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from octopia.schema import Page, Unreadable

T = TypeVar("T")

NUMBER = 64  # signs of an order's number or a line's code
STATUS = 64
SHORT = 500
LONG = 2_000
RAW = 64 * 1024  # bytes of an unreadable record that are kept
CEILING = Decimal(10) ** 10  # what numeric(14,4) holds is below this
FLOOR = -CEILING
GRAIN = Decimal("0.0001")
DEPTH = 32  # of an unknown member
DIGITS = 60  # of a number in an unknown member
YEARS = range(2000, 2101)
HOLLOW = frozenset({"productAttributes", "statusEvents", "cancellationDetails"})  # empty says nothing (clients)

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_raws = msgspec.json.Decoder(list[msgspec.Raw])
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_token = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["\[\]{},]', re.DOTALL)
_member = re.compile(rb'"([A-Za-z]{1,40})"\s{0,8}:\s{0,8}"([^"\\]{1,64})"')

UNDECODABLE = (msgspec.MsgspecError, RecursionError, ValueError, ArithmeticError)


class Malformed(ValueError):
    """What was read breaks a limit or has the wrong shape; the text is a sentence that quotes no value."""


class Reading:
    """One document being read. What nobody took in the end is unknown, and kept."""

    def __init__(self, document: Any) -> None:
        self.nodes: list[Node] = []
        self.root = self.node(document, "")

    def node(self, members: Any, path: str) -> "Node":
        if not isinstance(members, dict):
            raise Malformed(f"{path.rstrip('.') or 'The record'} is not an object.")
        node = Node(self, members, path)
        self.nodes.append(node)
        return node

    def extra(self) -> dict[str, Any]:
        """Every member that was not taken, by path; raises Malformed when one of them could not be stored."""
        extra: dict[str, Any] = {}
        for node in self.nodes:
            if not node.members:
                continue
            for name, value in node.members.items():
                if name in HOLLOW and not value:
                    continue
                _sane(name, "An unknown member's name", 0)
                _sane(value, f"{node.path}{name[:SHORT]}", 0)
                extra[f"{node.path}{name}"] = value
        return extra


class Node:
    """One object of a document: each member is taken once, by its name over there. Null and absent are the same."""

    __slots__ = ("members", "path", "reading")

    def __init__(self, reading: Reading, members: dict[str, Any], path: str) -> None:
        self.reading = reading
        self.members = members
        self.path = path

    def text(self, name: str, limit: int = SHORT) -> str:
        value = self.members.pop(name, None)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise Malformed(f"{self.path}{name} is not a text.")
        if len(value) > limit:
            raise Malformed(f"{self.path}{name} is longer than {limit} signs.")
        if "\0" in value:
            raise Malformed(f"{self.path}{name} holds a NUL.")
        return value

    def texts(self, *names: str) -> list[str]:
        """Several texts at once, since an order has a hundred."""
        pop = self.members.pop
        found = []
        for name in names:
            value = pop(name, None)
            if value is None:
                value = ""
            elif type(value) is not str or len(value) > SHORT or "\0" in value:
                self.members[name] = value
                value = self.text(name)  # which says what is wrong with it
            found.append(value)
        return found

    def required(self, name: str, limit: int = SHORT) -> str:
        if not (value := self.text(name, limit)).strip():
            raise Malformed(f"{self.path}{name} is missing.")
        return value

    def identity(self, name: str) -> str:
        """A text that some answers write as a whole number."""
        value = self.members.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < CEILING**2:
            self.members[name] = str(value)
        return self.text(name)

    def number(self, name: str) -> Decimal | None:
        """A number as numeric(14,4) holds it: a finer one is rounded as PostgreSQL would."""
        value = self.members.pop(name, None)
        if value is None:
            return None
        kind = type(value)  # exact: a bool is an int
        if kind is not Decimal and kind is not int:
            raise Malformed(f"{self.path}{name} is not a number.")
        amount = Decimal(value)
        if FLOOR < amount < CEILING:  # compared before any sum: 1e999999999 is a short text
            fine = amount.quantize(GRAIN, ROUND_HALF_UP)
            if fine == amount:
                return amount
            if FLOOR < fine < CEILING:
                return fine
        raise Malformed(f"{self.path}{name} is beyond what a sum can be.")

    def whole(self, name: str, limit: int) -> int:
        """A required whole number from 0 to `limit`; 2.0 is one too."""
        value = self.members.pop(name, None)
        if value is None:
            raise Malformed(f"{self.path}{name} is missing.")
        if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < 10 and value == int(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Malformed(f"{self.path}{name} is not a whole number.")
        if not 0 <= value <= limit:
            raise Malformed(f"{self.path}{name} is not between 0 and {limit}.")
        return value

    def flag(self, name: str) -> bool | None:
        value = self.members.pop(name, None)
        if value is not None and not isinstance(value, bool):
            raise Malformed(f"{self.path}{name} is neither true nor false.")
        return value

    def moment(self, name: str) -> datetime | None:
        text = self.text(name, limit=64)
        if not text:
            return None
        if (moment := instant(text)) is None:
            raise Malformed(f"{self.path}{name} is not a date between {YEARS.start} and {YEARS.stop - 1}.")
        return moment

    def required_moment(self, name: str) -> datetime:
        if (moment := self.moment(name)) is None:
            raise Malformed(f"{self.path}{name} is missing.")
        return moment

    def child(self, name: str) -> "Node":
        """The object of that name, an empty one when it is null or absent."""
        value = self.members.pop(name, None)
        path = f"{self.path}{name}."
        return Node(self.reading, {}, path) if value is None else self.reading.node(value, path)

    def children(self, name: str, limit: int = 1_000) -> Iterator["Node"]:
        """The objects of a list; null entries are left out."""
        value = self.members.pop(name, None)
        if value is None:
            return
        if not isinstance(value, list):
            raise Malformed(f"{self.path}{name} is not a list.")
        if len(value) > limit:
            raise Malformed(f"{self.path}{name} has more than {limit} entries.")
        for index, entry in enumerate(value):
            if entry is not None:
                yield self.reading.node(entry, f"{self.path}{name}.{index}.")


@lru_cache(maxsize=4_096)
def instant(text: str) -> datetime | None:
    """ISO 8601, with or without fraction or offset; none is UTC (inferred). None: no date, or an absurd one."""
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year in YEARS else None


def decode(raw: bytes | msgspec.Raw) -> Any:
    """A JSON value with its numbers as int or Decimal; raises Malformed."""
    try:
        return _decoder.decode(raw)
    except RecursionError:
        raise Malformed("The record is nested too deeply.") from None
    except UNDECODABLE:
        raise Malformed("The record is not JSON.") from None


def fingerprint(document: Any) -> str:
    """The sha256 of the document with its keys sorted, in hex; raises Malformed."""
    try:
        return hashlib.sha256(msgspec.json.encode(document, order="sorted")).hexdigest()
    except RecursionError:
        raise Malformed("The record is nested too deeply.") from None
    except UNDECODABLE:
        raise Malformed("The record holds a number nobody could mean.") from None


def records(body: bytes) -> list[bytes]:
    """The records of a list, bare or in an envelope, each as its own bytes; raises Malformed when there is no list.

    A record that is not even JSON does not spoil its neighbours: then the list is cut by its brackets alone.
    """
    try:
        if body.lstrip()[:1] != b"{":
            return [bytes(raw) for raw in _raws.decode(body)]
        items = _members.decode(body)["items"]
        return [] if bytes(items).strip() == b"null" else [bytes(raw) for raw in _raws.decode(items)]
    except msgspec.ValidationError:
        raise Malformed("The answer is not a list.") from None
    except KeyError:
        raise Malformed("The answer has no list in it.") from None
    except UNDECODABLE:
        return _cut(body)


def named_records(body: bytes) -> dict[str, bytes]:
    """The members of one object, each as its own bytes; raises Malformed."""
    try:
        return {name: bytes(raw) for name, raw in _members.decode(body).items()}
    except UNDECODABLE:
        raise Malformed("The answer is not an object.") from None


def _cut(body: bytes) -> list[bytes]:
    """Cut a broken list at the commas of its own level; raises Malformed when it has no end."""
    found: list[bytes] = []
    depth, level, start, key, ended = 0, 0, 0, b"", False
    for match in _token.finditer(body):
        token = match.group()
        if token in b"[{":
            depth += 1
            if not level and token == b"[" and (depth == 1 or (depth == 2 and key == b'"items"')):
                level, start = depth, match.end()
        elif token in b"]}":
            if depth == level and not ended:
                ended = True
                if last := body[start : match.start()].strip():
                    found.append(last)
            depth -= 1
        elif token == b"," and depth == level and not ended:
            found.append(body[start : match.start()].strip())
            start = match.end()
        elif token == b'"':  # a text without an end
            break
        elif depth == 1 and token != b",":
            key = token
    else:
        if ended and depth == 0:
            return found
    raise Malformed("The answer was cut, or is not JSON.")


def page(body: bytes, read: Callable[[Any], T], identify: Callable[[Any], tuple[str, datetime | None]]) -> Page[T]:
    """Read each record by itself; one that cannot be read is set aside. Raises Malformed when there is no list."""
    items: list[T] = []
    unreadable: list[Unreadable] = []
    raws = records(body)
    for raw in raws:
        try:
            items.append(read(decode(raw)))
        except Malformed as error:
            unreadable.append(set_aside(raw, str(error), identify))
    return Page(items=tuple(items), unreadable=tuple(unreadable), received=len(raws))


def set_aside(raw: bytes, reason: str, identify: Callable[[Any], tuple[str, datetime | None]]) -> Unreadable:
    """The record as evidence, with its number and time where these at least can be read."""
    number, changed_at = "", None
    try:
        document = decode(raw)
    except Malformed:
        document = _glimpse(raw)
    if isinstance(document, dict):
        number, changed_at = identify(document)
    return Unreadable(raw=raw[:RAW], reason=reason, number=number, changed_at=changed_at)


def _glimpse(raw: bytes) -> dict[str, str]:
    """The short plain texts of something that is not JSON, the first of each name: enough to know whose it is."""
    found: dict[str, str] = {}
    for name, value in _member.findall(raw[:RAW]):
        found.setdefault(name.decode(), value.decode(errors="replace"))
    return found


def nameless(document: Any) -> tuple[str, datetime | None]:
    """For records that nobody looks up again."""
    return "", None


def named(name: str) -> Callable[[Any], tuple[str, datetime | None]]:
    """Identify a record by the member `name` and its `updatedAt`, each only if it is sound."""

    def identify(document: Any) -> tuple[str, datetime | None]:
        number, changed = document.get(name), document.get("updatedAt")
        sound = isinstance(number, str) and len(number) <= NUMBER and "\0" not in number
        at = instant(changed) if isinstance(changed, str) and len(changed) <= 64 else None
        return (number if sound else ""), at

    return identify


def _sane(value: Any, where: str, depth: int) -> None:
    """An unknown member may be anything that can be stored and shown."""
    if depth > DEPTH:
        raise Malformed(f"{where} is nested too deeply.")
    if isinstance(value, str):
        if "\0" in value:
            raise Malformed(f"{where} holds a NUL.")
    elif isinstance(value, dict):
        for name, entry in value.items():
            _sane(name, where, depth)
            _sane(entry, where, depth + 1)
    elif isinstance(value, list):
        for entry in value:
            _sane(entry, where, depth + 1)
    elif isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > DIGITS or len(value.as_tuple().digits) > DIGITS:
            raise Malformed(f"{where} is a number nobody could mean.")
    elif isinstance(value, int) and abs(value) >= 10**DIGITS:
        raise Malformed(f"{where} is a number nobody could mean.")
