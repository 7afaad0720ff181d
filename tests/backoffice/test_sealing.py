"""The audit journals are sealed; what is changed, removed or slipped in afterwards is found."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from backoffice import sealing
from backoffice.models import Alert, Seal
from orders.models import Change
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(monkeypatch):
    """Ten accepted versions of orders under three seals, an hour ago."""
    monkeypatch.setattr(sealing, "MOST", 4)
    account = make.account()
    with time_machine.travel(timezone.now() - timedelta(hours=1), tick=True):
        for number in range(10):
            make.order(f"S{number}", of=account)
    assert sealing.seal() == 10
    return next(one for one in sealing.JOURNALS if one.name == "orders")


def broken(journal):
    return [(one.number, one.why) for one in sealing.verify(journal)]


def test_an_untouched_journal_holds_and_goes_on(sealed):
    assert Seal.objects.filter(journal="orders").count() == 3
    assert broken(sealed) == []
    assert sealing.seal() == 0
    make.order("LATER")
    assert sealing.seal() == 0  # not settled yet
    assert sealing.seal(timezone.now() + timedelta(minutes=3)) == 1
    assert broken(sealed) == []


def test_a_changed_row_is_found(sealed):
    row = Change.objects.order_by("pk")[5]
    Change.objects.filter(pk=row.pk).update(fields={"status": [None, "Shipped"]})

    assert broken(sealed) == [(2, "a row, or the seal, was changed")]


def test_a_removed_row_is_found(sealed):
    Change.objects.order_by("pk")[0].delete()

    assert broken(sealed)[0] == (1, "3 rows instead of 4")


def test_a_changed_or_removed_seal_is_found(sealed):
    Seal.objects.filter(journal="orders", number=1).update(digest="1" * 64)
    assert [number for number, _why in broken(sealed)] == [1, 2]
    Seal.objects.filter(journal="orders", number=2).delete()
    assert (3, "a seal before it is missing") in broken(sealed)


def test_rows_that_nobody_seals_are_found(sealed):
    with time_machine.travel(timezone.now() - timedelta(hours=1), tick=True):
        make.order("FORGOTTEN")

    assert broken(sealed) == [(4, "rows wait for their seal since more than half an hour")]


def test_the_command_and_the_alert_tell_it(sealed):
    out = StringIO()
    call_command("seals", stdout=out)
    assert "Every seal holds." in out.getvalue()
    assert Seal.objects.latest("number").digest in out.getvalue()
    sealing.check()
    assert not Alert.objects.exists()

    Change.objects.order_by("pk")[0].delete()
    with pytest.raises(CommandError, match="do not hold"):
        call_command("seals", stdout=StringIO(), stderr=StringIO())
    sealing.check()
    assert Alert.objects.get(closed_at=None).subject == "orders"


def test_every_journal_names_columns_of_its_table():
    assert {one.name for one in sealing.JOURNALS} == {"orders", "commands", "acts"}
    for journal in sealing.JOURNALS:
        known = {field.attname for field in journal.model._meta.concrete_fields}
        assert {journal.at, *journal.columns} <= known
