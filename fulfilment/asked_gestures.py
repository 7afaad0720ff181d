"""What an address of the history of gestures asks for, read for a person: by their page and by its file alike."""

from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.urls import reverse

from backoffice import shop
from backoffice.models import SellerAccount, User
from fulfilment.gestures import ELSEWHERE, GROUPS, Wanted
from orders.statistics import period
from orders.statistics.period import Period

NONE = "-"  # stands in an address for a reason or currency that was not told
_NAMES = ("account", "state", "person", "reason", "currency", "channel")


@dataclass(frozen=True)
class Asked:
    """What the address asks for, in the person's scope."""

    wanted: Wanted
    period: Period
    account: str
    among: list[SellerAccount]

    def query(self, **more: str) -> str:
        """This list's query string, with other filters; an empty one takes a filter away."""
        wanted = self.wanted
        pairs = {
            "account": self.account, "state": wanted.group, "person": wanted.person, "channel": wanted.channel,
            "reason": told(wanted.reason), "currency": told(wanted.currency),
        }  # fmt: skip
        return period.address(self.period, **(pairs | more))

    def address(self, **more: str) -> str:
        return reverse("fulfilment:gestures") + self.query(**more)


def read(query: QueryDict, user: User, among: list[SellerAccount], now: datetime) -> Asked:
    chosen = period.read(query, shop.day_of(now))
    given = {name: query.get(name, "")[:100].replace("\0", "") for name in _NAMES}
    slug = given["account"] if given["account"] in {account.slug for account in among} else ""
    wanted = Wanted(
        accounts=[account.pk for account in among if slug in ("", account.slug)],
        since=chosen.span.since,
        until=chosen.span.until,
        group=given["state"] if given["state"] in GROUPS else "",
        person=given["person"] if given["person"].isdecimal() or given["person"] == ELSEWHERE else "",
        reason=_asked_for(given["reason"]),
        currency=_asked_for(given["currency"]),
        channel=given["channel"],
        mine=None if user.has_perm("fulfilment.every_gesture") else user.pk,
    )
    return Asked(wanted, chosen, slug, among)


def told(value: str | None) -> str:
    return NONE if value == "" else value or ""


def _asked_for(value: str) -> str | None:
    return "" if value == NONE else value or None
