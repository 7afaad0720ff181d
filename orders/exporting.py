"""The orders list as a table: the rows that its address shows to who asked, by order or by line."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _

from backoffice import shop, wording
from backoffice.exports import STEP, Table
from backoffice.models import Export, SellerAccount, User
from backoffice.sheets import Cell
from orders import filters, queries, scope, search
from orders.fields import sees
from orders.filters import Filters
from orders.models import Line, Order
from orders.queries import OPEN, Matching
from orders.views.row import recipient_of

SOURCE = "orders"
PERSONAL = "orders.export_personal"


def table(export: Export) -> Table:
    """The list as its address shows it, to this person and by the rights they have now."""
    user = export.owner
    if user is None or not user.has_perm("orders.export"):
        return Table([], iter(()), 0)
    among = list(user.scope().defer("client_secret", "profile"))
    known = scope.surroundings(among, export.created_at)
    chosen = filters.read(
        QueryDict(export.wishes["address"]),
        accounts=[account.slug for account in among],
        statuses=[*(word for word, _label in wording.statuses()), *known.statuses],
        channels=[code for code, _name in known.channels],
        prices=user.has_perm("orders.prices"),
    ).filters
    wanted = [account for account in among if chosen.account in ("", account.slug)]
    ids = _found(export, chosen, user, wanted)
    matching = Matching(chosen, [account.pk for account in wanted], export.created_at, ids)
    columns = _Columns(user, among, personal=export.personal and user.has_perm(PERSONAL))
    by_line = export.wishes["per"] == "line"
    return Table(columns.head(by_line), _rows(matching, columns, by_line), _total(matching))


def _found(export: Export, chosen: Filters, user: User, wanted: Sequence[SellerAccount]) -> Sequence[int] | None:
    within = scope.to_search(user, wanted)
    if numbers := export.wishes.get("numbers"):
        return search.paste(numbers, within).ids
    return search.find(chosen.text, within).ids if chosen.text else None


def _total(matching: Matching) -> int:
    if matching.listed is not None:
        return len(matching.listed)
    return sum(rows.order_by().count() for rows in matching.sets)


def _rows(matching: Matching, columns: "_Columns", by_line: bool) -> Iterator[Sequence[Cell]]:
    """Page by page, each beginning after the last row of the one before: memory does not grow with the rows."""
    key: queries.Key | None = None
    while found := matching.neighbours(STEP, key):
        lines: dict[int, list[Line]] = {}
        if by_line:
            for line in Line.objects.filter(order__in=[order.pk for order in found]).order_by("order", "position"):
                lines.setdefault(line.order_id, []).append(line)
        for order in found:
            if by_line:
                yield from (columns.line(order, line) for line in lines.get(order.pk, ()))
            else:
                yield columns.order(order)
        key = (getattr(found[-1], matching.sorting.column), found[-1].pk)


class _Columns:
    """What one person's table shows of an order: what their list shows, without the customer unless it is asked for."""

    def __init__(self, user: User, among: Sequence[SellerAccount], *, personal: bool) -> None:
        self.user, self.personal = user, personal
        self.names = {account.pk: account.name for account in among}
        self.prices = user.has_perm("orders.prices")
        self.zone = shop.zone()

    def head(self, by_line: bool) -> list[str]:
        lines = [_("Line"), _("SKU"), _("Product"), _("Quantity"), _("State of the line")]
        return [
            _("Order"),
            *((*lines, *([_("Unit price")] if self.prices else [])) if by_line else ()),
            _("Ship by"),
            _("Shipped"),
            *([_("For")] if self.personal else []),
            *([] if by_line else [_("Products"), _("Items")]),
            _("State"),
            *([_("Total"), _("Currency")] if self.prices else []),
            *([_("Account")] if len(self.names) > 1 else []),
            _("Placed"),
        ]

    def order(self, order: Order) -> list[Cell]:
        return [order.number, *self._about(order, [order.first_title, order.item_count])]

    def line(self, order: Order, line: Line) -> list[Cell]:
        said = str(wording.word(line.status).label)
        cells: list[Cell] = [order.number, line.code, line.sku, line.title, line.quantity, said]
        return [*cells, *([line.selling_unit] if self.prices else []), *self._about(order, [])]

    def _about(self, order: Order, products: list[Cell]) -> list[Cell]:
        partly = order.partly_shipped and order.status == "InPreparation"
        return [
            self._moment(order.deadline if order.status in OPEN else None),
            self._moment(order.shipped_at),
            *([recipient_of(order, sees(self.user, order))] if self.personal else []),
            *products,
            str(wording.word("PartlyShipped" if partly else order.status).label),
            *([order.selling_total, order.currency] if self.prices else []),
            *([self.names[order.account_id]] if len(self.names) > 1 else []),
            self._moment(order.placed_at),
        ]

    def _moment(self, at: datetime | None) -> str:
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}" if at else ""
