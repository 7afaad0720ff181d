"""The orders of a list's address as a fixed set, for whoever asks for something of all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import wording
from backoffice.models import SellerAccount, User
from orders import filters, ports, scope, search
from orders.filters import Asked, Filters
from orders.lookup import bounded
from orders.models import Order
from orders.queries import Matching

PASTED = "pasted"  # the session's lists of pasted numbers, the last few


@dataclass(frozen=True)
class Selection:
    """`orders`: (id, account's id) in the sequence of the list; `beyond`: there are more of them."""

    orders: list[tuple[int, int]] = field(default_factory=list)
    beyond: bool = False


def of_view(request: HttpRequest, address: str, most: int) -> Selection:
    """The first `most` orders of the list at this address, a query string, for this person. May raise TooSlow."""
    among = scope.accounts(request)
    chosen = read(QueryDict(address.removeprefix("?")), request, among).filters
    wanted = [account for account in among if chosen.account in ("", account.slug)]
    hits = found(request, chosen, scope.person(request), wanted)
    matching = Matching(chosen, [account.pk for account in wanted], timezone.now(), None if hits is None else hits.ids)
    with bounded():
        rows = matching.neighbours(most + 1)
    return Selection([(row.pk, row.account_id) for row in rows[:most]], beyond=len(rows) > most)


def chosen(request: HttpRequest, most: int) -> Selection:
    """The orders that a list's form posts: those ticked, or all of its view, of this person. May raise TooSlow."""
    if request.POST.get("all"):
        return of_view(request, view(request), most)
    among = [account.pk for account in scope.accounts(request)]
    ticked = [*versions(request)]
    found = dict(Order.objects.filter(account__in=among, pk__in=ticked).values_list("pk", "account"))
    return Selection([(pk, found[pk]) for pk in ticked if pk in found])


def view(request: HttpRequest) -> str:
    """The address of the list that a form was sent from, a query string."""
    asked = request.POST.get("view", "")[:2000]
    return asked if asked.startswith("?") and asked.isprintable() else ""


def versions(request: HttpRequest) -> dict[int, int]:
    """The ids that were ticked with the versions that were shown; what is neither is left out."""
    found: dict[int, int] = {}
    for value in request.POST.getlist("order")[: ports.MOST_AT_ONCE]:
        pk, _dot, version = value.partition(".")
        if all(part.isascii() and part.isdigit() for part in (pk, version)) and len(pk) < 19 and len(version) < 10:
            found[int(pk)] = int(version)
    return found


def read(
    query: QueryDict, request: HttpRequest, among: Sequence[SellerAccount], around: scope.Surroundings | None = None
) -> Asked:
    """What an address asks for, by the words that this person's scope knows."""
    known = around or scope.surroundings(among, timezone.now())
    return filters.read(
        query,
        accounts=[account.slug for account in among],
        statuses=[*(word for word, _label in wording.statuses()), *known.statuses],
        channels=[code for code, _name in known.channels],
        prices=scope.person(request).has_perm("orders.prices"),
    )


def found(request: HttpRequest, asked: Filters, user: User, wanted: Sequence[SellerAccount]) -> search.Found | None:
    """What the search of this address finds; None where nothing is searched."""
    within = scope.to_search(user, wanted)
    if asked.pasted:
        numbers = request.session.get(PASTED, {}).get(asked.pasted)
        if numbers is None:
            return search.Found(notes=[_("This pasted list is no longer kept. Paste the numbers again.")])
        return search.paste(numbers, within)
    return search.find(asked.text, within) if asked.text else None
