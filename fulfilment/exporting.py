"""The history of gestures as a table: the rows that its address shows to who asked."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial

from django.http import QueryDict
from django.utils.translation import gettext as _

from backoffice import shop, wording
from backoffice.exports import STEP, Page, Table, at_once
from backoffice.models import Export
from backoffice.sheets import Cell
from fulfilment import asked_gestures, gestures
from fulfilment.gestures import Row, Wanted
from orders import queries, words

SOURCE = "gestures"


def table(export: Export) -> Table:
    """As the page showed it, by the rights this person has now."""
    user = export.owner
    if user is None or not (user.has_perm("orders.export") and user.has_perm("orders.gestures")):
        return at_once([], [])
    among = list(user.scope().defer("client_secret", "profile"))
    wanted = asked_gestures.read(QueryDict(export.wishes["address"]), user, among, export.created_at).wanted
    head = [
        _("Order"), _("Account"), _("Asked"), _("Amount"), _("Currency"), _("Reason"), _("Details"), _("State"),
        _("Asked by"), _("Confirmed by"), _("Decided"), _("Marketplace's words"), _("Note for the team"),
    ]  # fmt: skip
    total = sum(count for _group, _currency, count, _amount in gestures.sums(wanted))
    return Table(head, partial(_pages, wanted, {account.pk: account.name for account in among}), total)


def _pages(wanted: Wanted, names: Mapping[int, str], place: str) -> Iterator[Page]:
    while found := gestures.rows(wanted, queries.unkey(place), STEP):
        place = queries.place(found[-1].created_at, found[-1].pk)
        yield Page([_cells(row, names) for row in found], place)


def _cells(row: Row, names: Mapping[int, str]) -> list[Cell]:
    reason = str(words.GESTURE_REASONS.get(row.reason, row.reason))
    state = str(wording.word(row.word, row.kind).label)
    return [
        row.number, names[row.account], _moment(row.created_at), row.amount, row.currency, reason, row.details, state,
        row.who, row.confirmed_by, _moment(row.decided_at), row.said, row.note,
    ]  # fmt: skip


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(shop.zone()):%Y-%m-%d %H:%M}" if at else ""
