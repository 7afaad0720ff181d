"""The manager's figures: each equals a plain count, and the list behind its link, at any hour and in any zone."""

import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice import shop
from backoffice.models import Alert, User
from orders import mirror, models, ports, reference, requests, rollups, sync, watching
from orders.ports import Figure
from orders.statistics import quality
from tests import make
from tests.orders import shopping
from tests.orders.pages import numbers, signed_in, text

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOURS = ((0, 30), (1, 59), (12, 0), (23, 59))
NIGHTS = [
    ("Europe/Paris", date(2026, 3, 29)),  # 02:00 is 03:00
    ("Europe/Paris", date(2026, 10, 25)),  # 03:00 is 02:00
    ("America/New_York", date(2026, 11, 1)),
    pytest.param("America/New_York", date(2026, 3, 8), marks=pytest.mark.everything),
    pytest.param("Pacific/Auckland", date(2026, 9, 27), marks=pytest.mark.everything),
]
SUMS = {"revenue": "selling_total", "commission": "commission", "fees": "fees_total"}


def choose_zone(name: str) -> ZoneInfo:
    shop.choose("time_zone", name, None)
    return shop.zone()


def figures(answer) -> dict[str, Figure]:
    """The figures that a page was made of, by key."""
    context = answer.context
    return {one.key: one for part in ("today", "figures", "left_out") for one in context[part]}


def follow(manager, figure: Figure) -> tuple[int, dict[str, Decimal], str]:
    """How many rows the figure's list has, what they come to by currency, and what the list itself says of it."""
    answer = manager.get(figure.url)
    assert answer.status_code == 200, figure.url
    if "/outbox/" in figure.url:
        return len(answer.context["rows"]), {}, text(answer)
    assert not answer.context["complaints"], figure.url
    sums: dict[str, Decimal] = defaultdict(Decimal)
    if "/gestures/" in figure.url:
        for row in answer.context["rows"]:
            sums[row.currency] += row.amount
        return len(answer.context["rows"]), dict(sums), text(answer)
    listed = numbers(answer)
    column = SUMS.get(figure.key.split("-")[0], "selling_total")
    for order in models.Order.objects.filter(number__in=listed):
        sums[order.currency] += getattr(order, column) or 0
    return len(listed), dict(sums), text(answer)


@pytest.mark.parametrize(("zone", "night"), NIGHTS)
def test_every_figure_is_the_list_behind_it_at_every_hour_of_a_night_when_the_clocks_change(account, zone, night):
    at = choose_zone(zone)
    with time_machine.travel(datetime(night.year, night.month, night.day, 23, 58, tzinfo=at), tick=False):
        shopping.past(account, datetime.now(UTC))
        shopping.declared(account, make.user("warehouse"))

    for hour, minute in HOURS:
        with time_machine.travel(datetime(night.year, night.month, night.day, hour, minute, tzinfo=at), tick=False):
            manager = signed_in("manager")
            answer = manager.get("/statistics/?period=7")
            told = figures(answer)
            assert {"orders", "revenue-eur", "on-time", "cancelled", "gestures-eur", "commission-pln"} <= told.keys()
            assert told["pace"].rows
            for figure in told.values():
                if figure.rows is None:
                    assert manager.get(figure.url).status_code == 200
                    continue
                rows, sums, said = follow(manager, figure)
                assert rows == figure.rows, (hour, minute, figure)
                assert all(sums[currency] == amount for currency, amount in figure.sums), (hour, minute, figure)
                assert figure.rows == 0 or re.search(rf"\b{rows} (order|gesture)s?\b", said), figure
    with time_machine.travel(datetime(night.year, night.month, night.day, 23, 59, tzinfo=at), tick=False):
        follow_tables(manager, answer)


def follow_tables(manager, answer) -> None:
    """The links of the chart's table, of the channels, reasons and indicators lead to as many rows as they say."""
    context = answer.context
    linked = [(bar.url, bar.shipped) for bar in context["chart"].bars]
    linked += zip(context["chart_urls"], (context["chart"].shipped, context["chart"].late), strict=True)
    linked += [(bar.late_url, bar.late) for bar in context["chart"].bars if bar.late]
    for row in context["channels"]:
        linked += [(row["orders_url"], row["orders"]), (row["on_time_url"], row["met"]), (row["late_url"], row["late"])]
        linked += [(row["cancelled_url"], row["cancelled"]), (row["shipped_url"], row["shipped"])]
        linked += [(reason["url"], reason["orders"]) for reason in row["reasons"]]
        for currency, count, amount, url in row["given"]:
            shown = manager.get(url).context
            assert (shown["count"], shown["sums"]) == (count, [(currency, amount)]), url
    linked += [(row["url"], row["orders"]) for row in context["reasons"]]
    linked += [(row.own.url, row.own.part) for row in context["quality"] if row.own]
    for told in ("cancelled", "shipped"):
        assert sum(row[told] for row in context["channels"]) == max(rows for url, rows in linked if f"by={told}" in url)
    for url, rows in linked:
        assert len(numbers(manager.get(url))) == rows, url
    for row in context["given"]:
        shown = manager.get(row["url"]).context
        assert (shown["count"], shown["sums"]) == (row["count"], [(row["currency"], row["amount"])])


