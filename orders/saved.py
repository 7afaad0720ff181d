"""Saved views of the orders list: which ones a person has, what their addresses mean to them, and their counts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Max, Q
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone

from backoffice.models import SavedView, SellerAccount, User
from orders import filters, queries, scope, selection, words
from orders.filters import Asked, Filters
from orders.forms import ViewForm
from orders.queries import Matching

MOST = 20  # views that one person keeps, and that are shown of others
COUNTED = 12  # views whose orders are counted beside their names
KEPT = 10  # seconds that another's change of a shared view may take to be seen
TABS = 6  # views that stand beside those everybody has; the others are in a menu
SHARED = "orders.shared_views"

Audience = SavedView.Audience
APPROVALS = filters.address(Filters(view="to-approve"))
PLAIN = {filters.address(Filters(view=view)) for view in ("", *filters.VIEWS)}  # the lists that everybody has


@dataclass(frozen=True)
class View:
    """A saved view as one person reads it. `filters`: what of its address exists for them."""

    row: SavedView
    filters: Filters
    own: bool


def of(user: User) -> list[SavedView]:
    """The person's own views, then those of their role and everybody's, each in their order.

    Kept for some seconds, since every list asks; own changes are seen at once.
    """
    known: list[SavedView] | None = cache.get(_key(user.pk))
    if known is None:
        known = _ask(user)
        cache.set(_key(user.pk), known, KEPT)
    return known


def forget(user: User) -> None:
    """This person changed a view: their next list asks anew."""
    cache.delete(_key(user.pk))


def _key(user: int) -> str:
    return f"saved-views:{user}"


def _ask(user: User) -> list[SavedView]:
    theirs = Q(audience__in=[Audience.EVERYBODY, user.role])
    found = SavedView.objects.filter(Q(owner=user) | theirs).select_related("owner")
    rows = list(found.only("name", "address", "audience", "position", "owner__name", "owner__username")[: 4 * MOST])
    own = [row for row in rows if row.owner_id == user.pk]
    return [*own, *[row for row in rows if row.owner_id != user.pk][:MOST]]


def read(request: HttpRequest, among: Sequence[SellerAccount], around: scope.Surroundings | None = None) -> list[View]:
    """The views of this person. Another's is left out where part of its address is not theirs to see."""
    user = scope.person(request)
    rows = of(user)
    known = around or (scope.surroundings(among, timezone.now()) if rows else None)
    found = []
    for row in rows:
        asked = _asked(row, request, among, known)
        if row.owner_id == user.pk or not asked.complaints:
            found.append(View(row, asked.filters, own=row.owner_id == user.pk))
    return found


def _asked(
    row: SavedView, request: HttpRequest, among: Sequence[SellerAccount], around: scope.Surroundings | None = None
) -> Asked:
    """What a view's address means to this person; its complaints: what of it does not exist for them."""
    return selection.read(QueryDict(row.address.removeprefix("?")), request, among, around)


def counts(views: Sequence[View], among: Sequence[SellerAccount], now: datetime) -> dict[int, int]:
    """How many orders each view holds, by its id and at most CAP + 1, in one query; costly ones are not counted."""
    cheap = [view for view in views if _is_cheap(view.filters)][:COUNTED]
    if not cheap:
        return {}
    wanted = [
        Matching(
            replace(view.filters, add_up=False),
            [account.pk for account in among if view.filters.account in ("", account.slug)],
            now,
        )
        for view in cheap
    ]
    return {view.row.pk: count for view, count in zip(cheap, queries.counts(*wanted), strict=True)}


def _is_cheap(chosen: Filters) -> bool:
    """Whether an index counts this view, or the few open orders do."""
    if chosen.text or chosen.pasted:
        return False
    return not replace(chosen, add_up=False).walks() or queries.sorts_by_deadline(chosen)


def beside(
    request: HttpRequest, current: Filters, among: Sequence[SellerAccount], around: scope.Surroundings, now: datetime
) -> dict[str, Any]:
    """What the list shows of its saved views: tabs, the menu with the others, and the form that keeps this address.

    Two queries, one where nothing is saved.
    """
    user = scope.person(request)
    views = read(request, among, around)
    counted = counts(views, among, now)
    shown = [tab(view, counted.get(view.row.pk), current) for view in views]
    here = filters.address(current)
    known = any(view["current"] for view in shown) or here in PLAIN
    return {
        "tabs": shown[:TABS],
        "current": any(view["current"] for view in shown),
        "others": shown[TABS:],
        "any": bool(views),
        "form": None if known or current.pasted else ViewForm(user=user, initial={"address": here}),
    }


def tab(view: View, count: int | None, current: Filters) -> dict[str, Any]:
    """One view beside those that everybody has."""
    return {
        "label": view.row.name,
        "url": address(view.filters),
        "count": "" if count is None else words.capped(count),
        "current": view.filters == current,
        "tone": "",
    }


def remember(user: User, chosen: Filters, views: dict[str, Any]) -> None:
    """Keep which view this person looks at, for the way back to the list; approvals have a way of their own.

    Where somebody was last, like when: written by a look, and only where it is another one.
    """
    here = filters.address(chosen)
    if (views["current"] or here in PLAIN - {APPROVALS}) and here != user.last_view:
        User.objects.filter(pk=user.pk).update(last_view=here)


def address(chosen: Filters) -> str:
    """The list's address, also where no filter is set."""
    return reverse("orders:list") + filters.address(chosen)


def kept(text: str, request: HttpRequest, among: Sequence[SellerAccount]) -> str:
    """The address to be kept for what a list's form sent: as it is written here, without a pasted list.

    With the columns that are on the screen, where the person chose them.
    """
    chosen = selection.read(QueryDict(text.removeprefix("?")), request, among).filters
    own = sorted(name for name in scope.person(request).columns.split(",") if name)
    return filters.address(replace(chosen, pasted="", columns=chosen.columns or tuple(own)))


def last_place(user: User) -> int:
    """The place after the person's own views."""
    last = SavedView.objects.filter(owner=user).aggregate(last=Max("position"))["last"]
    return 0 if last is None else int(last) + 1


def move(row: SavedView, step: int) -> None:
    """One place up (-1) or down (1) among the views of the same owner."""
    rows = list(SavedView.objects.filter(owner=row.owner_id))
    at = next((index for index, one in enumerate(rows) if one.pk == row.pk), 0)
    to = min(max(at + step, 0), len(rows) - 1)
    rows.insert(to, rows.pop(at))
    for place, one in enumerate(rows):
        if one.position != place:
            SavedView.objects.filter(pk=one.pk).update(position=place)


def may_change(user: User, row: SavedView) -> bool:
    """One's own; and what is shared, for those who share. `row` is one that `read` gave."""
    return row.owner_id == user.pk or bool(row.audience and user.has_perm(SHARED))


def changeable(request: HttpRequest, row: SavedView) -> bool:
    """The same of any view: not of another's that names an account or a channel that is not theirs."""
    user = scope.person(request)
    if not may_change(user, row):
        return False
    return row.owner_id == user.pk or not _asked(row, request, scope.accounts(request)).complaints
