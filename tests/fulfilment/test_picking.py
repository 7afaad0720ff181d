"""Pick list and slips: one sequence, what is left out, reprints, and barcodes that read as they are written."""

import itertools
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.models import SellerAccount, User
from fulfilment import warehouse
from fulfilment.barcodes import _WIDTHS, code128
from fulfilment.models import Product, Slip
from fulfilment.warehouse import picking
from orders.models import Order
from tests import make
from tests.fulfilment.asking import ship

pytestmark = pytest.mark.django_db


def order(number: str, *skus: str, **line) -> Order:
    lines = tuple(make.line(f"L{turn}", sku=sku, **line) for turn, sku in enumerate(skus))
    return make.order(number, lines=lines)


def shelf(account: SellerAccount, **places: str) -> None:
    for sku, location in places.items():
        Product.objects.create(account=account, sku=sku, location=location)


def browser(*accounts: SellerAccount, role: str = "warehouse", **fields) -> tuple[Client, User]:
    client, user = Client(), make.user(role, *accounts, **fields)
    client.force_login(user)
    return client, user


def printed(client: Client, *orders: Order):
    return client.post("/warehouse/pick/", {"o": [order.pk for order in orders]}, follow=True)


def test_single_line_orders_come_first_by_shelf_then_by_sku(account):
    shelf(account, HOSE="A12", LAMP="A3", DRILL="B1")
    orders = [order("SC1", "HOSE"), order("SC2", "DRILL", "LAMP"), order("SC3", "NOWHERE"), order("SC4", "LAMP")]
    user = make.user("warehouse")

    run = picking.run(orders, user)

    assert [sheet.order.number for sheet in run.sheets] == ["SC4", "SC1", "SC3", "SC2"]
    assert [piece.line.sku for piece in run.sheets[-1].pieces] == ["LAMP", "DRILL"]
    assert run.located


def test_the_list_adds_up_what_is_picked_and_says_for_which_slips(account):
    shelf(account, HOSE="A12", LAMP="A3")
    orders = [order("SC1", "LAMP", quantity=2), order("SC2", "LAMP"), order("SC3", "HOSE", "LAMP")]

    run = picking.run(orders, make.user("warehouse"))

    assert [(pick.piece.line.sku, pick.quantity, pick.slips) for pick in run.singles] == [("LAMP", 3, [1, 2])]
    assert [(pick.piece.line.sku, pick.slips) for pick in run.others] == [("LAMP", [3]), ("HOSE", [3])]
    total = sum(pick.quantity for pick in (*run.singles, *run.others))
    assert total == sum(sheet.items for sheet in run.sheets)


def test_without_shelves_the_list_goes_by_sku_and_says_so(account):
    client, _user = browser()
    orders = [order("SC1", "SKU-10"), order("SC2", "SKU-9")]

    page = printed(client, *orders)

    assert [sheet.order.number for sheet in page.context["run"].sheets] == ["SC2", "SC1"]
    assert "the list is sorted by SKU" in page.content.decode()


def test_only_what_we_ship_is_picked(account):
    lines = (make.line(sku="OURS"), make.line("QK02", sku="THEIRS", supply_mode="Fulfillment"))
    mixed = make.order("SC1", lines=lines)

    run = picking.run([mixed], make.user("warehouse"))

    assert [piece.line.sku for piece in run.sheets[0].pieces] == ["OURS"]


def test_orders_of_another_warehouse_get_no_slip(account):
    client, _user = browser()
    make.order("SC1", lines=(make.line(sku="THEIRS", supply_mode="Fulfillment"),))
    assert "SC1" in client.get("/warehouse/?bucket=not-ours").content.decode()

    page = client.get("/warehouse/pick/?bucket=not-ours").content.decode()
    answer = client.post("/warehouse/pick/", {"bucket": "not-ours"})

    assert "Another warehouse packs these orders" in page
    assert 'id="pick-print"' not in page
    assert (answer.headers["Location"], Slip.objects.count()) == ("/warehouse/pick/", 0)


