"""The dock check: what was declared must be on the cart, and what is on the cart must be declared.

Declared is what we asked for and what the marketplace shows as shipped, since the last day on which a cart was checked:
what stayed behind then is missed today too. Nothing here asks anything of the marketplace.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from backoffice import shop, typography
from backoffice.models import SellerAccount, User
from fulfilment import carriers
from fulfilment.models import Command, DockScan, State
from octopia.contract.vocabulary import Verb
from orders.models import Parcel

WITHIN = timedelta(days=7)  # how far back the last cart is looked for
EARLIER = timedelta(days=60)  # how far back the declaration of a label is looked for
FORMER = 30  # carts of a page
WEEKS = timedelta(weeks=6)  # days of a page, at most
UNDONE = (State.REFUSED, State.WITHDRAWN, State.CLOSED_NOT_DONE, State.PROPOSED)  # nothing is declared by these
Key = tuple[int, str]  # account and number


@dataclass(frozen=True)
class Declared:
    """A parcel that must be on the cart; `order` is its number, `slug` the account's."""

    account: int
    slug: str
    number: str
    carrier: str
    order: str
    at: datetime
    scan: DockScan | None = None

    @property
    def key(self) -> Key:
        return self.account, self.number


@dataclass(frozen=True)
class Cart:
    """`loaded`: declared and on the cart; `missing`: declared only; `strange`: on the cart only."""

    loaded: list[Declared] = field(default_factory=list)
    missing: list[Declared] = field(default_factory=list)
    strange: list[DockScan] = field(default_factory=list)

    @property
    def declared(self) -> int:
        return len(self.loaded) + len(self.missing)

    @property
    def meets(self) -> bool:
        return bool(self.loaded) and not self.missing and not self.strange

    def of(self, carrier: str) -> "Cart":
        """The part of one carrier; what is not declared has none and stays."""
        return Cart(
            [parcel for parcel in self.loaded if parcel.carrier == carrier],
            [parcel for parcel in self.missing if parcel.carrier == carrier],
            self.strange,
        )

    @property
    def carriers(self) -> dict[str, tuple[int, int]]:
        """By carrier: how many are on the cart, and how many were declared."""
        found: dict[str, tuple[int, int]] = {}
        for parcels, loaded in ((self.loaded, 1), (self.missing, 0)):
            for parcel in parcels:
                on_cart, declared = found.get(parcel.carrier, (0, 0))
                found[parcel.carrier] = on_cart + loaded, declared + 1
        return dict(sorted(found.items()))


@dataclass(frozen=True)
class Former:
    """A day on which a cart was checked: how many labels were scanned, between when, and by whom."""

    day: date
    count: int
    first: datetime
    last: datetime
    people: list[str]

    @property
    def words(self) -> str:
        return typography.days(self.day, self.day)


def cart(among: Sequence[SellerAccount], day: date) -> Cart:
    """The cart of a day. Five queries at most."""
    accounts = [account.pk for account in among]
    scans = {
        (scan.account_id, scan.number): scan
        for scan in DockScan.objects.filter(account__in=accounts, day=day).order_by("-at", "-pk")
    }
    expected = _since_last(accounts, day)
    unknown = {number for account, number in scans if (account, number) not in expected}
    ends = shop.begins(day + timedelta(days=1))
    earlier = _declared(accounts, ends - EARLIER, ends, unknown) if unknown else {}
    known = earlier | expected
    # scanned before it was declared, a label is kept with any account
    others = {parcel.number: parcel for key, parcel in known.items() if key not in scans}
    loaded, strange = [], []
    for key, scan in scans.items():
        parcel = known.get(key) or others.get(scan.number)
        if parcel is None:
            strange.append(scan)
        else:
            loaded.append(replace(parcel, scan=scan))
    there = {parcel.key for parcel in loaded}
    missing = sorted((parcel for key, parcel in expected.items() if key not in there), key=lambda parcel: parcel.at)
    return Cart(loaded, missing, strange)


