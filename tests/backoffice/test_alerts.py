"""Alerts open once, count, close when their cause has gone, and speak the reader's language."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from backoffice import alerts
from backoffice.alerts import close_alert, open_alert, words
from backoffice.models import Alert
from tests import make

pytestmark = pytest.mark.django_db


def test_the_same_trouble_opens_one_alert_and_is_counted():
    open_alert("job", "live:1", failures=3, trouble="first")

    alert = open_alert("job", "live:1", failures=4, trouble="second")

    assert (Alert.objects.count(), alert.times, alert.params["trouble"]) == (1, 2, "second")


def test_trouble_that_comes_back_opens_another_alert():
    open_alert("canary")

    assert close_alert("canary") is True
    assert close_alert("canary") is False
    open_alert("canary")

    assert [alert.closed_at is None for alert in Alert.objects.order_by("pk")] == [False, True]


def test_accounts_have_alerts_of_their_own():
    one, two = make.account(seller_id="1"), make.account(seller_id="2")
    open_alert("drift", account=one)
    open_alert("drift", account=two)

    close_alert("drift", account=one)

    assert Alert.objects.get(closed_at=None).account == two


@pytest.mark.django_db(transaction=True)
def test_many_processes_that_see_one_trouble_open_one_alert():
    together = threading.Barrier(6)

    def see(_process):
        try:
            together.wait()
            open_alert("canary")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(see, range(6)))

    assert Alert.objects.get().times == 6


@pytest.mark.parametrize(
    ("kind", "subject", "params"),
    [
        ("token", "client", {"accounts": "Lampes", "trouble": "invalid_client"}),
        ("breaker", "client", {"trouble": "502"}),
        ("job", "live:1", {"failures": 3, "trouble": "RuntimeError"}),
        ("canary", "", {}),
    ],
)
def test_every_kind_of_the_machinery_is_a_sentence_with_its_particulars(kind, subject, params):
    sentence = words(open_alert(kind, subject, **params))

    assert sentence.endswith((".", *map(str, params.values())))
    assert all(str(value) in sentence for value in params.values())


def test_an_alert_of_an_unknown_kind_or_an_older_version_is_shown_by_its_name():
    assert words(open_alert("asteroid", "B612")) == "asteroid B612"
    assert words(open_alert("job", "live:1")) == "job live:1"


def test_every_kind_that_is_opened_here_has_words():
    assert set(alerts.WORDS) >= {"token", "breaker", "job", "canary"}