def plain(begins: date, ends: date) -> SimpleNamespace:
    """The figures of some days of the shop, counted one by one from the mirrored documents."""
    found = SimpleNamespace(orders=0, revenue=Counter(), untimed=0, met=0, missed=0, none=0, hours=[], days=Counter())

    def within(moment: datetime) -> bool:
        return begins <= shop.day_of(moment) <= ends

    for order in models.Order.objects.prefetch_related("lines"):
        lines = [line for line in order.lines.all() if line.status != "Cancelled"] or list(order.lines.all())
        if within(order.purchased_at or order.created_at):
            found.orders += 1
            if order.status not in ("Cancelled", "Refused", "Rejected"):
                found.revenue[order.currency] += order.selling_total
            found.untimed += order.status in ("Shipped", "Delivered") and order.shipped_at is None
        if order.shipped_at and within(order.shipped_at):
            dues = [due for line in lines if (due := line.ship_by or order.ship_by)]
            verdict = ("met" if order.shipped_at <= min(dues) else "missed") if dues else "none"
            setattr(found, verdict, getattr(found, verdict) + 1)
            found.hours.append(int((order.shipped_at - order.placed_at).total_seconds() // 3600))
            found.days[shop.day_of(order.shipped_at)] += 1
    found.hours.sort()
    return found


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York"])
@pytest.mark.parametrize("asked", ["period=7", "period=month", "period=last-month", "from=2026-11-20&to=2026-11-22"])
def test_the_figures_equal_a_plain_count(account, zone, asked):
    choose_zone(zone)
    with time_machine.travel(NOON, tick=False):
        shopping.past(account, NOON, orders=70, apart=timedelta(hours=13))

        answer = signed_in("manager").get(f"/statistics/?{asked}")

        told = figures(answer)
        truth = plain(answer.context["period"].span.begins, answer.context["period"].span.ends)
        assert told["orders"].rows == truth.orders
        revenue = {figure.sums[0][0]: figure.sums[0][1] for key, figure in told.items() if key.startswith("revenue")}
        assert revenue == truth.revenue
        assert (told["on-time"].rows, told["shipped-late"].rows) == (truth.met, truth.missed)
        assert told["untimed"].rows if truth.untimed else "untimed" not in told
        assert told["median"].value == f"{truth.hours[(len(truth.hours) + 1) // 2 - 1]}\xa0h"
        assert told["ninety"].value == f"{truth.hours[-(-len(truth.hours) * 9 // 10) - 1]}\xa0h"
        assert {bar.begins: bar.shipped for bar in answer.context["chart"].bars if bar.shipped} == truth.days


def test_another_zone_has_other_days_and_the_figures_still_equal_their_lists(account):
    choose_zone("Europe/Paris")
    with time_machine.travel(NOON, tick=False):
        shopping.past(account, NOON)
        choose_zone("Pacific/Auckland")
        rollups.recount(account)
        manager = signed_in("manager")

        told = figures(manager.get("/statistics/?period=7"))

        for figure in told.values():
            assert figure.rows is None or follow(manager, figure)[0] == figure.rows, figure
    assert rollups.recount(account) == 0


def test_the_order_that_is_cancelled_after_it_was_shipped_stays_shipped_in_time(account):
    with time_machine.travel(NOON, tick=False):
        read = make.reading(created_at=NOON - timedelta(days=1), lines=(make.line("A", ship_by=NOON),))
        shipped = make.later(read, status="Shipped", changed_at=NOON - timedelta(minutes=30))
        refunded = make.later(shipped, status="Cancelled", changed_at=NOON - timedelta(minutes=20))
        for version in (read, shipped, refunded):
            mirror.store(account, [version], source="live")

        told = figures(signed_in("manager").get("/statistics/?period=7"))

    assert (told["on-time"].rows, told["on-time"].value) == (1, "100.0\xa0%")


def test_a_channel_and_an_account_narrow_every_figure(account):
    other = make.account(seller_id="9")
    with time_machine.travel(NOON, tick=False):
        shopping.past(account, NOON)
        shopping.past(other, NOON - timedelta(hours=2), orders=9)
        manager = signed_in("manager")
        for asked in (f"account={other.slug}", "channel=CONFFR", f"channel=CDISFR&account={account.slug}"):
            answer = manager.get(f"/statistics/?{asked}")

            said = [f"{name} · " in text(answer) for name in answer.context["chosen"]]
            assert all(said)  # also on paper, where no menu says it
            for figure in figures(answer).values():
                assert figure.rows is None or figure.rows == counted(manager, figure), (asked, figure)


def counted(manager, figure: Figure) -> int:
    """The exact number that the list tells of itself; two accounts hold the same numbers here."""
    context = manager.get(figure.url).context
    if "/outbox/" in figure.url:
        return len(context["rows"])
    return int(context["count"] if "/gestures/" in figure.url else context["total"])


def test_others_tell_figures_of_their_own(account, monkeypatch):
    seen = []

    def unclear(question: ports.Question, user: User) -> list[Figure]:
        seen.append((question.accounts, question.span.begins, user.role))
        return [
            Figure("unclear", "Unclear sends", "Sends without a clear answer.", "3", "/outbox/", part="today"),
            Figure("work", "Requests an hour", "What we asked for, by hour of work.", "12", "/outbox/?work"),
        ]

    monkeypatch.setattr(ports, "FIGURES", [unclear])
    with time_machine.travel(NOON, tick=False):
        answer = signed_in("manager").get("/statistics/?from=2026-11-01&to=2026-11-03")

    assert seen == [((account.pk,), date(2026, 11, 1), "manager")]
    assert [figure.key for figure in answer.context["today"]][-1] == "unclear"
    assert "Sends without a clear answer." in text(answer)
    assert 'href="/outbox/?work"' in answer.content.decode()


@pytest.mark.parametrize("role", ["warehouse", "support"])
def test_the_figures_are_the_managers(account, role):
    person = signed_in(role)

    assert person.get("/statistics/").status_code == 403
    assert person.get("/statistics/gestures/").status_code == 403
    assert "/statistics/" not in person.get("/orders/").content.decode()


def test_the_managers_day_begins_with_the_figures(account):
    assert signed_in("manager").get("/").headers["Location"] == "/statistics/"
    assert signed_in("support").get("/").headers["Location"] == "/support/"


def test_the_number_of_queries_does_not_grow(account):
    counts = []
    with time_machine.travel(NOON, tick=False):
        manager = signed_in("manager")
        manager.get("/statistics/")
        for orders in (1, 10, 50):
            models.Cursor.objects.all().delete()
            shopping.past(account, NOON, orders=orders)
            with CaptureQueriesContext(connection) as queries:
                manager.get("/statistics/?period=90")
            counts.append(len(queries))

    assert len(set(counts)) == 1


def test_what_is_missing_is_said(account):
    manager = signed_in("manager")

    nothing = text(manager.get("/statistics/"))
    models.Cursor.objects.create(account=account, name="backfill", position=NOON)
    with time_machine.travel(NOON + timedelta(days=3), tick=False):
        partial = text(signed_in("manager").get("/statistics/"))

    assert "No order in this period." in nothing
    assert "Older orders have not been read yet" in nothing
    assert "The mirror is complete since 25 Nov 2026" in partial
    assert "Not compared with the time before" in partial


def test_an_address_that_makes_no_sense_is_told_and_shows_the_usual_period(account):
    answer = signed_in("manager").get("/statistics/?period=9&channel=NOWHERE&account=nobody")
    wrong = signed_in("manager").get("/statistics/?from=yesterday")
    long = signed_in("manager").get("/statistics/?from=2001-01-01&to=2020-01-01")

    assert len(answer.context["complaints"]) == 3
    assert answer.context["period"].days == wrong.context["period"].days == 30
    assert "yesterday" in text(wrong)
    assert long.context["period"].days == 731


@pytest.mark.parametrize(
    ("bad", "whole", "threshold", "least", "further"),
    [
        (1, 100, "95", True, 5),  # 6 of 105 is 94.3 % good; 5 of 104 is 95.2 %
        (5, 100, "95", True, 1),  # exactly at the bar is kept
        (6, 100, "95", True, 0),
        (0, 1, "95", True, 1),
        (0, 0, "95", True, 1),
        (0, 100, "100", True, 1),
        (3, 100, "0", True, None),  # no number of late parcels passes a bar of nothing
        (2, 100, "8", False, 7),  # 9 of 107 is 8.4 %; 8 of 106 is 7.5 %
        (9, 100, "8", False, 0),
        (1, 100, "100", False, None),
    ],
)
def test_how_many_more_until_the_alert(bad, whole, threshold, least, further):
    left = quality.until_alert(bad, whole, Decimal(threshold), least=least)

    assert left == further
    if left:  # by the plain definition: with one less it is kept, with so many it is not
        for more, kept in ((left - 1, True), (left, False)):
            share = Decimal(100) * (bad + more) / max(1, whole + more)
            assert ((100 - share >= Decimal(threshold)) if least else (share <= Decimal(threshold))) is kept


def test_the_marketplaces_indicators_stand_beside_our_own(account):
    models.Indicator.objects.create(
        account=account, name="deadlines", value_d30=Decimal("96.2"), threshold=95,
        threshold_type="TresholdMin", compliant_d30=True,
    )  # fmt: skip
    models.Indicator.objects.create(
        account=account, name="claims", value_d30=Decimal(3), threshold=2, threshold_type="TresholdMax",
        compliant_d30=False,
    )  # fmt: skip
    with time_machine.travel(NOON, tick=False):
        shopping.past(account, NOON)
        answer = signed_in("manager").get("/statistics/")
        follow_tables(signed_in("manager"), answer)

    claims, punctual = sorted(answer.context["quality"], key=lambda row: row.name)
    assert (punctual.own.part, punctual.own.bad, punctual.left) == (9, 4, 0)
    assert (claims.own, claims.tone) == (None, "danger")
    assert "The threshold is passed by our own count." in text(answer)


def test_what_the_marketplace_measures_is_counted_and_watched_here(market, account):
    for turn, status in enumerate(["InPreparation", "Shipped", "Cancelled"]):
        market.place(f"SCID{turn}", status=status)
    sync.live(account)
    reference.mirror_reference(account)
    watching.watch(timezone.now())

    told = {row.name: row for row in signed_in("manager").get("/statistics/").context["quality"]}

    assert {name: (row.own.part, row.own.whole) for name, row in told.items() if row.own} == {
        "acceptance": (2, 2), "shipping": (1, 2), "deadlines": (0, 0), "refunds": (1, 3)
    }  # fmt: skip
    assert (told["refunds"].left, told["refunds"].label) == (0, "Cancellations")
    assert {alert.subject for alert in Alert.objects.filter(kind="indicator")} == {"shipping", "refunds"}


def test_a_gesture_has_its_reason_in_words_in_the_figures_and_in_their_list(account):
    models.GestureRequest.objects.create(
        account=account, number="SCID1", reason="ShippingFees", amount=5, currency="EUR", status="Done",
        created_at=timezone.now(),
    )  # fmt: skip
    make.order("SCID1")
    manager = signed_in("manager")

    figures = manager.get("/statistics/")

    assert "Delivery costs 1 €5.00" in text(figures)
    listed = text(manager.get(figures.context["given"][0]["url"]))
    assert re.search(r"Delivery costs ?, \d+ \w+ €5\.00", listed)


def test_the_gestures_list_goes_on_to_its_end(account):
    with time_machine.travel(NOON, tick=False):
        shopping.past(account, NOON, orders=1)
        many = [
            shopping.gesture("SCID0000", turn, NOON - timedelta(minutes=turn)) for turn in range(120) if turn % 16 != 8
        ]
        requests.store_gestures(account, many)
        manager = signed_in("manager")
        answer, seen = manager.get("/statistics/gestures/?period=7"), []
        while True:
            seen += [row.pk for row in answer.context["rows"]]
            if not answer.context["older"]:
                break
            answer = manager.get(answer.context["older"])

    assert len(seen) == len(set(seen)) == answer.context["count"] == len(many)


def test_the_gestures_of_several_accounts_cost_no_query_a_row(account):
    make.account(seller_id="9")
    costs = []
    with time_machine.travel(NOON, tick=False):
        shopping.past(account, NOON, orders=1)
        manager = signed_in("manager")
        manager.get("/statistics/gestures/")
        for rows in (2, 6):
            more = [shopping.gesture("SCID0000", turn, NOON - timedelta(minutes=turn)) for turn in range(rows)]
            requests.store_gestures(account, more)
            with CaptureQueriesContext(connection) as queries:
                answer = manager.get("/statistics/gestures/")
            costs.append((len(answer.context["rows"]), len(queries)))

    assert [rows for rows, _queries in costs] == [2, 6]
    assert costs[0][1] == costs[1][1]


def test_a_year_is_drawn_by_weeks_that_lead_to_their_orders(account):
    with time_machine.travel(NOON, tick=False):
        shopping.past(account, NOON - timedelta(days=3), orders=60, apart=timedelta(hours=130))
        manager = signed_in("manager")

        chart = manager.get("/statistics/?period=365").context["chart"]

        assert chart.by_week
        assert chart.bars[0].begins == date(2025, 11, 25)
        assert all(bar.ends.weekday() == 6 for bar in chart.bars[:-1])
        assert sum(bar.shipped for bar in chart.bars) == models.Order.objects.exclude(shipped_day=None).count()
        for bar in chart.bars[-8:]:
            assert len(numbers(manager.get(bar.url))) == bar.shipped
            assert len(numbers(manager.get(bar.late_url))) == bar.late
