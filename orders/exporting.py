"""The orders list as a table: the rows and columns that are on the screen of who asked, by order or by line."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from django.db.models import QuerySet, Sum
from django.http import QueryDict
from django.utils.translation import gettext as _

from backoffice import shop, wording
from backoffice.exports import STEP, Page, Table, at_once
from backoffice.models import Export, SellerAccount, User
from backoffice.sheets import Cell
from orders import columns, filters, queries, scope, search
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
        return at_once([], [])
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
    personal = export.personal and user.has_perm(PERSONAL)
    decide = chosen.view == "to-approve"
    shown = _Columns(user, among, export.wishes.get("columns", ()), decide=decide, personal=personal)
    by_line = export.wishes["per"] == "line"
    return Table(shown.head(by_line), partial(_pages, matching, shown, by_line), _total(matching, by_line))


def _found(export: Export, chosen: Filters, user: User, wanted: Sequence[SellerAccount]) -> Sequence[int] | None:
    within = scope.to_search(user, wanted)
    if ticked := export.wishes.get("orders"):
        rows = Order.objects.filter(pk__in=ticked, account__in=[account.pk for account in wanted])
        return list(rows.order_by("-placed_at", "-pk").values_list("pk", flat=True))
    if numbers := export.wishes.get("numbers"):
        return search.paste(numbers, within).ids
    return search.find(chosen.text, within).ids if chosen.text else None


def _total(matching: Matching, by_line: bool) -> int:
    if matching.listed is not None:
        return _lines([Order.objects.filter(pk__in=matching.listed)]) if by_line else len(matching.listed)
    return _lines(matching.sets) if by_line else sum(rows.order_by().count() for rows in matching.sets)


def _lines(sets: "Sequence[QuerySet[Order]]") -> int:
    return sum(rows.order_by().aggregate(lines=Sum("line_count", default=0))["lines"] for rows in sets)


def _pages(matching: Matching, shown: "_Columns", by_line: bool, place: str) -> Iterator[Page]:
    """Each begins after the last order of the one before: memory does not grow with the rows."""
    key = queries.unkey(place)
    while found := matching.neighbours(STEP, key):
        place = queries.key_of(found[-1], matching.sorting)
        key = queries.unkey(place)
        if by_line:
            lines: dict[int, list[Line]] = {}
            for line in Line.objects.filter(order__in=[order.pk for order in found]).order_by("order", "position"):
                lines.setdefault(line.order_id, []).append(line)
            yield Page([shown.line(order, line) for order in found for line in lines.get(order.pk, ())], place)
        else:
            yield Page([shown.order(order) for order in found], place)


class _Columns:
    """The list's columns as a table has them: what one cell of the page says together stands in cells of its own.

    The customer is left out unless it is asked for.
    """

    def __init__(
        self, user: User, among: Sequence[SellerAccount], wanted: Sequence[str], *, decide: bool, personal: bool
    ) -> None:
        self.user, self.decide = user, decide
        self.names = {account.pk: account.name for account in among}
        self.shown = [
            name for name in columns.shown(wanted, user, len(among) > 1) if personal or name != columns.CUSTOMER
        ]
        self.prices = user.has_perm("orders.prices")
        self.zone = shop.zone()

    def head(self, by_line: bool) -> list[str]:
        lines = [_("Line"), _("SKU"), _("Product"), _("Quantity"), _("State of the line")]
        return [
            _("Order"),
            *((*lines, *([_("Unit price")] if self.prices else [])) if by_line else ()),
            *(title for name in self._of(by_line) for title in self._titles(name)),
        ]

    def order(self, order: Order) -> list[Cell]:
        return [order.number, *self._about(order, by_line=False)]

    def line(self, order: Order, line: Line) -> list[Cell]:
        said = str(wording.word(line.status).label)
        cells: list[Cell] = [order.number, line.code, line.sku, line.title, line.quantity, said]
        return [*cells, *([line.selling_unit] if self.prices else []), *self._about(order, by_line=True)]

    def _of(self, by_line: bool) -> list[str]:
        """The columns about the order; those of its products are the line's where each line has a row."""
        return [name for name in self.shown if not (by_line and name in ("products", "items"))]

    def _titles(self, name: str) -> list[str]:
        title = str(columns.COLUMNS[name].label)
        match name:
            case "ship-by" if self.decide:
                return [_("Decide by")]
            case "ship-by" if "shipped" not in self.shown:  # the page shows one of the two there
                return [title, str(columns.COLUMNS["shipped"].label)]
            case "total":
                return [title, _("Currency")]
            case "commission":
                return [title, _("Partly our estimate")]
        return [title]

    def _about(self, order: Order, *, by_line: bool) -> list[Cell]:
        return [cell for name in self._of(by_line) for cell in self._cells(name, order)]

    def _cells(self, name: str, order: Order) -> list[Cell]:
        match name:
            case "ship-by" if self.decide:
                return [self._moment(queries.decide_by(order))]
            case "ship-by":
                due = self._moment(order.deadline if order.status in OPEN else None)
                return [due] if "shipped" in self.shown else [due, self._moment(order.shipped_at)]
            case "customer":
                return [recipient_of(order, sees(self.user, order))]
            case "products":
                return [order.first_title]
            case "items":
                return [order.item_count]
            case "state":
                partly = order.partly_shipped and order.status == "InPreparation"
                return [str(wording.word("PartlyShipped" if partly else order.status).label)]
            case "total":
                return [order.selling_total, order.currency]
            case "commission":
                told = "" if order.commission is None else _("yes") if order.commission_estimated else _("no")
                return [order.commission, told]
            case "channel":
                return [order.channel_name or order.channel]
            case "channel-number":
                return [order.channel_number]
            case "shipped":
                return [self._moment(order.shipped_at)]
            case "account":
                return [self.names[order.account_id]]
        return [self._moment(order.placed_at)]

    def _moment(self, at: datetime | None) -> str:
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}" if at else ""
