"""One box for every identifier: what it finds, for whom, and what it says of what it did not find."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.roles import Role
from octopia import schema
from orders import fields, lookup, rollups, scope, search
from orders.models import CancellationRequest, GestureRequest, Order, SearchRow
from tests import make
from tests.orders.pages import numbers, signed_in, text

pytestmark = pytest.mark.django_db

MARC = {
    "first_name": "Marc-Antoine",
    "last_name": "Fournier",
    "company": "Béranger SARL",
    "line1": "12 rue de l'Église",
    "postal_code": "69003",
    "city": "Lyon",
    "phone": "+33 6 12 34 56 78",
    "email": "marc@relay.example",
}


@pytest.fixture
def shop():
    account = make.account()
    make.order(
        "SCID01261104091233K7QD",
        channel_number="2611040912K7QD4",
        lines=(
            make.line(
                sku="DRL-18V-2B",
                gtin="3612345678901",
                title="Perceuse à percussion sans fil",
                shipping=make.address(**MARC),
                parcels=(
                    schema.Parcel(number="6A12345678901", carrier="Colissimo", url="https://x.example/6A12345678901"),
                ),
            ),
        ),
    )
    make.order(
        "SCID01261104091233ZZZZ",
        lines=(
            make.line(
                sku="HOS-25",
                title="Tuyau d'arrosage",
                shipping=make.address(last_name="Fournier", city="Lille", phone=""),
            ),
        ),
    )
    make.order(
        "OTHER-1",
        lines=(make.line(title="Lampe de bureau", shipping=make.address(last_name="Muller", phone="0700000001")),),
    )
    CancellationRequest.objects.create(account=account, remote_id="CR-77123", number="OTHER-1", status="InProgress")
    GestureRequest.objects.create(account=account, remote_id="GR-99", number="OTHER-1", status="Done", reason="Other")
    return account


def found(account, typed, role="support"):
    result = search.find(typed, scope.to_search(make.user(role, account), [account]))
    names = dict(Order.objects.values_list("pk", "number"))
    return {names[pk] for pk in result.ids}


@pytest.mark.parametrize(
    "typed",
    [
        "SCID01261104091233K7QD", "scid01261104091233k7qd", "2611040912K7QD4", "6A12345678901", "DRL-18V-2B",
        "drl-18v-2b", "3612345678901", "fournier lyon", "FOURNIER  Lyon", "beranger", "Béranger", "marc-antoine",
        "eglise", "12 rue de l'église", "0612345678", "06 12 34 56 78", "+33 6 12 34 56 78", "marc@relay.example",
        "MARC@RELAY.EXAMPLE", "perceuse", "Perceuse percussion", "fournier perceuse", "69003 fournier", "fourn lyon",
        "K7QD fournier lyon"[5:], "lyon, fournier", "M. Fournier, Lyon", "Mme Fournier Lyon", "#SCID01261104091233K7QD",
        "n°SCID01261104091233K7QD", "Commande N° SCID01261104091233K7QD",
        "https://shop.example/orders/SCID01261104091233K7QD/?account=demo",
    ],
)  # fmt: skip
def test_an_order_is_found_by_everything_that_names_it(shop, typed):
    assert found(shop, typed) == {"SCID01261104091233K7QD"}


@pytest.mark.parametrize("typed", ["CR-77123", "GR-99", "OTHER-1"])
def test_requests_lead_to_their_order(shop, typed):
    assert found(shop, typed) == {"OTHER-1"}


def test_whoever_sees_no_gestures_finds_nothing_by_their_numbers(shop):
    assert found(shop, "GR-99", "warehouse") == set()
    assert found(shop, "CR-77123", "warehouse") == {"OTHER-1"}
    listed = signed_in("warehouse").post("/orders/", {"numbers": "GR-99 OTHER-1"}, follow=True)
    assert listed.context["found"].missing == ["GR-99"]


@pytest.mark.parametrize("typed", ["fournier", "fournie", "SCID01261104"])
def test_a_name_or_a_beginning_finds_all_of_them(shop, typed):
    assert found(shop, typed) == {"SCID01261104091233K7QD", "SCID01261104091233ZZZZ"}


@pytest.mark.parametrize("typed", ["fournir lyon", "fournirr lyon"[:7] + "er lyon", "founrier lyon", "foournier lyon"])
def test_one_letter_of_a_name_may_be_wrong(shop, typed):
    assert found(shop, typed) == {"SCID01261104091233K7QD"}


def test_what_was_shown_instead_of_a_misspelt_name_is_told(shop):
    answer = signed_in().get("/orders/?q=fournir")

    assert "Nothing is called “fournir”. Shown instead: fournier." in text(answer)
    assert len(numbers(answer)) == 2


def test_no_word_of_another_account_or_of_a_hidden_address_is_told_instead(account):
    other = make.account(seller_id="2")
    make.order("THEIRS", of=other, lines=(make.line(shipping=make.address(last_name="Fournier")),))
    make.order(
        "MINE", billing=make.address(last_name="Fournies"),
        lines=(make.line(shipping=make.address(last_name="Fourniez")),),
    )  # fmt: skip

    support = text(signed_in("support", account).get("/orders/?q=fourniec"))
    warehouse = text(signed_in("warehouse", account).get("/orders/?q=fourniec"))
    nothing = text(signed_in("support", other).get("/orders/?q=fourniec toulouse"))

    assert "Shown instead: fournies, fourniez." in support or "Shown instead: fourniez, fournies." in support
    assert "Shown instead: fourniez." in warehouse
    assert "Shown instead" not in nothing
    assert "fournier" not in support + warehouse


@pytest.mark.parametrize(
    "typed", ["fornir", "zzzz", "lyon lille", "a", "fournier muller", "%", "_____", "'; drop table", "\\"]
)
def test_what_is_not_there_is_not_found(shop, typed):
    assert found(shop, typed) == set()


@pytest.mark.parametrize("typed", ["SCID01261104091233K7QD", "6A12345678901", "CR-77123", "3612345678901"])
def test_one_exact_hit_opens_the_order(shop, typed):
    answer = signed_in().get(f"/orders/?q={typed}")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/orders/")
    assert "?" not in answer.headers["Location"]


def test_one_exact_hit_opens_the_order_from_a_region_too(shop):
    answer = signed_in().get("/orders/?q=CR-77123", headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"] == "/orders/OTHER-1/"


def test_hits_that_filters_hide_are_told_with_the_way_to_them(shop):
    answer = signed_in().get("/orders/?q=fournier&status=Shipped")

    assert numbers(answer) == []
    assert "2 more are hidden by your filters. Show them" in text(answer)
    assert 'href="?q=fournier"' in answer.content.decode()


def test_pasted_numbers_are_found_twice_found_and_missing():
    one, other = make.account(), make.account(seller_id="2")
    for account in (one, other):
        make.order("SCID000001", of=account)
    make.order("SCID000002", of=one)
    client = signed_in("support", one, other)

    answer = client.post("/orders/", {"numbers": "SCID000001;SCID000002\nSCID000003\tSCID000002"}, follow=True)

    assert sorted(numbers(answer)) == ["SCID000001", "SCID000001", "SCID000002"]
    assert "1 number stands for several orders SCID000001" in text(answer)
    assert "1 number was not found SCID000003" in text(answer)


def test_several_numbers_typed_in_the_box_are_a_list(shop):
    answer = signed_in().get("/orders/?q=SCID01261104091233K7QD,SCID01261104091233ZZZZ 6A99999999999")

    assert set(numbers(answer)) == {"SCID01261104091233K7QD", "SCID01261104091233ZZZZ"}
    assert "1 number was not found 6A99999999999" in text(answer)


def test_five_hundred_pasted_numbers_cost_as_many_queries_as_two(shop):
    counts = []
    for amount in (2, 500):
        with CaptureQueriesContext(connection) as queries:
            search.paste(
                [f"SCID{turn:08d}" for turn in range(amount)], scope.to_search(make.user("support", shop), [shop])
            )
        counts.append([query["sql"] for query in queries if "WITH token" in query["sql"]])

    assert [len(count) for count in counts] == [1, 1]


def test_more_than_five_hundred_pasted_numbers_are_cut_and_told(shop):
    client = signed_in()

    answer = client.post("/orders/", {"numbers": " ".join(f"SCID{turn:08d}" for turn in range(600))}, follow=True)

    assert "Only the first 500 of 501 numbers were searched" in text(answer) or "Only the first 500" in text(answer)
    assert "500 numbers were not found" in text(answer)


def test_a_pasted_list_without_a_number_is_refused(shop):
    answer = signed_in().post("/orders/", {"numbers": " ;, \n"})

    assert answer.status_code == 422
    assert "This field is required" in text(answer) or "No number was found" in text(answer)


def test_a_forgotten_list_is_told(shop):
    assert "no longer kept" in text(signed_in().get("/orders/?pasted=abc123"))


# --- Who may search what ---------------------------------------------------------------------------------------


def test_the_warehouse_does_not_find_by_e_mail(shop):
    assert found(shop, "marc@relay.example", "warehouse") == set()
    assert found(shop, "fournier", "warehouse") == {"SCID01261104091233K7QD", "SCID01261104091233ZZZZ"}


def test_the_warehouse_does_not_find_people_of_orders_that_are_long_over(shop):
    Order.objects.update(status="Shipped", shipped_at=timezone.now() - timedelta(days=31))

    assert found(shop, "fournier", "warehouse") == set()
    assert found(shop, "fournier perceuse", "warehouse") == set()
    assert found(shop, "6A12345678901", "warehouse") == {"SCID01261104091233K7QD"}
    assert found(shop, "fournier") == {"SCID01261104091233K7QD", "SCID01261104091233ZZZZ"}


def test_the_warehouse_does_not_find_by_the_billing_address(shop):
    make.order("BILLED", billing=make.address(last_name="Delacroix", phone="", email=""))

    assert found(shop, "delacroix", "warehouse") == set()
    assert found(shop, "delacroix") == {"BILLED"}


@pytest.mark.parametrize("status", ["InPreparation", "Shipped", "Delivered", "Cancelled", "Accepted", "Odd"])
@pytest.mark.parametrize("days", [None, 29, 31])
def test_the_search_and_the_page_agree_on_whose_contact_the_warehouse_sees(shop, status, days):
    now = timezone.now()
    shipped = None if days is None else now - timedelta(days=days)
    Order.objects.filter(number="OTHER-1").update(status=status, shipped_at=shipped)
    order = Order.objects.get(number="OTHER-1")
    person = make.user("warehouse", shop)

    assert bool(found(shop, "muller", "warehouse")) == fields.sees(person, order).name


def test_nobody_finds_the_orders_of_other_accounts(shop):
    other = make.account(seller_id="2")

    for typed in (
        "fournier",
        "SCID01261104091233K7QD",
        "6A12345678901",
        "DRL-18V-2B",
        "CR-77123",
        "perceuse",
        "scid0126",
    ):
        assert found(other, typed) == set()


# --- Hostile and hot ---------------------------------------------------------------------------------------------


def test_a_search_that_takes_too_long_is_stopped_and_told(shop, monkeypatch):
    monkeypatch.setattr(lookup, "LAST", "x' || pg_sleep(1)::text || '")  # not evaluated: values travel apart
    assert found(shop, "SCID01261104091233K7QD") == {"SCID01261104091233K7QD"}
    with pytest.raises(lookup.TooSlow), lookup.bounded(20), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")


def test_a_beginning_that_many_words_have_is_capped_and_told(shop):
    order = Order.objects.get(number="OTHER-1")
    SearchRow.objects.bulk_create(
        SearchRow(account=shop, order=order, kind=SearchRow.Kind.NAME, word=f"mar{turn:03d}", placed_at=order.placed_at)
        for turn in range(100)
    )

    result = search.find("mar", scope.to_search(make.user("support", shop), [shop]))

    assert any("Many words begin with “mar”" in note for note in result.notes)


def test_a_list_of_numbers_may_hold_what_is_none(shop):
    """Words that are no numbers are told as not found; few words narrow each other as ever."""
    account = scope.to_search(make.user("support", shop), [shop])
    pasted = ["SCID01261104091233K7QD", "2611040912K7QD4", "SCID01261104091233ZZZZ", "6A12345678901", "99999999"]

    listed = search.find(" ".join([*pasted, "Hello", "please", "SCID01261104091233K7QD", "foo"]), account)
    narrowed = search.find("SCID01261104091233K7QD Fournier", account)

    assert len(listed.ids) == 2
    assert listed.missing == ["99999999", "Hello", "please", "foo"]
    assert len(narrowed.ids) == 1


def test_a_beginning_that_too_many_numbers_have_asks_for_more_of_it(shop, monkeypatch):
    """Any of them would be as good as another; the few that a longer one has are listed, and so is the exact one."""
    monkeypatch.setattr(lookup, "CAP", 1)
    client = signed_in()
    long, told = "SCID01261104", "More than 1 order numbers begin with “SCID01261104”: type more of it."

    on_phone, listed = client.get(f"/support/?q={long}&go=1"), client.get(f"/orders/?q={long}")

    for answer in (on_phone, listed):
        assert told in text(answer)
        assert "Nothing found" not in text(answer)
        assert "from the marketplace" not in text(answer)
    assert numbers(listed) == []
    assert found(shop, "SCID01261104091233Z") == {"SCID01261104091233ZZZZ"}
    assert found(shop, "SCID01261104091233K7QD") == {"SCID01261104091233K7QD"}


def test_hits_beyond_the_cap_are_told(shop, monkeypatch):
    monkeypatch.setattr(lookup, "CAP", 1)
    monkeypatch.setattr(search, "CAP", 1)

    result = search.find("fournier", scope.to_search(make.user("support", shop), [shop]))

    assert (len(result.ids), result.more) == (1, True)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_text_breaks_the_terms(typed):
    for term in search.split(typed):
        assert search._pieces(term) is not None


@pytest.mark.parametrize(
    "typed",
    ["%", "_", "\\", "'", '"', "()", "@", "a@", "+", "…", "é" * 300, "0" * 300, "🙈 🙈", "x " * 60, "-- ;", "$$"],
)
def test_no_text_breaks_the_search(shop, typed):
    for role in (Role.SUPPORT, Role.WAREHOUSE):
        assert isinstance(found(shop, typed, role), set)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [("martin", "martin", False), ("martin", "marten", True), ("martin", "matin", True), ("martin", "martain", True),
     ("martin", "mratin", True), ("martin", "maritn", True), ("martin", "maarten", False), ("ab", "ba", True),
     ("", "a", True)],
)  # fmt: skip
def test_one_letter_is_one_letter(one, other, near):
    assert search.one_letter(one, other) is near
    assert search.one_letter(other, one) is near


def test_words_are_looked_up_by_index_only(shop):
    rollups.recount(shop)
    order = Order.objects.get(number="OTHER-1")
    SearchRow.objects.bulk_create(
        SearchRow(account=shop, order=order, kind=1, word=f"w{turn}", placed_at=order.placed_at) for turn in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_searchrow")
        cursor.execute(
            "EXPLAIN SELECT order_id, placed_at FROM orders_searchrow WHERE account_id = %s"
            " AND word = 'w1' COLLATE \"C\" AND kind = ANY('{1,2}') ORDER BY placed_at DESC LIMIT 501",
            [shop.pk],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Index Only Scan using search_word" in plan
    assert "Sort" not in plan
