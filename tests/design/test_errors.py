"""A failure says what happened, what is safe and where to go, and has an id; the 500 asks no database."""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.test import Client, RequestFactory
from django.utils import translation
from django.utils.translation import gettext_lazy

from backoffice import errors
from tests import make

INCIDENT = r"[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}"


def asked(path: str = "/orders/", **headers: str) -> HttpRequest:
    return RequestFactory().get(path, headers=headers)


def test_the_500_page_needs_no_database_and_no_person():
    answer = errors.broken(asked())  # pytest-django lets no test without a mark reach the database

    html = answer.content.decode()
    assert answer.status_code == 500
    assert re.fullmatch(INCIDENT, answer.headers["X-Incident"])
    assert answer.headers["X-Incident"] in html
    assert html.count("<h1>") == 1
    assert "<script" not in html


def test_a_500_whose_template_cannot_be_made_still_names_the_incident(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path  # collectstatic never ran: no file of the manifest is known
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }

    answer = errors.broken(asked())

    html = answer.content.decode()
    assert answer.status_code == 500
    assert "<h1>" not in html
    assert answer.headers["X-Incident"] in html


def test_every_failure_has_an_id_of_its_own():
    assert len({errors.new_incident() for _turn in range(200)}) == 200


@pytest.mark.parametrize("handler", [errors.forbidden, errors.not_found, errors.broken])
def test_htmx_gets_one_sentence_for_the_red_line(handler):
    answer = handler(asked(**{"HX-Request": "true"}))

    assert re.fullmatch(r"<p data-line>[^<]+</p>", answer.content.decode())
    assert re.fullmatch(INCIDENT, answer.headers["X-Incident"])


def test_only_words_meant_for_a_person_are_shown():
    with translation.override("en"):
        told = errors.not_found(asked(**{"HX-Request": "true"}), Http404(gettext_lazy("Nothing of that name.")))
        kept = errors.forbidden(asked(**{"HX-Request": "true"}), PermissionDenied("User 7 lacks orders.view"))

    assert "Nothing of that name." in told.content.decode()
    assert "orders.view" not in kept.content.decode()


def test_a_stranger_gets_the_page_without_the_frame():
    answer = errors.not_found(asked())

    html = answer.content.decode()
    assert answer.status_code == 404
    assert html.count("<h1>") == 1
    assert 'role="search"' not in html


@pytest.mark.django_db
def test_somebody_signed_in_can_search_from_the_page_that_is_not_there(client):
    client.force_login(make.user("support"))

    answer = client.get("/nothing/at/all/")

    assert answer.status_code == 404
    assert 'role="search"' in answer.content.decode()


def test_the_site_at_rest_and_the_silent_marketplace_answer_503():
    resting = errors.maintenance(asked())
    silent = errors.asleep(asked(), again="/orders/1/cancellation/", back="/orders/1/")

    assert (resting.status_code, resting.headers["Retry-After"]) == (503, "60")
    assert silent.status_code == 503
    assert 'href="/orders/1/cancellation/"' in silent.content.decode()


def post(client: Client, origin: str):
    typed = {"login": "amélie <b>", "password": "so secret a word", "note": "two\nlines"}
    return client.post("/login/", typed, headers={"origin": origin})


@pytest.mark.django_db
def test_a_form_older_than_the_session_keeps_what_was_typed():
    with translation.override("en"):
        answer = post(Client(enforce_csrf_checks=True, headers={"accept-language": "en"}), "http://testserver")

    html = answer.content.decode()
    assert answer.status_code == 403
    assert "Nothing was sent" in html
    assert "amélie &lt;b&gt;" in html
    assert "two<br>lines" in html
    assert "csrfmiddlewaretoken" in html
    assert "so secret a word" not in html


@pytest.mark.django_db
def test_a_form_of_another_site_is_not_given_a_second_chance():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make.user("support"))

    answer = post(client, "https://elsewhere.example")

    assert answer.status_code == 403
    assert "two<br>lines" not in answer.content.decode()


@pytest.mark.django_db
def test_only_somebody_signed_in_can_send_it_again():
    stranger, known = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    known.force_login(make.user("support"))

    offered = [
        'type="submit" class="button primary">' in post(client, "http://testserver").content.decode()
        for client in (stranger, known)
    ]

    assert offered == [False, True]
