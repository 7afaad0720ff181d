"""The list of declared parcels, and its entry in the side bar."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice import shop
from backoffice.pages import page
from fulfilment import carriers, parcels
from fulfilment.parcels import PAGE, Row, Wanted
from orders import scope
from orders.folding import fold
from orders.lookup import TooSlow, bounded
from orders.models import Carrier


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    show: str  # "" for those the marketplace shows, "asked" for those it does not show yet
    number: str
    carrier: str
    day: str
    account: str
    before: int | None

    @property
    def narrowed(self) -> bool:
        return bool(self.number or self.carrier or self.day or self.account)

    def address(self, **changes: str | int) -> str:
        pairs = {"show": self.show, "q": self.number, "carrier": self.carrier, "day": self.day, "account": self.account}
        kept = {name: value for name, value in {**pairs, **changes}.items() if value}
        return reverse("fulfilment:parcels") + (f"?{urlencode(kept)}" if kept else "")


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Number, carrier, order, items, who, when, state; found by a scan, too."""
    asked = _asked(request)
    among = scope.accounts(request)
    wanted = _wanted(asked, [account.pk for account in among if asked.account in ("", account.slug)])
    rows: list[Row] = []
    slow = False
    try:
        with bounded():
            read = parcels.asked if asked.show else parcels.declared
            rows = read(wanted, asked.before)
    except TooSlow:
        slow = True
    ids = list(dict.fromkeys(row.pk for row in rows))
    shown = [row for row in rows if row.pk in set(ids[:PAGE])]
    labels = dict.fromkeys(
        label.strip() for label in Carrier.objects.filter(account__in=wanted.accounts).values_list("label", flat=True)
    )
    return page(
        request,
        "fulfilment/parcels.html",
        {
            "asked": asked,
            "tabs": [
                {"label": _("Declared"), "url": asked.address(show=""), "current": not asked.show},
                {
                    "label": _("Asked for, not visible yet"),
                    "url": asked.address(show="asked"),
                    "current": bool(asked.show),
                },
            ],
            "rows": shown,
            "carriers": sorted(labels, key=fold),
            "accounts": among,
            "several": len(among) > 1,
            "older": asked.address(before=ids[PAGE - 1]) if len(ids) > PAGE else "",
            "newer": asked.address() if asked.before is not None else "",
            "clear": asked.address(q="", carrier="", day="", account=""),
            "slow": slow,
            "here": reverse("fulfilment:parcels"),
        },
    )


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    if not scope.person(request).has_perm("orders.view"):
        return []
    url = reverse("fulfilment:parcels")
    current = request.path.startswith((url, reverse("fulfilment:imports")))
    return [{"label": _("Parcels"), "url": url, "key": "g p", "icon": "parcels", "count": "", "current": current}]


def _asked(request: HttpRequest) -> Asked:
    before = request.GET.get("before", "")
    return Asked(
        show="asked" if request.GET.get("show") == "asked" else "",
        number=carriers.tidy(request.GET.get("q", "").replace("\0", ""))[: parcels.LONGEST],
        carrier=request.GET.get("carrier", "").replace("\0", "")[:200],
        day=_day(request.GET.get("day", "")),
        account=request.GET.get("account", "")[:60],
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if len(text) == 10 and text < "9999" else ""
    except ValueError:
        return ""


def _wanted(asked: Asked, accounts: list[int]) -> Wanted:
    day = date.fromisoformat(asked.day) if asked.day else None
    since, until = (shop.begins(day), shop.begins(day + timedelta(days=1))) if day else (None, None)
    return Wanted(tuple(accounts), asked.number, asked.carrier, since, until)
