"""The orders of a list's address as a fixed set, for whoever asks for something of all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import wording
from backoffice.models import SellerAccount, User
from orders import filters, scope, search
from orders.filters import Asked, Filters
from orders.lookup import bounded
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
