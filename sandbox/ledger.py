"""The record of what really happened: one entry per effect, whatever the caller was told."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect. `effect` is accepted, refused, shipped (one entry per parcel), cancellation, gesture or invoice.

    `by` is "api" for a call of the seller's client, "elsewhere" for another tool or person of the seller's, "customer",
    "warehouse" or "marketplace". `request` is the id the marketplace gave to the request, when it gives one; `call` the
    trace id of the call that caused it.
    """

    id: int
    at: str
    effect: str
    seller: str
    order: str
    by: str = "api"
    request: str = ""
    call: str = ""
    lines: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)

    def saved(self) -> dict[str, Any]:
        return asdict(self)


def restored(row: dict[str, Any]) -> Effect:
    return Effect(**{**row, "lines": tuple(row["lines"])})
