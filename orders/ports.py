"""Registries that apps fill in `ready()`: where an order's timeline comes from. Knows nobody who fills them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backoffice.models import User
    from orders.models import Order


@dataclass(frozen=True)
class Shift:
    """Something that was and became something else. `status`: both are the marketplace's words, shown as badges."""

    label: str
    was: str = ""
    became: str = ""
    status: bool = False


@dataclass(frozen=True)
class Entry:
    """One thing that happened to an order. `at`: when, by the clock of who did it; `read_at`: when we learned it."""

    at: datetime
    origin: str  # marketplace, us, person
    title: str
    who: str = ""
    status: str = ""  # shown as a badge after the title
    kind: str = ""  # of that badge
    read_at: datetime | None = None
    shifts: tuple[Shift, ...] = field(default=())
    said: tuple[str, ...] = ()  # the marketplace's own words
    tone: str = ""


TIMELINE: list[Callable[["Order", "User"], Iterable[Entry]]] = []
