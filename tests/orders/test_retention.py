"""Personal data goes when its time is over, and does not come back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from orders import mirror, models, retention
from tests import make

pytestmark = pytest.mark.django_db

MONTHS_AGO = datetime(2026, 1, 5, tzinfo=UTC)


def ended(account, number="SCID1", days=100, **members):
    """An order that was delivered so many days ago; its reading."""
    read = make.reading(number, customer="CUST-7", extra={"note": "personal"}, **members)
    done = make.later(read, status="Delivered")
    mirror.store(account, [read], source="live")
    mirror.store(account, [done], source="live")
    models.Order.objects.filter(number=number).update(closed_at=timezone.now() - timedelta(days=days))
    return done


def words():
    return set(models.SearchRow.objects.values_list("word", flat=True))


def test_contact_data_goes_ninety_days_after_the_end(account):
    ended(account)

    assert retention.erase_contacts(account) == 1

    order, address = models.Order.objects.get(), models.Address.objects.filter(kind="shipping").get()
    assert order.contact_erased_at is not None
    assert (address.line1, address.city, address.phone, address.email) == ("", "", "", "")
    assert (address.last_name, address.country) == ("Le Goff", "FR")
    assert order.customer == "CUST-7"
    assert words() == {"solene", "le", "goff"}
    assert not models.OrderExtra.objects.exists()
    assert order.lines.get().address == order.recipient == address


@pytest.mark.parametrize("days", [10, 89])
def test_it_stays_till_then(account, days):
    ended(account, days=days)

    assert retention.erase_contacts(account) == 0


def test_the_name_goes_after_two_years_and_a_keyed_hash_stays_for_the_customer(account):
    ended(account, "SCID1", days=800)
    ended(account, "SCID2", days=800)

    retention.erase_names(account)

    customers = set(models.Order.objects.values_list("customer", flat=True))
    assert len(customers) == 1
    assert "CUST-7" not in customers
    assert words() == set()
    assert set(models.Address.objects.values_list("last_name", "line1")) == {("", "")}


def test_what_was_erased_does_not_come_back(account):
    done = ended(account, "SCID1", days=800)
    ended(account, "SCID2", days=100)
    retention.erase_names(account)
    retention.erase_contacts(account)
    customer = models.Order.objects.get(number="SCID1").customer

    mirror.store(account, [make.later(done, status="Cancelled", billing=make.address(city="Nantes"))], source="live")
    second = make.reading("SCID2", status="Cancelled", changed_at=timezone.now() + timedelta(days=1), extra={"a": "b"})
    mirror.store(account, [second], source="live")

    first = models.Order.objects.get(number="SCID1")
    assert (first.status, first.customer) == ("Cancelled", customer)
    assert set(first.addresses.values_list("last_name", "city", "country")) == {("", "", "FR")}
    assert set(models.Order.objects.get(number="SCID2").addresses.values_list("last_name", "city")) == {("Le Goff", "")}
    assert words() == {"solene", "le", "goff"}
    assert not models.OrderExtra.objects.exists()


def test_a_person_may_want_it_kept(account):
    ended(account, days=900)
    models.Order.objects.update(keep_personal=True)

    assert retention.erase_contacts(account) == retention.erase_names(account) == 0


def test_an_order_that_is_still_open_keeps_everything(account):
    make.order("SCID1", of=account, created_at=MONTHS_AGO, changed_at=MONTHS_AGO)

    assert retention.erase_contacts(account) == 0


def test_a_shipped_order_is_closed_thirty_days_after_its_shipment(account):
    order = make.order("SCID1", of=account, status="Shipped")
    models.Order.objects.update(shipped_at=timezone.now() - timedelta(days=119))
    assert retention.erase_contacts(account) == 0
    models.Order.objects.update(shipped_at=timezone.now() - timedelta(days=121))

    assert retention.erase_contacts(account) == 1
    assert models.Order.objects.get(pk=order.pk).contact_erased_at


def test_where_nobody_saw_the_end_the_last_change_counts(account):
    make.order("SCID1", of=account, status="Delivered", created_at=MONTHS_AGO, changed_at=MONTHS_AGO)

    assert retention.erase_contacts(account) == 1


def test_what_is_overdue_is_told(account):
    assert retention.oldest_overdue() is None
    ended(account, days=100)

    assert retention.oldest_overdue() == models.Order.objects.get().closed_at


def test_raw_records_are_kept_thirty_days(account):
    for days in (29, 31):
        at = timezone.now() - timedelta(days=days)
        models.Quarantine.objects.create(
            account=account, number=f"SCID{days}", reason="?", raw="{", hash="h", source="live", seen_at=at
        )

    retention.forget_records(account)

    assert models.Quarantine.objects.get().number == "SCID29"


def test_two_addresses_that_become_the_same_are_one(account):
    ended(account, lines=(make.line("A"), make.line("B", shipping=make.address(city="Brest"))))
    models.Line.objects.update(status="Delivered")
    assert models.Address.objects.filter(kind="shipping").count() >= 1

    retention.erase_contacts(account)

    assert models.Line.objects.filter(address=None).count() == 0
