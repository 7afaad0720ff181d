"""The rows of the list and the counts beside its tabs, which are written out for speed, say what they stand for."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from orders import mirror, queries, scope
from orders.filters import Filters
from orders.models import Order
from orders.queries import Matching
from orders.views import row
from tests import make
from tests.orders.pages import link, numbers, signed_in, text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", ["SCID0126", "26-11_04", "a b", "a/b", "..", "é", "50%", '"><b>', "a?b#c"])
def test_the_address_of_an_order_is_the_one_that_django_writes(number):
    assert row.order_url(number, "?from=x") == reverse("orders:detail", args=[number]) + "?from=x"


def test_hostile_words_stay_words_in_a_row():
    order = make.order('"><b>1</b>', lines=(make.line(title="<script>x</script>"),))

    body = signed_in().get("/orders/").content.decode()

    assert f'id="order-{order.pk}"' in body
    assert "<script>x" not in body
    assert "<b>1" not in body
    assert "&lt;script&gt;x" in body


def test_a_view_is_counted_alike_beside_its_name_and_in_its_list():
    now = timezone.now()
    accounts = [make.account(), make.account(seller_id="7")]
    for turn in range(24):
        make.order(
            f"N{turn}",
            of=accounts[turn % 2],
            status=("InPreparation", "WaitingAcceptance", "Shipped")[turn % 3],
            lines=(
                make.line(ship_by=now + timedelta(hours=turn - 12), supply_mode=("Seller", "Xdock")[turn % 5 == 0]),
            ),
        )
    Order.objects.filter(status="Shipped").update(shipped_at=now, changed_at=now)

    around = scope.surroundings(accounts, now)

    for among in (accounts, accounts[:1]):
        keys = [account.pk for account in among]
        views = [Matching(Filters(view=view), keys, now) for view in scope.COUNTED]
        counted = around.counted(keys)
        assert list(counted.values()) == queries.counts(*views)
        assert all(counted.values())


@pytest.mark.parametrize("typed", ["sku-77-b", "lampadaire", "pasted"])
def test_what_a_search_found_is_paged_newest_first_whichever_way(typed):
    account = make.account()
    now = timezone.now().replace(microsecond=0)
    placed = {f"N{turn:03d}": now - timedelta(hours=(turn * 37) % 120) for turn in range(120)}
    lines = (make.line(sku="SKU-77-B", title="Lampadaire"),)
    found = [make.reading(number, created_at=at, lines=lines) for number, at in placed.items()]
    other = make.reading("OTHER", lines=(make.line(sku="SKU-78-B", title="Mug"),))
    mirror.store(account, [*found, other], source="live")
    client = signed_in()

    if typed == "pasted":
        first = client.post("/orders/", {"numbers": " ".join(placed)}, follow=True)
    else:
        first = client.get(f"/orders/?q={typed}")
    second = client.get("/orders/" + link(first, 'rel="next"'))
    third = client.get("/orders/" + link(second, 'rel="next"'))
    back = client.get("/orders/" + link(third, 'rel="prev"'))

    newest = sorted(placed, key=lambda number: placed[number], reverse=True)
    assert [*numbers(first), *numbers(second), *numbers(third)] == newest
    assert numbers(back) == numbers(second)
    assert 'rel="next"' not in third.content.decode()
    assert "50 of 120 orders" in text(first)
