"""The price of a decision: what the dialogs say one more cancellation, late parcel or gesture does to the rates."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice import shop
from orders import ports, requests
from orders.models import Cursor, GestureRequest, Indicator, Order
from orders.statistics import counting, period, price, quality
from tests import make
from tests.fulfilment.dialogs import HTMX, url
from tests.orders import shopping
from tests.orders.pages import signed_in, text
from tests.pages import known

pytestmark = pytest.mark.django_db
ORDERS = 90


@pytest.fixture
def lived(account):
    """A shop of which thirty days are known whole."""
    shopping.past(account, timezone.now(), orders=ORDERS)
    return account


def bar(account, name: str, threshold: str, kind: str) -> None:
    Indicator.objects.create(account=account, name=name, threshold=Decimal(threshold), threshold_type=kind)


def month(account) -> counting.Counted:
    """The same thirty days as the figures count them."""
    days = period.last(quality.DAYS, shop.day_of(timezone.now()))
    return counting.count(ports.Question((account.pk,), "", "", days, days, timezone.now()), days).now


def tally(account, name: str) -> quality.Tally:
    told = quality.tally(name, month(account))
    assert told
    return told


def said(part: Decimal | int, whole: Decimal | int) -> str:
    return f"{Decimal(100) * part / whole:.2f}\N{NO-BREAK SPACE}%"


def test_one_more_cancellation_moves_the_rates_that_the_figures_count(lived):
    bar(lived, "refunds", "60", "Max")
    counted, order = month(lived), make.order("NEW")
    counted.orders += 1  # the order itself is placed, too

    told = price.of_cancellation(order, timezone.now())

    ours, theirs = told.rates
    part, bad, whole = tally(lived, "refunds")
    assert (ours.now, ours.then) == (
        said(counted.cancelled, counted.orders), said(counted.cancelled + 1, counted.orders)
    )  # fmt: skip
    assert (theirs.now, theirs.then) == (said(part, whole), said(part + 1, whole + 1))
    assert theirs.bar == "at most 60.00\N{NO-BREAK SPACE}%"
    left = quality.until_alert(bad + 1, whole + 1, Decimal(60), least=False)
    assert theirs.warning == f"{left} more cancellations until the alert"


def test_a_parcel_after_its_deadline_tells_how_far_the_alert_is_then(lived):
    late = make.order("LATE", lines=(make.line(ship_by=timezone.now() - timedelta(hours=1)),))
    part, _bad, whole = tally(lived, "deadlines")
    bar(lived, "deadlines", "99", "Min")

    told = price.of_late_parcel(late, timezone.now())

    assert told
    assert [(rate.now, rate.then, rate.bar) for rate in told.rates] == [
        (said(part, whole), said(part, whole + 1), "at least 99.00\N{NO-BREAK SPACE}%")
    ]
    assert told.rates[0].tone == "danger"
    assert price.of_late_parcel(make.order("SOON"), timezone.now()) is None


def test_a_gesture_tells_its_part_of_the_orders_and_of_the_revenue(lived):
    order, counted = make.order("NEW", status="Shipped"), month(lived)
    amount, revenue = counted.given()["EUR"][1], counted.money["EUR"].revenue
    days = period.last(quality.DAYS, shop.day_of(timezone.now()))
    with_one = GestureRequest.objects.filter(status="Done", created_at__gte=days.since, created_at__lt=days.until)

    told = price.of_gesture(order, Decimal("9.99"), timezone.now())

    orders, money = told.rates
    many = with_one.values("number").distinct().count()
    assert (orders.now, orders.then) == (said(many, counted.orders), said(many + 1, counted.orders))
    assert (money.now, money.then) == (said(amount, revenue), said(amount + Decimal("9.99"), revenue))


def test_an_order_that_counts_already_changes_nothing_and_says_so(lived):
    requests.store_cancellations(lived, [shopping.cancellation("NEW", 1, timezone.now())])
    requests.store_gestures(lived, [shopping.gesture("NEW", 1, timezone.now())])
    GestureRequest.objects.update(status="Done")
    order = make.order("NEW")

    told = price.of_cancellation(order, timezone.now()), price.of_gesture(order, None, timezone.now())

    assert [one.rates for one in told] == [(), ()]
    assert all("already" in one.already for one in told)


def test_too_little_known_is_said_and_no_rate_is_made_up(account):
    order = make.order("NEW", lines=(make.line(ship_by=timezone.now() - timedelta(hours=1)),))
    now = timezone.now()
    few = [price.of_cancellation(order, now), price.of_late_parcel(order, now), price.of_gesture(order, None, now)]
    shopping.past(account, now, orders=ORDERS)
    Cursor.objects.filter(name="backfill").update(position=now - timedelta(days=3))

    assert few == [price.Price(too_little=True)] * 3
    assert price.of_cancellation(order, now) == price.Price(too_little=True)


@pytest.mark.parametrize("enough", [True, False])
def test_the_three_dialogs_say_it_as_our_estimate_in_one_statement(account, enough):
    open_one = make.order("OPEN", lines=(make.line(ship_by=timezone.now() - timedelta(hours=1)),))
    gone = make.order("GONE", status="Shipped")
    known(open_one, gone)
    pages = [(open_one, "cancellation"), (open_one, "shipment"), (gone, "gesture")]
    if enough:
        shopping.past(account, timezone.now(), orders=ORDERS)
    client = signed_in("manager")

    for order, page in pages:
        with CaptureQueriesContext(connection) as queries:
            told = text(client.get(url(order, page), headers=HTMX))
        assert "Price of this decision (our estimate, last 30 days)" in told, page
        assert ("Too few orders are known" in told) is not enough
        assert len([one for one in queries.captured_queries if "orders_shippedrollup" in one["sql"]]) == 1


def test_the_price_of_a_gesture_follows_the_amount(lived):
    order = make.order("GONE", status="Shipped")
    known(order, order)
    client = signed_in()

    before = text(client.get(url(order, "gesture"), headers=HTMX))
    typed = client.get(url(order, "gesture") + "?sum=1&amount=5&reason=ShippingFees", headers=HTMX)

    assert "Gestures of the revenue (EUR)" not in before
    assert "Gestures of the revenue (EUR)" in text(typed)
    assert 'id="fulfilment-price"' in typed.content.decode()
    assert 'hx-swap-oob="true"' in typed.content.decode()


def test_another_account_has_a_price_of_its_own(lived):
    other = make.account(seller_id="2")
    order = make.order("NEW", of=other)

    assert price.of_cancellation(order, timezone.now()) == price.Price(too_little=True)
    assert Order.objects.filter(account=lived).count() == ORDERS


def test_the_pack_station_says_it_in_a_line_of_a_late_order_alone(lived):
    late = make.order("LATE", lines=(make.line(ship_by=timezone.now() - timedelta(hours=1)),))
    soon = make.order("SOON")
    part, _bad, whole = tally(lived, "deadlines")
    packer = signed_in("warehouse", lived)

    def opened(order: Order) -> str:
        """What the station shows of the order, which is put back again."""
        packer.post("/warehouse/pack/", {"form_token": f"open {order.number:>20}", "text": order.number})
        shown = text(packer.get("/warehouse/pack/"))
        packer.post("/warehouse/pack/", {"form_token": f"back {order.number:>20}", "step": "back"})
        return shown

    expected = f"One more late parcel: On time {said(part, whole)} → {said(part, whole + 1)}"
    assert " ".join(expected.split()) in opened(late)
    assert "One more late parcel" not in opened(soon)
