"""What changed in an order from version to version, without personal data, and what was known of it at a moment.

A change holds what was and what became. Any earlier state is today's rows with the later changes undone, so that no
version is kept twice.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from orders import models
from orders.rows import AT, LINE, LINE_AT, Document, Parcel, Row, word_of

# Customers, addresses and unknown members are personal: of these only the fact is kept.
FIELDS = (
    "channel_number", "channel", "channel_name", "seller", "business", "status", "payment_method", "currency",
    "offer_total", "selling_total", "fees", "purchased_at", "created_at", "ship_by",
)  # fmt: skip
LINE_FIELDS = tuple(name for name in LINE if name not in ("code", "position", "placed_at"))

Pair = list[Any]  # what was, what became


@dataclass(frozen=True)
class Known:
    """What the mirror knew of an order at a moment, in JSON's words; `lines` and `parcels` by code and by label.

    It was so from `synced_at` until `until`, when the next version was read; None: it is so still.
    """

    version: int
    changed_at: datetime
    synced_at: datetime
    until: datetime | None
    fields: dict[str, Any]
    lines: dict[str, dict[str, Any]] = field(default_factory=dict)
    parcels: dict[str, dict[str, Any]] = field(default_factory=dict)


def first(new: Document) -> dict[str, Pair]:
    """The change that a first version is: nothing was."""
    status = LINE_AT["status"]
    return {
        "status": [None, new["status"]],
        **{f"lines.{code}.status": [None, row[status]] for code, row in new.lines.items()},
    }


def changes(old: Document, new: Document) -> dict[str, Pair]:
    """What became of an order between two documents, by path; empty when nothing but its stamp changed."""
    found: dict[str, Pair] = {}
    for name in FIELDS:
        was, became = old.order[AT[name]], new.order[AT[name]]
        if was != became:
            found[name] = [plain(was), plain(became)]
    for code in old.lines.keys() | new.lines.keys():
        _line_changes(found, code, old.lines.get(code), new.lines.get(code))
    for key in old.parcels.keys() | new.parcels.keys():
        was, became = _parcel(old.parcels.get(key)), _parcel(new.parcels.get(key))
        if was != became:
            found[f"parcels.{'|'.join(key)}"] = [was, became]
    for kind in ("billing", "shipping"):
        before = {key for key in old.addresses if key[0] == kind}
        after = {key for key in new.addresses if key[0] == kind}
        if before != after:
            found[kind] = [bool(before), bool(after)]
    if old["customer"] != new["customer"]:
        found["customer"] = [bool(old["customer"]), bool(new["customer"])]
    return dict(sorted(found.items()))


def _line_changes(found: dict[str, Pair], code: str, old: Row | None, new: Row | None) -> None:
    if old is None or new is None:
        found[f"lines.{code}"] = [_line(old), _line(new)]
        return
    if old == new:
        return
    for name in LINE_FIELDS:
        was, became = old[LINE_AT[name]], new[LINE_AT[name]]
        if was != became:
            found[f"lines.{code}.{name}"] = [plain(was), plain(became)]


def _line(row: Row | None) -> dict[str, Any] | None:
    return None if row is None else {name: plain(row[LINE_AT[name]]) for name in LINE_FIELDS}


def _parcel(parcel: Parcel | None) -> dict[str, Any] | None:
    if parcel is None:
        return None
    return {"number": parcel.number, "carrier": parcel.carrier, "lines": list(parcel.lines)}


def plain(value: Any) -> Any:
    """A value as JSON holds it: amounts and times as text."""
    if isinstance(value, Decimal):
        return word_of(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def as_known_at(order: models.Order, moment: datetime) -> Known | None:
    """What the mirror knew of the order at `moment`, our clock; None when it did not know it yet."""
    versions = list(models.Change.objects.filter(order=order).order_by("-version"))
    then = next((change for change in versions if change.synced_at <= moment), None)
    if then is None:
        return None
    known = Known(
        version=then.version,
        changed_at=then.changed_at,
        synced_at=then.synced_at,
        until=min((change.synced_at for change in versions if change.version > then.version), default=None),
        fields={name: plain(getattr(order, name)) for name in FIELDS},
        lines={line.code: {name: plain(getattr(line, name)) for name in LINE_FIELDS} for line in order.lines.all()},
        parcels={
            f"{parcel.number}|{parcel.carrier}": {
                "number": parcel.number,
                "carrier": parcel.carrier,
                "lines": list(parcel.lines),
            }
            for parcel in order.parcels.all()
        },
    )
    for change in versions:
        if change.version > then.version:
            _undo(known, change.fields)
    return known


def _undo(known: Known, fields: dict[str, Pair]) -> None:
    for path, (was, became) in fields.items():
        subject, _, rest = path.partition(".")
        if subject == "parcels":
            _restore(known.parcels, rest, was)
        elif subject == "lines" and any(isinstance(side, dict) and "supply_mode" in side for side in (was, became)):
            _restore(known.lines, rest, was)  # a whole line came or went
        elif subject == "lines":
            code, _, name = rest.rpartition(".")
            known.lines.setdefault(code, {})[name] = was
        elif subject in FIELDS:
            known.fields[subject] = was


def _restore(known: dict[str, dict[str, Any]], key: str, was: dict[str, Any] | None) -> None:
    if was is None:
        known.pop(key, None)
    else:
        known[key] = was
