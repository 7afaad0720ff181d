"""What a role sees of an order: the warehouse what it packs, support all but commissions; the search no more."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.models import User
from backoffice.roles import Role
from orders import fields
from orders.models import Order, SearchRow
from tests import make

NOW = timezone.now()
LATELY, LONG_AGO = NOW - timedelta(days=29), NOW - timedelta(days=31)
AT_WORK = [
    ("InPreparation", None, LONG_AGO),
    ("Shipped", LATELY, LONG_AGO),
    ("Shipped", None, LATELY),
    ("Delivered", LATELY, NOW),
]
OTHERWISE = [
    ("WaitingAcceptance", None, NOW),
    ("Accepted", None, NOW),
    ("Cancelled", None, NOW),
    ("Shipped", LONG_AGO, NOW),
    ("Shipped", None, LONG_AGO),
    ("Delivered", LONG_AGO, NOW),
    ("SomethingNew", None, NOW),
]


def order(status, shipped_at, changed_at) -> Order:
    return Order(status=status, shipped_at=shipped_at, changed_at=changed_at)


@pytest.mark.parametrize("state", AT_WORK)
def test_the_warehouse_sees_whom_it_packs_for_and_nothing_of_the_money(state):
    seen = fields.sees(User(role=Role.WAREHOUSE), order(*state), NOW)

    assert (seen.name, seen.address, seen.phone, seen.personal) == (True, True, True, True)
    assert not any([seen.email, seen.billing, seen.prices, seen.commissions, seen.unknown])


@pytest.mark.parametrize("state", OTHERWISE)
def test_the_warehouse_sees_nobody_in_orders_it_does_not_pack(state):
    seen = fields.sees(User(role=Role.WAREHOUSE), order(*state), NOW)

    assert not seen.personal


@pytest.mark.parametrize("state", AT_WORK + OTHERWISE)
def test_support_sees_all_but_commissions_and_managers_all(state):
    support, manager = (fields.sees(User(role=role), order(*state), NOW) for role in (Role.SUPPORT, Role.MANAGER))

    assert all([support.name, support.address, support.phone, support.email, support.billing, support.prices])
    assert not support.commissions
    assert all([manager.name, manager.email, manager.prices, manager.commissions, manager.unknown])


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_the_search_finds_by_contact_what_the_page_shows_and_no_more(role):
    account = make.account()
    user = User(role=role)
    for number, (status, shipped_at, changed_at) in enumerate(AT_WORK + OTHERWISE):
        stored = make.order(f"N{number}", of=account)
        Order.objects.filter(pk=stored.pk).update(status=status, shipped_at=shipped_at, changed_at=changed_at)

    found = set(Order.objects.filter(fields.contacts_shown(user, NOW)).values_list("number", flat=True))

    assert found == {one.number for one in Order.objects.all() if fields.sees(user, one, NOW).name}
    assert (SearchRow.Kind.EMAIL in fields.found_by(user)) == (role != Role.WAREHOUSE)
