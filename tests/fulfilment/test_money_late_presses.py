"""A press that comes late: the order or a reason changed meanwhile, the session ended, or it comes a second time."""

import re
from urllib.parse import unquote

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fulfilment import choices
from fulfilment.models import Command
from orders.models import Order
from tests.fulfilment.dialogs import HTMX, filled, url
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db

FORMS = {
    "cancellation": {"scope": "lines", "line_0": "on", "reason_0": "missing-product", "note": "third call"},
    "gesture": {"amount": "5,50", "reason": "Other", "details": "A scratch", "note": "third call"},
    "invoice": {},
}


@pytest.fixture
def order(place):
    return place("SCID1", status="Shipped", lines=[{"price": 100}, {"price": 20}])


@pytest.fixture(params=FORMS)
def name(request):
    return request.param


def typed(client, order, name, **more):
    form = filled(client.get(url(order, name)), **FORMS[name]) | more
    if name == "invoice":
        form["file"] = SimpleUploadedFile("SCID1.pdf", b"%PDF-1.7", content_type="application/pdf")
    return form


def test_what_was_read_from_an_older_order_is_not_sent(order, name):
    client = signed_in()
    form = typed(client, order, name)
    Order.objects.filter(pk=order.pk).update(version=order.version + 1)

    answer = client.post(url(order, name), form)

    assert answer.status_code == 409
    assert "Nothing was sent" in text(answer)
    assert not Command.objects.exists()


def test_a_second_press_leads_where_the_first_did_and_asks_nothing(order, name):
    client = signed_in()
    form = typed(client, order, name)

    answers = [client.post(url(order, name), form) for _press in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Command.objects.count() == 1


def test_after_the_session_has_ended_one_signs_in_and_is_led_back(order, name):
    client = signed_in()
    form = typed(client, order, name)
    client.logout()

    here = f"http://testserver{url(order, name)}"
    plain = client.post(url(order, name), form, headers={"Referer": here})
    by_htmx = client.post(url(order, name), form, headers={**HTMX, "HX-Current-URL": here})

    assert (plain.status_code, by_htmx.status_code) == (302, 401)
    for address in (plain["Location"], by_htmx["HX-Redirect"]):
        assert url(order, name) in unquote(address)
    assert not Command.objects.exists()


def test_a_form_older_than_the_session_keeps_what_was_typed(order, name):
    client = signed_in()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    form = typed(client, order, name, csrfmiddlewaretoken="a" * 64)

    page = f"http://testserver{url(order, name)}"
    answer = strict.post(url(order, name), form, headers={"Referer": page})

    body = answer.content.decode()
    assert answer.status_code == 403
    assert "nothing was sent" in text(answer).lower()
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body))
    typed_in = {field: value for field, value in form.items() if field not in ("file", "csrfmiddlewaretoken")}
    assert typed_in.items() <= kept.items()
    assert not Command.objects.exists()
    if name != "invoice":  # a file has to be chosen again
        assert strict.post(url(order, name), kept, headers={"Referer": page}).status_code == 302
        assert Command.objects.count() == 1


def test_a_reason_that_vanished_is_told_and_the_rest_stays(order):
    client, page = signed_in(), url(order, "cancellation")
    form = typed(client, order, "cancellation")
    choices.keep(order.account, choices.reasons_of(order, "Shipped"), [("other-reason", "Another reason")])

    answer = client.post(page, form)

    body = answer.content.decode()
    assert answer.status_code == 422
    assert "“missing-product” does not hold any more: choose another one. Nothing was sent." in text(answer)
    assert re.search(r'<input[^>]*name="line-0"[^>]*checked', body)
    assert "third call" in body
    assert "Another reason" in body
    assert not Command.objects.exists()


@pytest.mark.parametrize("name", ["cancellation", "gesture"])
def test_a_marketplace_that_fell_silent_before_the_press_leaves_nothing_sent(order, market, name):
    client = signed_in()
    form = typed(client, order, name)
    cache.clear()
    market.faults = [{"fault": "lost"}] * 4

    answer = client.post(url(order, name), form)

    assert answer.status_code == 503
    assert "Nothing was sent" in text(answer)
    assert not Command.objects.exists()
