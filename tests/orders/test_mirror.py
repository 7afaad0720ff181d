"""What the mirror keeps of an order, and that storing it twice, late or out of order changes nothing."""

import pytest

from orders import mirror, models
from tests import make

pytestmark = pytest.mark.django_db


def test_a_new_order_is_kept_whole(account):
    read = make.reading("SCID1")

    result = mirror.store(account, [read], source="live")

    order = models.Order.objects.get(number="SCID1")
    assert result.new == ["SCID1"]
    assert order.lines.count() == 1
