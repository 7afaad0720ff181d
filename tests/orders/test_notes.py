"""Notes beside an order: for the team and for the packer; whose they are, where they show, and how they are found."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders import notes, retention, scope, search
from orders.models import Note, Order
from tests import make
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db
PATH = "/orders/A-0001/notes/"


@pytest.fixture
def order():
    return make.order("A-0001")


def test_a_note_stands_on_the_order_and_in_its_timeline_with_who_wrote_it(order):
    client = signed_in("support", order.account)

    answer = client.post(PATH, {"text": "Rappeler lundi\nà 9 h", "kind": "team"}, follow=True)

    page = text(answer)
    assert answer.redirect_chain[-1][0] == f"/orders/A-0001/?account={order.account.slug}#orders-notes"
    assert page.count("Rappeler lundi à 9 h") == 2
    assert "Note for the team" in page
    assert Note.objects.get().author_name.startswith("support-")


def test_htmx_gets_the_notes_alone(order):
    answer = signed_in("support", order.account).post(
        PATH, {"text": "Deux cartons", "kind": "packer"}, headers={"HX-Request": "true"}
    )

    assert answer.status_code == 200
    assert answer.content.decode().lstrip().startswith("<section")
    assert "For the packer" in text(answer)


@pytest.mark.parametrize("role", ["warehouse", "support", "manager", "administrator"])
def test_every_role_writes_notes(order, role):
    signed_in(role, order.account).post(PATH, {"text": "Vu", "kind": "team"})

    assert Note.objects.get().text == "Vu"


@pytest.mark.parametrize(("typed", "kind"), [("", "team"), ("   ", "team"), ("Bonjour", "boss"), ("x" * 2001, "team")])
def test_a_note_that_says_nothing_too_much_or_to_nobody_is_refused_with_what_was_typed(order, typed, kind):
    answer = signed_in("support", order.account).post(PATH, {"text": typed, "kind": kind})

    assert answer.status_code == 422
    assert not Note.objects.exists()
    assert typed.strip() in answer.content.decode()


def test_ones_own_note_is_changed_and_taken_away_and_nobody_elses(order):
    client = signed_in("support", order.account)
    client.post(PATH, {"text": "Avant", "kind": "team"})
    note = Note.objects.get()
    other = signed_in("support", order.account)

    shown = client.get(f"{PATH}?note={note.pk}")
    client.post(f"{PATH}?note={note.pk}", {"text": "Après", "kind": "packer"})
    note.refresh_from_db()

    assert "Avant</textarea>" in shown.content.decode().replace("\n", "")
    assert (note.text, note.kind, note.folded) == ("Après", "packer", "apres")
    assert note.changed_at
    assert other.get(f"{PATH}?note={note.pk}").status_code == 404
    assert other.post(f"{PATH}?note={note.pk}", {"text": "Non", "kind": "team"}).status_code == 404
    assert other.post(f"{PATH}?note={note.pk}", {"remove": "1"}).status_code == 404
    assert "note=" not in other.get("/orders/A-0001/").content.decode()
    client.post(f"{PATH}?note={note.pk}", {"remove": "1"})
    assert not Note.objects.exists()


@pytest.mark.parametrize("named", ["x", "0", "99999999", "9" * 20, "²"])
def test_a_note_that_does_not_exist_is_a_404(order, named):
    assert signed_in("support", order.account).get(f"{PATH}?note={named}").status_code == 404


def test_another_accounts_order_takes_no_note(order):
    elsewhere = make.account(seller_id="other")

    assert signed_in("support", elsewhere).post(PATH, {"text": "Non", "kind": "team"}).status_code == 404
    assert not Note.objects.exists()


def test_a_note_is_shown_as_text(order):
    notes.write(order, "team", "<script>alert(1)</script>", make.user("support", order.account))

    body = signed_in("support", order.account).get("/orders/A-0001/").content.decode()

    assert "<script>alert" not in body
    assert "&lt;script&gt;alert" in body


@pytest.mark.parametrize("typed", ["cadeau", "emballage cadeau", "CADEAU le goff", "adeau"])
def test_an_order_is_found_by_the_words_of_its_notes(order, typed):
    make.order("A-0002")
    user = make.user("support", order.account)
    notes.write(order, "team", "Emballage Cadeau demandé", user)

    found = search.find(typed, scope.to_search(user, [order.account]))

    assert found.ids == [order.pk]


def test_the_packer_reads_what_was_written_for_the_packer_where_the_order_is_shipped(order):
    user = make.user("support", order.account)
    notes.write(order, "packer", "Mettre deux cales", user)
    notes.write(order, "team", "Client difficile", user)

    page = text(signed_in("warehouse", order.account).get("/orders/A-0001/shipment/"))

    assert "Mettre deux cales" in page
    assert "Client difficile" not in page


def test_notes_go_with_the_contact_data(order):
    notes.write(order, "team", "Son portable : 06 12 34 56 78", make.user("support", order.account))
    Order.objects.update(status="Cancelled", closed_at=timezone.now() - timedelta(days=4000))

    retention.erase_contacts(order.account)

    assert not Note.objects.exists()


def ticked(*orders, **more):
    return {"order": [f"{order.pk}.{order.version}" for order in orders], "view": "?view=to-ship", **more}


def test_one_note_is_written_beside_many_orders_and_once_when_sent_twice():
    account, other = make.account(), make.account(slug="other", seller_id="9")
    first, second = make.order("FIRST"), make.order("SECOND")
    foreign = make.order("FOREIGN", of=other)
    client = signed_in("support", account)
    assert 'formaction="/notes/"' in client.get("/orders/").content.decode()

    form = client.post("/notes/", ticked(first, second, foreign))
    assert "The same note beside 2 orders: FIRST, SECOND" in text(form)
    assert "FOREIGN" not in text(form)
    assert not Note.objects.exists()  # nothing before it is confirmed
    assert client.post("/notes/", ticked(first, write="1", text="", kind="team")).status_code == 422
    for _press in range(2):
        said = {"text": "Pallet café", "kind": "packer", "write": "1"}
        answer = client.post("/notes/", ticked(first, second, foreign, **said))

    assert answer["Location"] == "/orders/?view=to-ship"
    assert [(note.order.number, note.kind) for note in Note.objects.order_by("order__number")] == [
        ("FIRST", "packer"), ("SECOND", "packer"),
    ]  # fmt: skip
    assert set(Note.objects.values_list("folded", flat=True)) == {"pallet cafe"}  # and so they are found


def test_a_whole_view_gets_a_note_and_nothing_chosen_is_told():
    account = make.account()
    for number in range(3):
        make.order(f"ALL{number}")
    make.order("GONE", status="Shipped")
    client = signed_in("warehouse", account)

    client.post("/notes/", {"all": "1", "view": "?view=to-ship", "text": "Today", "kind": "team", "write": "1"})

    assert {note.order.number for note in Note.objects.all()} == {"ALL0", "ALL1", "ALL2"}
    assert client.post("/notes/", {"order": ["x.y", "999999.1"]})["Location"] == "/orders/"