def declarations(number: str, among: Sequence[SellerAccount], now: datetime) -> dict[Key, Declared]:
    """What this label was declared as, in the accounts that declared it."""
    return _declared([account.pk for account in among], now - EARLIER, now, {number})


def scan(
    number: str, known: dict[Key, Declared], among: Sequence[SellerAccount], by: User, now: datetime
) -> tuple[DockScan, bool]:
    """Note a label as being on the cart: the scan, and whether it is the first of it today."""
    return DockScan.objects.get_or_create(
        account_id=next((account for account, _number in known), among[0].pk),
        day=shop.day_of(now),
        number=number,
        defaults={"by": by, "by_name": str(by), "at": now},
    )


def former(among: Sequence[SellerAccount], before: date) -> list[Former]:
    """The carts before this day, the last one first: those of some weeks, up to the last cart there was."""
    past = DockScan.objects.filter(account__in=[account.pk for account in among], day__lt=before)
    last = DockScan.objects.filter(account=OuterRef("pk"), day__lt=before).order_by("-day").values("day")[:1]
    accounts = SellerAccount.objects.filter(pk__in=[account.pk for account in among])
    newest = accounts.aggregate(newest=Max(Subquery(last)))["newest"]  # each by its index, however many scans there are
    if newest is None:
        return []
    told = past.filter(day__gt=newest - WEEKS).values("day").order_by("-day")
    told = told.annotate(
        count=Count("pk"), first=Min("at"), last=Max("at"), people=ArrayAgg("by_name", distinct=True, default=[])
    )
    return [Former(**row) for row in told[:FORMER]]


def before(among: Sequence[SellerAccount], day: date) -> bool:
    """Was there a cart before this day?"""
    return DockScan.objects.filter(account__in=[account.pk for account in among], day__lt=day).exists()


def _since_last(accounts: list[int], day: date) -> dict[Key, Declared]:
    """What was declared since the last cart, and is not gone with it."""
    past = DockScan.objects.filter(account__in=accounts, day__lt=day, day__gte=day - WITHIN)
    last = past.aggregate(last=Max("day"))["last"]
    begin = shop.begins(last or day)
    found = _declared(accounts, begin, shop.begins(day + timedelta(days=1)))
    if last is not None:
        gone = set(past.filter(number__in=[number for _account, number in found]).values_list("number", flat=True))
        found = {key: parcel for key, parcel in found.items() if parcel.number not in gone}
    return found


def _declared(
    accounts: list[int], since: datetime, until: datetime, numbers: Iterable[str] | None = None
) -> dict[Key, Declared]:
    """What was declared in this time, by us or elsewhere; of these numbers alone where they are given."""
    shown = Parcel.objects.filter(account__in=accounts)
    asked = Command.objects.filter(
        account__in=accounts, kind=Verb.SHIP, created_at__gte=since, created_at__lt=until
    ).exclude(state__in=UNDONE)
    if numbers is None:
        shown = shown.filter(order__shipped_at__gte=since, order__shipped_at__lt=until)
    else:
        wanted = set(numbers)
        shown = shown.filter(number__in=wanted | {number.lower() for number in wanted})
        naming = Q()
        for number in wanted:
            naming |= Q(payload__parcels__contains=[{"number": number}])
        asked = asked.filter(naming)
    found = {}
    seen = Coalesce("order__shipped_at", "seen_at")
    told = shown.values_list("account", "account__slug", "number", "carrier", "order__number", seen)
    for account, slug, number, carrier, order, at in told:
        parcel = Declared(account, slug, carriers.tidy(number), carrier.strip(), order, at)
        found[parcel.key] = parcel
    named = asked.values_list("account", "account__slug", "payload", "subject", "created_at")
    for account, slug, payload, order, at in named:
        for each in payload["parcels"]:
            if numbers is None or each["number"] in wanted:
                parcel = Declared(account, slug, each["number"], each["carrier"].strip(), order, at)
                found[parcel.key] = parcel
    return found
