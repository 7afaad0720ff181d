"""Statuses, amounts and times as a person reads them, in both languages."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.template import engines
from django.utils import translation

from backoffice import typography, wording
from octopia.contract import lifecycle

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)  # 14:05 in Paris

SAID = [  # ui-spec 1.3
    ("Processing", "Being checked", "hollow", "neutral"),
    ("WaitingAcceptance", "To approve", "dot", "warn"),
    ("Accepted", "Accepted, last checks", "half", "info"),
    ("InPreparation", "To ship", "dot", "info"),
    ("PartlyShipped", "Partly shipped", "half", "ok"),
    ("Shipped", "Shipped", "dot", "ok"),
    ("Delivered", "Delivered", "tick", "ok"),
    ("Cancelled", "Cancelled", "bar", "neutral"),
    ("Refused", "Refused by us", "bar", "neutral"),
    ("Rejected", "Rejected by the marketplace", "bar", "neutral"),
    ("CancelRequest", "Cancellation asked", "dot", "warn"),
]


def rendered(source: str, **context) -> str:
    return engines["django"].from_string(source).render(context)


@pytest.mark.parametrize(("status", "label", "shape", "tone"), SAID)
def test_a_status_is_a_word_a_shape_and_a_colour(status, label, shape, tone):
    with translation.override("en"):
        html = rendered("{% badge status %}", status=status)

    assert html == f'<span class="badge" data-tone="{tone}" data-shape="{shape}">{label}</span>'


def test_every_status_of_the_contract_has_a_word():
    assert {*lifecycle.ORDER_STATUSES, *lifecycle.LINE_STATUSES} - set(wording.ORDER) == set()


def test_a_word_never_seen_is_shown_as_it_came_and_stays_text():
    with translation.override("en"):
        html = rendered("{% badge status %}", status="<b>New</b>")

    assert "unknown (&lt;b&gt;New&lt;/b&gt;)" in html
    assert 'data-tone="neutral"' in html


def test_our_requests_and_their_decisions_are_told_apart():
    with translation.override("en"):
        assert str(wording.word("REFUSED").label) == "Refused"
        assert str(wording.word("Rejected", "decision").label) == "Rejected by the marketplace"
        assert str(wording.word("Done", "decision").label) == "Done"
        assert "unknown" in str(wording.word("READY", "order").label)


def test_the_marketplaces_words_are_quoted_beside_the_badge():
    with translation.override("en"):
        html = rendered("{% badge 'REFUSED' reason=reason %}", reason="no <tracking>")

    assert html.endswith('<q class="words" translate="no">no &lt;tracking&gt;</q>')


@pytest.mark.parametrize(
    ("amount", "currency", "english", "french"),
    [
        (Decimal("1284.5"), "EUR", "€1,284.50", "1\u00a0284,50\u00a0€"),
        (Decimal("-24.2"), "EUR", "−€24.20", "−24,20\u00a0€"),
        (Decimal("0"), "EUR", "€0.00", "0,00\u00a0€"),
        (Decimal("0.005"), "EUR", "€0.01", "0,01\u00a0€"),
        (Decimal("9.9"), "PLN", "9.90\u00a0PLN", "9,90\u00a0PLN"),
        (Decimal("1000000"), "GBP", "£1,000,000.00", "1\u00a0000\u00a0000,00\u00a0£"),
        (None, "EUR", "–", "–"),
    ],
)
def test_an_amount_is_written_as_each_language_writes_it(amount, currency, english, french):
    with translation.override("en"):
        assert typography.amount(amount, currency) == english
    with translation.override("fr"):
        assert typography.amount(amount, currency) == french


@pytest.mark.parametrize(
    ("after", "ordinary", "deadline"),
    [
        (timedelta(seconds=30), "now", "now"),
        (timedelta(seconds=-30), "just now", "now"),
        (timedelta(minutes=40), "in 40 min", "in 40 min"),
        (timedelta(hours=2, minutes=59), "in 2 h", "in 2 h"),
        (timedelta(hours=-31), "31 h ago", "31 h late"),
        (timedelta(minutes=-5), "5 min ago", "5 min late"),
        (timedelta(days=-3), "3 d ago", "3 d late"),
        (timedelta(hours=47), "in 47 h", "in 47 h"),
        (timedelta(hours=48), "in 2 d", "in 2 d"),
    ],
)
def test_a_distance_in_time_is_short_and_a_missed_deadline_is_late(after, ordinary, deadline):
    with translation.override("en"):
        said = [typography.relative(NOW + after, NOW, deadline=flag) for flag in (False, True)]

    assert [text.replace("\u00a0", " ") for text in said] == [ordinary, deadline]


@pytest.mark.parametrize(
    ("after", "level"),
    [
        (timedelta(0), "late"),
        (timedelta(hours=-31), "late"),
        (timedelta(hours=4), "soon"),
        (timedelta(hours=9), "today"),
        (timedelta(hours=10), "later"),  # 00:05 of the next day in Paris, though still the same day in UTC
    ],
)
def test_how_near_a_deadline_is_goes_by_the_shops_day(after, level):
    assert typography.level(NOW + after, PARIS, NOW) == level


def test_no_deadline_is_no_level():
    assert typography.level(None, PARIS, NOW) == ""


def test_an_exact_time_is_the_shops_and_has_its_year_when_it_is_another():
    moment, last_year = datetime(2026, 11, 21, 17, 0, tzinfo=UTC), datetime(2025, 7, 1, 22, 30, tzinfo=UTC)

    with translation.override("en"):
        assert typography.exact(moment, PARIS, NOW) == "21\u00a0Nov 18:00"
        assert typography.exact(last_year, PARIS, NOW) == "2\u00a0Jul\u00a02025 00:30"
    with translation.override("fr"):
        assert typography.exact(moment, PARIS, NOW) == "21\u00a0nov. 18:00"


@pytest.mark.django_db
def test_a_time_on_the_page_tells_machines_and_people(time_machine):
    time_machine.move_to(NOW, tick=False)
    moment = datetime(2026, 11, 22, 6, 5, tzinfo=UTC)

    with translation.override("en"):
        html = rendered("{% when moment deadline=True %}", moment=moment)

    assert html == (
        '<time datetime="2026-11-22T06:05:00+00:00" title="22\u00a0Nov 07:05" data-relative="deadline"'
        ' data-level="late">31\u00a0h\u00a0late</time>'
    )


@pytest.mark.django_db
def test_far_times_are_days_and_nothing_is_nothing(time_machine):
    time_machine.move_to(NOW, tick=False)

    with translation.override("en"):
        assert ">13\u00a0Nov</time>" in rendered("{% when moment %}", moment=NOW - timedelta(days=10))
        assert ">26\u00a0Nov 14:05</time>" in rendered("{% when m deadline=True %}", m=NOW + timedelta(days=3))
        assert ">14:05</time>" in rendered("{% when moment 'clock' %}", moment=NOW)
    assert rendered("{% when moment %}", moment=None) == ""


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("25353454709", "253<b>53454709</b>"),
        ("1234", "<b>1234</b>"),
        ("CD-2026-000000-84751132", "CD-2026-000000-<b>84751132</b>"),
        ("<script>", "<b>&lt;script&gt;</b>"),
    ],
)
def test_the_last_eight_signs_of_a_number_stand_out(number, shown):
    assert shown in rendered("{% number number %}", number=number)


def test_a_number_can_be_copied_whole():
    assert 'data-copy="25353454709"' in rendered("{% number '25353454709' copy=True %}")
