"""The table of rights: every address has its row, every right somebody who holds it, each role what it may."""

import pytest

from backoffice.models import User
from backoffice.roles import ANYBODY, HOMES, MAY, PAGES, SIGNED_IN, Role
from tests.addresses import addresses


def test_every_address_has_a_row_and_every_row_an_address():
    assert set(addresses()) - set(PAGES) == set()
    assert set(PAGES) - set(addresses()) - {"styleguide"} == set()  # the style guide is there where DEBUG is on


def test_every_right_of_a_page_is_held_by_somebody():
    held = frozenset().union(*MAY.values())

    assert {right for right in PAGES.values() if right not in {ANYBODY, SIGNED_IN}} <= held


def test_a_manager_may_what_warehouse_and_support_may_and_an_administrator_everything():
    assert MAY[Role.WAREHOUSE] | MAY[Role.SUPPORT] < MAY[Role.MANAGER] < MAY[Role.ADMINISTRATOR]
    assert MAY[Role.WAREHOUSE] - MAY[Role.SUPPORT]  # goods on the one side, money on the other
    assert MAY[Role.SUPPORT] - MAY[Role.WAREHOUSE]


@pytest.mark.parametrize(
    ("right", "roles"),
    [
        ("orders.view", "warehouse support manager administrator"),
        ("orders.refresh", "warehouse support manager administrator"),
        ("orders.sync", "warehouse support manager administrator"),
        ("orders.prices", "support manager administrator"),
        ("orders.email", "support manager administrator"),
        ("orders.billing", "support manager administrator"),
        ("orders.old_contacts", "support manager administrator"),
        ("orders.commissions", "manager administrator"),
        ("orders.statistics", "manager administrator"),
        ("orders.quarantine", "manager administrator"),
        ("backoffice.metrics", "manager administrator"),
        ("orders.reread", "administrator"),
        ("orders.channels", "administrator"),
        ("backoffice.accounts", "administrator"),
        ("backoffice.users", "administrator"),
        ("backoffice.shop", "administrator"),
        ("fulfilment.outbox", "warehouse support manager administrator"),
        ("fulfilment.accept", "warehouse manager administrator"),
        ("fulfilment.ship", "warehouse manager administrator"),
        ("fulfilment.refuse", "manager administrator"),
        ("fulfilment.cancel", "support manager administrator"),
        ("fulfilment.gesture", "support manager administrator"),
        ("fulfilment.invoice", "support manager administrator"),
        ("fulfilment.approve", "manager administrator"),
        ("fulfilment.withdraw_any", "manager administrator"),
        ("fulfilment.attention_accept", "warehouse manager administrator"),
        ("fulfilment.attention_cancel", "support manager administrator"),
        ("fulfilment.attention_refuse", "manager administrator"),
        ("fulfilment.attention_propose", "support manager administrator"),
        ("fulfilment.attention_money", "manager administrator"),
        ("fulfilment.pause", "manager administrator"),
        ("fulfilment.adopt", "administrator"),
    ],
)
def test_a_right_is_held_by_these_roles(right, roles):
    holders = {role for role in Role if User(role=role).has_perm(right)}

    assert holders == set(roles.split())


def test_somebody_deactivated_holds_no_right():
    nobody = User(role=Role.ADMINISTRATOR, is_active=False)

    assert not nobody.has_perm("orders.view")
    assert not nobody.has_module_perms("orders")


def test_each_role_may_open_the_page_its_day_begins_with():
    for role in Role:
        assert PAGES[HOMES[role]] in MAY[role]
