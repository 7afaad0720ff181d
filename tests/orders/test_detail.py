"""The order page: its money explained, what is hidden and why, its timeline, its place in the list, and its refresh."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.models import AccessLog
from octopia import schema
from orders import mirror, readings, reasons, sums
from orders.models import CancellationRequest, GestureRequest, Line, Order, OrderExtra, Reading
from orders.numbers import NumberConverter
from orders.sheet import safe_url
from tests import make
from tests.orders.pages import link, numbers, signed_in, text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def shop():
    return make.account()


def page(number="SCID1", role="support", query=""):
    return text(signed_in(role).get(f"/orders/{number}/{query}"))


# --- Money -------------------------------------------------------------------------------------------------------


def a_line(**members):
    return Line(**{"status": "InPreparation", "quantity": 2, "selling_unit": Decimal("10.00")} | members)


def test_a_line_costs_unit_times_quantity_and_its_delivery_whatever_total_was_received():
    told = sums.line_sum(a_line(selling_shipping=Decimal("3.50"), selling_total=Decimal("999")))

    assert told.total == Decimal("23.50")


def test_a_discount_is_what_the_customer_pays_below_our_price():
    told = sums.line_sum(a_line(offer_unit=Decimal(12), offer_shipping=Decimal(4), selling_shipping=Decimal(1)))

    assert told.discount == Decimal(7)


@pytest.mark.parametrize(
    ("members", "amount", "estimated"),
    [
        ({"commission_without_vat": Decimal("1.61"), "commission_rate": Decimal(800)}, Decimal("1.61"), False),
        ({"commission_rate": Decimal(800)}, Decimal("1.88"), True),  # 8 % of 2 × 10.05 + 3.40 = 23.50
        ({"commission_rate": Decimal(1250)}, Decimal("2.94"), True),  # 2.9375, half up
    ],
)
def test_a_commission_that_was_not_told_is_estimated_from_its_rate(members, amount, estimated):
    line = a_line(offer_unit=Decimal("10.05"), offer_shipping=Decimal("3.40"), **members)

    assert sums.line_sum(line).commission == sums.Commission(amount, estimated)


def test_the_sums_leave_cancelled_lines_out_and_add_the_fees():
    lines = [a_line(selling_shipping=Decimal(5)), a_line(status="Cancelled"), a_line(selling_unit=None)]

    told = sums.order_sum(lines, [["Frais", "1.49"], [None, "oops"]])

    assert (told.goods, told.shipping, told.total) == (Decimal(20), Decimal(5), Decimal("26.49"))
    assert (told.left_out, told.unknown) == (1, 1)


def test_the_page_explains_the_money(shop):
    make.order(
        "SCID1",
        lines=(make.line(quantity=2, selling_unit=Decimal("44.90")),),
        service_fees=(schema.ServiceFee(label="Frais de dossier", amount=Decimal("1.49")),),
    )

    words = page()

    assert "Products €89.80 Delivery €5.90 Service fee: Frais de dossier €1.49 The customer pays €97.19" in words
    assert "€10.00 below our price" in words
    assert "Commission" not in words


def test_the_marketplaces_total_is_told_where_it_is_another(shop):
    make.order("SCID1", lines=(make.line(quantity=1, selling_unit=Decimal("44.90")),))
    Order.objects.update(selling_total=Decimal("50.80"))  # goods and delivery

    same = page()
    Order.objects.update(selling_total=Decimal("48.00"))

    assert "The customer pays €50.80" in same
    assert "The marketplace's own total" not in same
    assert "The marketplace's own total €48.00" in page()


def test_commissions_are_for_managers_and_prices_not_for_the_warehouse(shop):
    make.order("SCID1")

    assert "Commission, without VAT €6.70" in page(role="manager")
    assert "€" not in page(role="warehouse")


# --- Who sees what, and why not -----------------------------------------------------------------------------------


def test_support_sees_the_address_and_the_warehouse_no_e_mail_nor_billing(shop):
    make.order("SCID1")

    support, warehouse = page(), page(role="warehouse")

    assert "Mme Solène Le Goff 12 rue des Tanneurs 37000 Tours FR" in support
    assert "k3j2h1@relay.example.org" in support
    assert "+33612345678" in warehouse
    assert "relay.example.org" not in warehouse
    assert "Your role does not see billing addresses." in warehouse


def test_the_warehouse_no_longer_sees_whom_an_old_order_was_for(shop):
    make.order("SCID1", status="Shipped")
    Order.objects.update(shipped_at=timezone.now() - timedelta(days=31))

    words = page(role="warehouse")

    assert "Le Goff" not in words
    assert "being prepared or shipped in the last 30 days only" in words


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"supply_mode": "Fulfillment"}, "The marketplace's warehouse ships this: it hides the address until then."),
        ({"status": "Accepted"}, "The marketplace may not tell the address before the order is to be shipped."),
        ({}, "The marketplace told no address."),
    ],
)
def test_a_missing_address_says_why(shop, members, why):
    make.order("SCID1", lines=(make.line(shipping=None, **members),))

    assert why.replace("'", "&#x27;") in page()


def test_an_erased_address_says_so(shop):
    make.order("SCID1", lines=(make.line(shipping=None),))
    Order.objects.update(contact_erased_at=timezone.now())

    assert "Erased, as it must be some time after the end of an order." in page()


def test_differing_addresses_are_shown_for_their_lines(shop):
    lines = (make.line("A1"), make.line("B2", shipping=make.address(city="Brest")), make.line("C3"))
    make.order("SCID1", lines=lines)

    words = page()

    assert "Lines A1, C3 Mme Solène Le Goff 12 rue des Tanneurs 37000 Tours" in words
    assert "Line B2 Mme Solène Le Goff 12 rue des Tanneurs 37000 Brest" in words


def test_unknown_members_are_for_managers(shop):
    order = make.order("SCID1")
    OrderExtra.objects.update_or_create(order=order, account=shop, defaults={"content": {"lines.QK01.glow": True}})

    assert "lines.QK01.glow true" in page(role="manager")
    assert "glow" not in page(role="support")


def test_an_unknown_status_is_shown_as_it_came(shop):
    make.order("SCID1", status="Teleported")

    assert "unknown (Teleported)" in page()


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://track.example/6A1?x=1", True),
        ("http://track.example/6A1", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//track.example", False),
        ("https://", False),
        ("https://[", False),
        ("https://a\tb.example", False),
        ("", False),
    ],
)
def test_only_plain_tracking_addresses_become_links(url, kept):
    assert safe_url(url) == (url if kept else "")


def test_a_tracking_link_opens_elsewhere_and_tells_nothing(shop):
    parcels = (
        schema.Parcel(number="6A1", carrier="Colissimo", url="https://track.example/6A1"),
        schema.Parcel(number="6A2", carrier="<b>", url="javascript:alert(1)"),
    )
    make.order("SCID1", lines=(make.line(status="Shipped", parcels=parcels),))

    body = signed_in().get("/orders/SCID1/").content.decode()

    assert 'href="https://track.example/6A1" target="_blank" rel="noopener noreferrer"' in body
    assert "javascript:" not in body
    assert "&lt;b&gt;" in body


def test_hostile_words_are_shown_as_words(shop):
    evil = "<script>alert(1)</script>"
    order = make.order(
        "SCID1", channel_name=evil, lines=(make.line(title=evil, shipping=make.address(last_name=evil)),)
    )
    GestureRequest.objects.create(
        account=shop, remote_id=evil, number=order.number, status=evil, reason=evil, errors=[[evil, evil]]
    )

    body = signed_in().get("/orders/SCID1/").content.decode()

    assert "<script>alert" not in body
    assert "&lt;script&gt;alert" in body


def test_on_a_phone_each_total_says_of_how_many_at_what_price(shop):
    make.order("SCID1", lines=(make.line(quantity=3),))

    body = signed_in().get("/orders/SCID1/").content.decode()
    warehouse = signed_in("warehouse").get("/orders/SCID1/").content.decode()

    assert re.search(r'<span class="sub on-phone">3 × <', body)
    assert '<td class="num from-tablet">3</td>' in body
    assert '<td class="num">3</td>' in warehouse  # sees no amounts, and the quantity everywhere


# --- Timeline -----------------------------------------------------------------------------------------------------


def test_the_timeline_tells_what_changed_newest_first(shop):
    order = make.reading("SCID1")
    mirror.store(shop, [order], source="live")
    parcel = schema.Parcel(number="6A1", carrier="Colissimo", url="")
    mirror.store(
        shop,
        [make.later(order, status="Shipped", lines=(make.line(status="Shipped", parcels=(parcel,)),))],
        source="live",
    )

    words = page()

    assert "Parcel declared Shipped" in words
    assert "Line QK01: To ship → Shipped" in words
    assert "6A1, Colissimo: declared" in words
    assert words.index("Parcel declared") < words.index("First read") < words.index("Order placed")


def test_the_timeline_hides_gestures_from_the_warehouse(shop):
    order = make.order("SCID1")
    GestureRequest.objects.create(
        account=shop, remote_id="GR-7", number=order.number, status="Rejected", reason="Delay"
    )

    assert "GR-7" in page()
    assert "GR-7" not in page("warehouse")


def test_the_order_tells_what_it_and_its_customer_were_given_and_nobody_else(shop):
    for number, customer in (("SCID1", "C"), ("SCID2", "C"), ("SCID3", "D"), ("SCID4", ""), ("SCID5", "")):
        make.order(number, customer=customer)
    elsewhere = make.account(seller_id="2")
    make.order("SCID2", of=elsewhere, customer="C")
    for turn, (owner, number) in enumerate(
        [(shop, "SCID1"), (shop, "SCID2"), (shop, "SCID3"), (shop, "SCID4"), (shop, "SCID5"), (elsewhere, "SCID2")], 1
    ):
        GestureRequest.objects.create(
            account=owner, remote_id=f"GR-{turn}", number=number, status="Rejected", reason="ShippingFees",
            amount=Decimal(f"{turn}.50"), currency="GBP" if turn == 2 else "", errors=[["E7", "given before"]],
            created_at=timezone.now() - timedelta(days=turn),
        )  # fmt: skip

    words = page()

    assert "Gesture GR-1: €1.50, Delivery costs" in words
    given = words.partition("Gestures for this customer")[2]
    assert given.index("€1.50") < given.index("£2.50")
    assert "given before" in given
    assert "Gestures for this order" in page("SCID4")
    assert "5.50" not in page("SCID4")  # nobody told that both are the same customer's
    for other in ("3.50", "4.50", "5.50", "6.50"):
        assert other not in given
    assert "No gesture for this customer yet." in page(make.order("SCID6", customer="E").number)
    assert "2.50" not in page(role="warehouse")


def test_the_order_tells_what_of_it_and_its_customer_was_cancelled_and_of_nobody_else(shop):
    for number, customer in (("SCID1", "C"), ("SCID2", "C"), ("SCID3", "D"), ("SCID4", ""), ("SCID5", "")):
        make.order(number, customer=customer)
    elsewhere = make.account(seller_id="2")
    make.order("SCID2", of=elsewhere, customer="C")
    lines = [{"code": "A", "reason": "missing-product"}, {"code": "B", "reason": "other"}]
    for turn, (owner, number) in enumerate(
        [(shop, "SCID1"), (shop, "SCID2"), (shop, "SCID3"), (shop, "SCID4"), (shop, "SCID5"), (elsewhere, "SCID2")], 1
    ):
        CancellationRequest.objects.create(
            account=owner, remote_id=f"CR-{turn}", number=number, status="Done" if turn == 2 else "Rejected",
            user_type="Customer" if turn == 2 else "Seller", lines=[] if turn == 1 else lines[: turn % 3],
            created_at=timezone.now() - timedelta(days=turn),
        )  # fmt: skip

    told = page().partition("Cancellations of this customer")[2].partition("Notes")[0]

    assert told.index("the whole order") < told.index("2 lines")
    assert "by the customer, Missing product" in told
    assert "SCID2 Done" in told
    assert not any(other in told for other in ("SCID3", "SCID4", "SCID5"))
    assert told.count("SCID2") == 1  # the other account's is not this customer's
    assert "Cancellations of this order" in page("SCID4")
    assert "SCID5" not in page("SCID4")
    assert "No cancellation of this customer is known." in page(make.order("SCID6", customer="E").number)


def test_the_timeline_hides_prices_from_the_warehouse(shop):
    order = make.reading("SCID1")
    mirror.store(shop, [order], source="live")
    mirror.store(shop, [make.later(order, lines=(make.line(selling_unit=Decimal("12.34")),))], source="live")

    assert "12.34" in page()
    assert "12.34" not in page(role="warehouse")


def test_a_reason_that_we_have_no_words_for_is_said_in_the_marketplaces(shop):
    make.order("SCID1", customer="C")
    reasons.learn(shop, [("broken", "Article cassé"), ("lost", "lost")])
    reasons.learn(shop, [("broken", "Article endommagé")])
    for code in ("broken", "lost"):
        CancellationRequest.objects.create(
            account=shop, remote_id=code, number="SCID1", status="Done", user_type="Seller",
            lines=[{"code": "QK01", "reason": code}], created_at=timezone.now(),
        )  # fmt: skip

    words = page()

    assert words.count("Article endommagé") == 2  # the timeline, and the customer's card
    assert "by us, lost" in words


def test_requests_of_the_marketplace_are_in_the_timeline(shop):
    make.order("SCID1")
    CancellationRequest.objects.create(
        account=shop, remote_id="CR-1", number="SCID1", status="Rejected", errors=[["E7", "already shipped"]],
        lines=[{"code": "QK01", "reason": "missing-product"}], user_type="Customer",
    )  # fmt: skip

    words = page()

    assert "Cancellation CR-1 Rejected by the marketplace" in words
    assert "Line QK01: Missing product" in words
    assert "E7 already shipped" in words


def test_who_looked_is_kept_and_told_to_administrators_only(shop):
    make.order("SCID1")
    client = signed_in("support")
    client.get("/orders/SCID1/")

    assert "Looked at the order" not in page(role="manager")
    assert "Looked at the order" in page(role="administrator")
    assert AccessLog.objects.filter(subject="SCID1", view="orders:detail").count() == 3


def test_a_page_without_personal_data_is_no_access(shop):
    make.order("SCID1", status="Accepted")

    page(role="warehouse")

    assert not AccessLog.objects.exists()


def test_the_timeline_can_be_narrowed_to_people(shop):
    make.order("SCID1")

    words = page(query="?show=person")

    assert "First read" not in words
    assert "Nothing here." in words


# --- Where it stands ---------------------------------------------------------------------------------------------


def test_the_page_knows_its_place_in_the_list_it_came_from(shop):
    for turn in range(4):
        make.order(f"N{turn}", lines=(make.line(ship_by=timezone.now() + timedelta(hours=turn + 1)),))

    answer = signed_in().get("/orders/N1/?from=view%3Dto-ship")

    assert "2 of 4" in text(answer)
    assert 'href="/orders/N0/?from=view%3Dto-ship"' in answer.content.decode()
    assert 'href="/orders/N2/?from=view%3Dto-ship"' in answer.content.decode()


def test_an_order_that_left_its_list_has_no_place_there(shop):
    make.order("GONE", status="Shipped")

    answer = signed_in().get("/orders/GONE/?from=view%3Dto-ship")

    assert " of " not in text(answer).split("GONE")[0]
    assert answer.status_code == 200


def test_the_customers_other_orders_are_linked(shop):
    make.order("SCID1", customer="C-1")
    for turn in range(7):
        make.order(f"OTHER{turn}", customer="C-1", status="Delivered")
    make.order("STRANGER", customer="C-2")

    words = page()

    assert "Other orders of this customer" in words
    assert "All 8 orders of this customer" in words
    assert sum(f"OTHER{turn}" in words for turn in range(7)) == 5
    assert "STRANGER" not in words


def test_all_orders_of_the_customer_are_a_list_of_as_many_in_their_account_alone(shop):
    make.order("SCID1", customer="C-1")
    for turn in range(7):
        make.order(f"OTHER{turn}", customer="C-1", status="Delivered")
    make.order("STRANGER", customer="C-2")
    other = make.account(seller_id="2")
    make.order("SCID1", of=other, customer="C-1")
    make.order("ELSEWHERE", of=other, customer="C-1")
    client = signed_in("support", shop, other)

    listed = client.get(link(client.get(f"/orders/SCID1/?account={shop.slug}"), ">All 8 orders of this customer"))
    narrowed = client.get(f"/orders/?account={shop.slug}&customer=SCID1&status=Delivered")

    assert sorted(numbers(listed)) == [*(f"OTHER{turn}" for turn in range(7)), "SCID1"]
    assert "8 of 8 orders" in text(listed)
    assert "Customer of order: SCID1" in text(listed)
    assert len(numbers(narrowed)) == 7
    assert numbers(client.get("/orders/?customer=NOBODY")) == []


def test_a_customer_with_few_orders_and_one_without_a_reference_have_no_such_list(shop):
    make.order("SCID1", customer="")
    make.order("OTHER", customer="")
    for turn in range(6):
        make.order(f"FEW{turn}", customer="C-1")
    client = signed_in()

    assert "orders of this customer" not in text(client.get("/orders/FEW0/")).replace("Other orders", "")
    assert numbers(client.get("/orders/?customer=SCID1")) == ["SCID1"]


def test_gestures_and_cancellations_beyond_the_newest_are_unfolded(shop):
    make.order("SCID1", customer="C-1")
    make.order("OTHER", customer="C-1")
    for turn in range(8):
        at = timezone.now() - timedelta(days=turn)
        GestureRequest.objects.create(
            account=shop, remote_id=f"G{turn}", number="OTHER", channel="CDISFR", amount=Decimal(100 + turn),
            currency="EUR", reason="Other", status="Done", created_at=at, changed_at=at,
        )  # fmt: skip

    newest, rest = page().split("3 more gestures")

    assert [f"€{100 + turn}.00" in newest for turn in range(8)] == [True] * 5 + [False] * 3
    assert all(f"€{100 + turn}.00" in rest for turn in range(5, 8))


def test_customers_without_a_reference_are_never_the_same(shop):
    make.order("SCID1", customer="")
    make.order("OTHER", customer="")

    assert "OTHER" not in page()


def test_a_number_of_two_accounts_lets_choose():
    one, other = make.account(name="Lampes"), make.account(name="Jardin", seller_id="2")
    make.order("SCID1", of=one)
    make.order("SCID1", of=other, status="Shipped")
    client = signed_in("support", one, other)

    choice, chosen = client.get("/orders/SCID1/"), client.get(f"/orders/SCID1/?account={other.slug}")
    guessed = [client.get(f"/orders/SCID1/{place}/").status_code for place in ("state", "notes", "requests", "hold")]

    assert "Two accounts hold an order of this number" in text(choice)
    assert f'href="/orders/SCID1/?account={one.slug}"' in choice.content.decode()
    assert "Account Jardin" in text(chosen)
    assert guessed == [404, 404, 404, 403]  # of which of the two would it be?


def test_an_order_of_another_account_is_not_there():
    one, other = make.account(), make.account(seller_id="2")
    make.order("SCID1", of=other)

    for path in ("/orders/SCID1/", "/orders/SCID1/state/", f"/orders/SCID1/?account={other.slug}"):
        assert signed_in("support", one).get(path).status_code == 404


@pytest.mark.parametrize("number", ["a/b", "a%2Fb", "..", ".", "a b", "é", "?x", "#", "a&b", "state", "%", "a\nb"])
def test_any_number_has_an_address_of_its_own(shop, number):
    order = make.order(number)

    answer = signed_in().get(order.get_absolute_url())

    assert answer.status_code == 200
    assert answer.context["order"].number == number


def test_an_address_that_no_number_has_is_not_there():
    with pytest.raises(ValueError, match="not a number"):
        NumberConverter().to_python("a%00b")
    with pytest.raises(ValueError, match="not a number"):
        NumberConverter().to_python("x" * 65)


def test_the_page_makes_as_many_queries_for_one_line_as_for_fifty(shop):
    make.order("SMALL", customer="C")
    order = make.reading("LARGE", lines=tuple(make.line(f"L{turn}") for turn in range(50)), customer="C")
    mirror.store(shop, [order], source="live")
    for minutes in range(1, 6):
        mirror.store(
            shop,
            [make.later(order, business=minutes % 2 > 0, changed_at=order.changed_at + timedelta(minutes=minutes))],
            source="live",
        )
    counts = []
    for role in ("support", "administrator"):
        client = signed_in(role)
        for number in ("SMALL", "LARGE"):
            client.get(f"/orders/{number}/?from=view%3Dto-ship")
            with CaptureQueriesContext(connection) as queries:
                client.get(f"/orders/{number}/?from=view%3Dto-ship")
            counts.append(len(queries))

    assert len(set(counts)) == 1
    assert counts[0] <= 12


# --- Refresh ------------------------------------------------------------------------------------------------------


def test_a_refresh_is_queued_and_followed(shop):
    make.order("SCID1")
    client = signed_in()

    asked = client.post("/orders/SCID1/refresh/", headers=HTMX)
    waiting = client.get("/orders/SCID1/state/?version=1&waiting=1", headers=HTMX)
    Reading.objects.update(done_at=timezone.now(), outcome="unchanged")
    done = client.get("/orders/SCID1/state/?version=1&waiting=1", headers=HTMX)
    told = client.get("/orders/SCID1/")

    assert "waiting for its turn" in text(asked)
    assert "every 3s" in asked.content.decode()
    assert "waiting for its turn" in text(waiting)
    assert (done.status_code, done.headers["HX-Refresh"]) == (204, "true")
    assert "Read anew: nothing had changed." in text(told)
    assert "Asked the marketplace for this order: nothing had changed" in text(told)


def test_a_second_refresh_within_half_a_minute_is_the_first(shop):
    make.order("SCID1")
    client = signed_in()

    client.post("/orders/SCID1/refresh/")
    answer = client.post("/orders/SCID1/refresh/", follow=True)

    assert Reading.objects.count() == 1
    assert "waiting for its turn" in text(answer)


def test_the_eleventh_refresh_of_a_minute_is_refused_with_the_wait(shop):
    client = signed_in()
    for turn in range(11):
        make.order(f"N{turn}")
    answers = [client.post(f"/orders/N{turn}/refresh/", headers=HTMX) for turn in range(11)]

    assert "Try again in" not in text(answers[9])
    assert "Too many readings were asked for. Try again in" in text(answers[10])
    assert Reading.objects.count() == 10


def test_an_open_page_says_that_the_order_changed_meanwhile(shop):
    order = make.reading("SCID1")
    mirror.store(shop, [order], source="live")
    client = signed_in()

    before = client.get("/orders/SCID1/state/?version=1", headers=HTMX)
    mirror.store(shop, [make.later(order, status="Shipped")], source="live")
    after = client.get("/orders/SCID1/state/?version=1", headers=HTMX)

    assert before.status_code == 204
    assert "Changed at the marketplace" in text(after)
    assert "Show what is new" in text(after)


def test_a_search_that_found_no_number_offers_to_read_it(shop):
    client = signed_in()

    assert 'action="/orders/SCID9999/look-up/"' in client.get("/orders/?q=SCID9999").content.decode()
    assert "look-up" not in client.get("/orders/?q=nobody").content.decode()


def test_a_look_up_asks_for_a_number_that_is_not_known(shop):
    client = signed_in()

    answers = [client.post(f"/orders/NEW{turn}/look-up/", follow=True) for turn in range(4)]

    assert "NEW0 is being asked for" in text(answers[0])
    assert "Too many readings" in text(answers[3])
    assert list(Reading.objects.values_list("why", flat=True)) == ["look-up"] * 3


def test_a_look_up_is_followed_to_the_order_or_to_why_there_is_none(market, account):
    client = signed_in("support")
    market.place("SCID7777")

    asked = [text(client.post(f"/orders/{number}/look-up/", headers=HTMX)) for number in ("SCID7777", "SCID8888")]
    waiting = client.get("/orders/SCID7777/look-up/", headers=HTMX)
    readings.read_due()
    found, missing = (client.get(f"/orders/{number}/look-up/", headers=HTMX) for number in ("SCID7777", "SCID8888"))
    searched = text(client.get("/support/?q=SCID8888"))

    assert all("waiting for its turn" in said for said in asked)
    assert waiting.status_code == 204
    assert found["HX-Redirect"] == "/orders/SCID7777/"
    assert "SCID8888 : the marketplace does not know it" in text(missing)
    assert "SCID8888 : the marketplace does not know it" in searched


@pytest.mark.parametrize(
    ("hours", "status", "words"),
    [(-31, "InPreparation", "Deadline passed: 31 h late"), (2, "InPreparation", "Deadline is near"),
     (30, "InPreparation", ""), (-31, "Shipped", "")],
)  # fmt: skip
def test_a_deadline_is_said_while_it_matters(shop, hours, status, words):
    due = timezone.now() + timedelta(hours=hours)
    make.order("SCID1", status=status, ship_by=due, lines=(make.line(status=status, ship_by=due),))

    shown = page().replace("\xa0", " ")

    assert words in shown
    assert bool(words) == ("Deadline" in shown)
