"""The bars over every page: what is not real, and what is not encrypted."""

import pytest
from django.conf import settings

from tests import make
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db
PAGES = ("/orders/", "/sync/", "/profile/")


@pytest.mark.parametrize("path", PAGES)
def test_a_practice_account_is_said_on_every_page(path):
    make.account(practice=True)

    assert "Practice, nothing is real" in text(signed_in().get(path))


def test_beside_real_accounts_the_practice_ones_are_named():
    make.account(slug="real", seller_id="1", name="Lampes")
    make.account(slug="unreal", seller_id="2", name="Essai", practice=True)

    assert "Practice, nothing is real (Essai)" in text(signed_in("administrator").get("/orders/"))


def test_real_accounts_have_no_bar():
    make.account()

    assert 'class="bar"' not in signed_in().get("/orders/").content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_plain_http_in_a_trusted_network_is_said_in_red_on_every_page(path, monkeypatch):
    make.account()
    monkeypatch.setattr(settings, "ALLOW_PLAIN_HTTP", "lan")

    answer = signed_in().get(path)

    assert 'class="bar" data-level="danger"' in answer.content.decode()
    assert "anyone on this network can read it" in text(answer)
