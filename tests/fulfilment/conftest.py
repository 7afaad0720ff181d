"""What tests of the outbox share: an account that sends, an order on the sandbox's shelf and in the mirror."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from backoffice.models import SellerAccount
from fulfilment.models import Command
from orders import readings, sync
from orders.models import Order
from sandbox.market import Market
from tests import make


@pytest.fixture(autouse=True)
def _files_of_its_own(settings: Any, tmp_path: Path) -> None:
    """What a test keeps as a file lives as long as the test."""
    settings.DATA_DIR = tmp_path


@pytest.fixture
def account(db: None) -> SellerAccount:
    """Sends every verb, and is past its first day."""
    return make.account(
        sending=["accept", "refuse", "ship", "cancel", "gesture", "invoice"],
        created_at=timezone.now() - timedelta(days=2),
    )


@pytest.fixture
def place(market: Market, account: SellerAccount) -> Callable[..., Order]:
    """Place an order in the market and read it into the mirror, as the site would."""

    def placed(number: str, **members: Any) -> Order:
        market.place(number, **members)
        readings.ask_order(account, number)
        readings.read_due()
        market.clock.advance(5)  # what happens next has a later stamp
        return Order.objects.get(account=account, number=number)

    return placed


@pytest.fixture
def live(
    account: SellerAccount, market: Market, django_capture_on_commit_callbacks: Callable[..., Any]
) -> Callable[..., None]:
    """One live run of the mirror, some time later by the market's clock, and all that follows from it."""

    def run(after: float = 60) -> None:
        market.clock.advance(after)
        with django_capture_on_commit_callbacks(execute=True):
            sync.live(account)

    return run


def due_now(command: Command) -> None:
    """Let the command be due, whatever it waits for."""
    Command.objects.filter(pk=command.pk).update(due=timezone.now())