def test_what_is_kept_back_or_on_its_way_is_left_out_and_told(account):
    client, user = browser()
    orders = [order("SC1", "LAMP"), order("SC2", "LAMP"), order("SC3", "LAMP")]
    warehouse.hold(orders[0], user, reason="box", until=timezone.now() + timedelta(hours=1))
    ship(orders[1])

    page = client.get("/warehouse/pick/", {"o": [order.pk for order in orders]})

    assert [sheet.order.number for sheet in page.context["run"].sheets] == ["SC3"]
    assert "2 orders are left out" in page.content.decode()


def test_at_most_fifty_slips_are_made_at_once(account):
    client, _user = browser()
    orders = [order(f"SC{turn}", "LAMP") for turn in range(52)]

    printed(client, *orders)

    assert Slip.objects.count() == 50


def test_a_second_slip_says_who_printed_the_first_and_the_first_stays_what_it_was(account):
    one = order("SC1", "LAMP")
    first, _karim = browser(username="karim")
    second, _amelie = browser(username="amelie")

    original = printed(first, one)
    again = printed(second, one)
    looked_at = first.get(original.redirect_chain[-1][0])

    assert "Reprint" not in original.content.decode()
    assert "Reprint: karim printed this slip before" in again.content.decode()
    assert "Reprint" not in looked_at.content.decode()


def test_looking_is_not_printing(account):
    client, _user = browser()
    order("SC1", "LAMP")

    client.get("/warehouse/pick/")

    assert not Slip.objects.exists()


def test_slips_of_another_account_are_not_there(account):
    other = make.account(seller_id="2")
    one = order("SC1", "LAMP")
    mine, _user = browser(account)
    theirs, _other = browser(other)

    page = printed(mine, one)

    assert theirs.get(page.redirect_chain[-1][0]).status_code == 404
    assert printed(theirs, one).context.get("run") is not None
    assert Slip.objects.count() == 1


def test_a_slip_s_code_has_eight_signs_and_its_own_beginning(account):
    one = order("SC1", "LAMP")

    assert re.fullmatch(r"!S\d{8,}", picking.code(one))
    assert picking.code(one) in printed(browser()[0], one).content.decode()


@pytest.mark.parametrize("text", ["!S00000042", "3760000000017", "SCID01-abc_Z", "~ !"])
def test_the_bars_read_as_what_is_written(text):
    barcode = code128(text)

    assert read(barcode.bars) == text


def read(bars: tuple[tuple[int, int], ...]) -> str:
    """What a scanner makes of the bars."""
    edges = [edge for at, width in bars for edge in (at, at + width)]
    widths = [after - before for before, after in itertools.pairwise(edges)]
    signs = [_WIDTHS.index("".join(map(str, widths[at : at + 6]))) for at in range(0, len(widths) - 7, 6)]
    start, *values, check = signs
    assert start == 104
    assert "".join(map(str, widths[-7:])) == _WIDTHS[106]
    assert check == (start + sum(place * value for place, value in enumerate(values, 1))) % 103
    return "".join(chr(value + 32) for value in values)


@pytest.mark.parametrize("text", ["", "é", "\n"])
def test_what_has_no_bars_is_refused(text):
    with pytest.raises(ValueError, match="ASCII"):
        code128(text)


def test_what_was_ticked_in_the_list_of_orders_is_on_the_pick_list(account):
    first, second, left = order("SC1", "HOSE"), order("SC2", "LAMP"), order("SC3", "DRILL")
    client, _user = browser(account)
    assert 'formaction="/warehouse/pick/chosen/"' in client.get("/orders/").content.decode()

    page = client.post("/warehouse/pick/chosen/", {"order": [f"{one.pk}.1" for one in (first, second)]}, follow=True)

    assert [sheet.order.number for sheet in page.context["run"].sheets] == ["SC1", "SC2"]
    assert left.number not in page.content.decode()
    assert client.post("/warehouse/pick/chosen/", {})["Location"] == "/orders/"
