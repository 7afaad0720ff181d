"""Every choice that a shop can make: its default, its kind and bounds, and what it does in one sentence.

A kind reads what was stored or typed into a value of Python and writes it back as JSON. Who chose what, and when, is
the table Setting; asking for a choice is `backoffice.shop`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol
from zoneinfo import available_timezones

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.roles import Role

LONGEST_HOLD = 600  # seconds
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
NAME = 200  # signs of a carrier's label or a channel's code
MANY = 200  # entries of one choice


class Section(models.TextChoices):
    """What is saved together."""

    TIME = "time", _("Time zone")
    WAREHOUSE = "warehouse", _("Warehouse")
    APPROVALS = "approvals", _("Time to approve")
    HOLDS = "holds", _("Time to take back")
    LIMITS = "limits", _("Money")
    INDICATORS = "indicators", _("The marketplace's indicators")
    RETENTION = "retention", _("How long personal data is kept")
    ALERTS = "alerts", _("Alerts by e-mail")


class Kind(Protocol):
    """What a choice's value may be."""

    def read(self, value: Any) -> Any:
        """The value in Python's terms. Raises ValueError for what it may not be."""

    def write(self, value: Any) -> Any:
        """The same as JSON."""


@dataclass(frozen=True)
class Zone:
    """The name of a time zone."""

    def read(self, value: Any) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone.")
        return str(value)

    def write(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class Whole:
    """A whole number of something, such as seconds or days."""

    unit: str | Promise
    least: int
    most: int

    def read(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise ValueError(f"{value!r} is not a whole number from {self.least} to {self.most}.")
        return value

    def write(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class Amount:
    """An amount of money in the shop's currency, or a number of points, with two decimals."""

    unit: str | Promise = "EUR"
    most: Decimal = Decimal("99999.99")

    def read(self, value: Any) -> Decimal:
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            raise ValueError(f"{value!r} is no amount.") from None
        if not amount.is_finite() or not 0 <= amount <= self.most or amount != round(amount, 2):
            raise ValueError(f"{value!r} is no amount from 0 to {self.most}.")
        return round(amount, 2)

    def write(self, value: Any) -> Any:
        return str(value)


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    def read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"{value!r} is neither yes nor no.")
        return value

    def write(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class Clocks:
    """A time of day by name; "" stands for every other name and is always there."""

    def read(self, value: Any) -> dict[str, str]:
        names = _names(value)
        if "" not in names or any(not isinstance(at, str) or not CLOCK.fullmatch(at) for at in names.values()):
            raise ValueError("Each name needs a time such as 16:00, and so does every other one.")
        return names

    def write(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class Windows:
    """Hours by name, each with how the shop knows of it: {"hours": 48, "origin": "…"}."""

    most: int = 720

    def read(self, value: Any) -> dict[str, dict[str, Any]]:
        names = _names(value)
        for known in names.values():
            hours = known.get("hours") if isinstance(known, dict) else None
            if not isinstance(hours, int) or isinstance(hours, bool) or not 1 <= hours <= self.most:
                raise ValueError(f"Each name needs hours from 1 to {self.most}.")
        return {
            name: {"hours": known["hours"], "origin": str(known.get("origin", ""))[:200]}
            for name, known in names.items()
        }

    def write(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class RolesByName:
    """Some roles by name."""

    def read(self, value: Any) -> dict[str, list[str]]:
        names = _names(value)
        for roles in names.values():
            if not isinstance(roles, list) or not set(roles) <= set(Role.values):
                raise ValueError("Each name needs a list of roles.")
        return names

    def write(self, value: Any) -> Any:
        return value


def _names(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or len(value) > MANY:
        raise ValueError("This is not a list of names.")
    if any(not isinstance(name, str) or len(name) > NAME for name in value):
        raise ValueError(f"A name has at most {NAME} signs.")
    return value


@dataclass(frozen=True)
class Choice:
    """One choice. `risky`: changed with a fresh login, after before and after were shown."""

    key: str
    section: Section
    kind: Kind
    default: Any
    label: str | Promise
    effect: str | Promise = ""
    risky: bool = False


def _holds() -> Iterable[Choice]:
    labels = {
        "accept": _("Accept"),
        "refuse": _("Refuse"),
        "ship": _("Ship"),
        "cancel": _("Cancel"),
        "gesture": _("Commercial gesture"),
        "invoice": _("Invoice"),
    }
    effect = _("How long it can be taken back before it is sent; never past the order's deadline. 0: sent at once.")
    kind = Whole(_("seconds"), 0, LONGEST_HOLD)
    for verb, label in labels.items():
        yield Choice(f"hold_{verb}", Section.HOLDS, kind, 0 if verb == "invoice" else 60, label, effect)


def _limits() -> Iterable[Choice]:
    labels = {
        "cancel_limit": _("{role}: one refund"),
        "cancel_limit_day": _("{role}: refunds of a day"),
        "gesture_limit": _("{role}: one gesture"),
        "gesture_limit_day": _("{role}: gestures of a day"),
    }
    one = _("What is above is proposed to a colleague instead of being sent.")
    day = _("When a person has given this much since midnight, more is proposed to a colleague.")
    roles = ((Role.SUPPORT, 50, 200), (Role.MANAGER, 500, 2000), (Role.ADMINISTRATOR, 500, 2000))
    for name, label in labels.items():
        for role, alone, together in roles:
            amount = Decimal(together if name.endswith("_day") else alone)
            words = format_lazy(label, role=role.label)
            effect = day if name.endswith("_day") else one
            yield Choice(f"{name}_{role}", Section.LIMITS, Amount(), amount, words, effect, risky=True)


def _indicators() -> Iterable[Choice]:
    labels = {
        "acceptance": _("Orders accepted"),
        "shipping": _("Orders shipped"),
        "deadlines": _("Deadlines kept"),
        "claims": _("Claims"),
        "refunds": _("Refunds"),
    }
    effect = _("An alert opens when the indicator comes this near to the marketplace's threshold.")
    for name, label in labels.items():
        yield Choice(
            f"indicator_margin_{name}", Section.INDICATORS, Amount(_("points"), Decimal(100)), Decimal(1), label, effect
        )


_DAYS = _("days")
CHOICES: dict[str, Choice] = {
    choice.key: choice
    for choice in (
        Choice(
            "time_zone",
            Section.TIME,
            Zone(),
            settings.SHOP_TIME_ZONE,
            _("Time zone of the shop"),
            _("Times are shown in it, and its midnight parts the days of all figures; the figures are counted anew."),
            risky=True,
        ),
        Choice(
            "cutoffs",
            Section.WAREHOUSE,
            Clocks(),
            {"": "16:00"},
            _("Cut-off times"),
            _("Until when a parcel leaves the same day: what is due today and not ready by then counts as at risk."),
        ),
        Choice(
            "item_check_single",
            Section.WAREHOUSE,
            Flag(),
            True,
            _("Scan the item of orders with a single line too"),
            _("Without it, the pack station asks for an item's scan only where an order has several lines."),
        ),
        Choice(
            "approval_windows",
            Section.APPROVALS,
            Windows(),
            {},
            _("Hours to approve an order"),
            _("The marketplace does not publish them. A channel without a number is shown with a deadline unknown."),
        ),
        *_holds(),
        *_limits(),
        Choice(
            "refuse_confirm_above",
            Section.LIMITS,
            Amount(),
            Decimal(200),
            _("Refusing an order above"),
            _("Above this amount the last four signs of the order's number are typed before it is refused."),
            risky=True,
        ),
        Choice(
            "confirm_above",
            Section.LIMITS,
            Amount(),
            Decimal(50),
            _("Sending money again above"),
            _("Above this amount, sending again what got no clear answer needs a second person."),
            risky=True,
        ),
        *_indicators(),
        Choice(
            "keep_contact_days",
            Section.RETENTION,
            Whole(_DAYS, 1, 730),
            90,
            _("Addresses, phone and e-mail"),
            _("So long after an order was closed they are erased; what was erased does not come back."),
            risky=True,
        ),
        Choice(
            "keep_name_days",
            Section.RETENTION,
            Whole(_DAYS, 1, 3650),
            730,
            _("The customer's name"),
            _("So long after an order was closed it is erased; the customer's orders can no longer be told by name."),
            risky=True,
        ),
        Choice(
            "keep_raw_days",
            Section.RETENTION,
            Whole(_DAYS, 1, 30),
            30,
            _("Records set aside"),
            _("Records that could not be read are kept as they came for so long."),
            risky=True,
        ),
        Choice(
            "keep_access_days",
            Section.RETENTION,
            Whole(_DAYS, 30, 1095),
            365,
            _("Who looked at which order"),
            _("So long the log of looks at personal data is kept."),
            risky=True,
        ),
        Choice(
            "alert_mails",
            Section.ALERTS,
            RolesByName(),
            {},
            _("Who is written to"),
            _("People of these roles with an e-mail address get one letter when the alert opens and one at its end."),
        ),
    )
}


def of(section: Section) -> list[Choice]:
    """The choices that are saved together, in their order."""
    return [choice for choice in CHOICES.values() if choice.section == section]
