"""What the manager's figures tell of the outbox, each equal to its list; and the two alerts of what stands still."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice import alerts
from backoffice.models import Alert
from fulfilment import watching
from fulfilment.models import Command, State
from orders.models import Order
from tests import make
from tests.orders.pages import numbers, signed_in, text

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def command(number: str, state: str, of=None, kind: str = "ship", **fields) -> Command:
    order = make.order(number, of=of)
    return Command.objects.create(
        account=order.account, order=order, subject=number, kind=kind, state=state, fingerprint=number,
        form_token=number, order_version=1, **fields,
    )  # fmt: skip


def told(client, query: str = "") -> dict:
    context = client.get(f"/statistics/{query}").context
    return {figure.key: figure for figure in (*context["today"], *context["figures"])}


def test_what_is_unclear_or_waits_for_a_colleague_is_the_list_behind_it(account):
    for turn, state in enumerate((State.UNKNOWN, State.ATTENTION, State.PROPOSED, State.READY, State.REFUSED)):
        command(f"N{turn}", state, kind=("ship", "gesture")[turn % 2])
    other = make.account(seller_id="2")
    command("THEIRS", State.UNKNOWN, of=other)
    manager = signed_in("manager", account)

    found = told(manager)

    for key, subjects in (("unclear", ["N0", "N1"]), ("proposed", ["N2"])):
        assert found[key].rows == len(subjects)
        rows = manager.get(found[key].url).context["rows"]
        assert [row["command"].subject for row in rows] == subjects
    assert manager.get("/outbox/").context["rows"][-1]["command"].subject == "N4"
    assert signed_in("manager", other).get("/statistics/").status_code == 200
    assert told(signed_in("manager", other))["unclear"].rows == 1


def test_work_an_hour_counts_each_persons_hours(account):
    at = timezone.now().replace(minute=10) - 5 * HOUR
    amelie, karim = make.user("warehouse"), make.user("warehouse")
    for turn, (who, hours) in enumerate([(amelie, 0), (amelie, 0), (amelie, 1), (karim, 1), (None, 1)]):
        moment = at + hours * HOUR
        command(f"N{turn}", State.CONFIRMED, author=who, taken_at=moment, ended_at=moment)
    again = Command.objects.get(subject="N0")  # its second parcel
    Command.objects.create(
        account=account, order=again.order, subject="N0", kind="ship", state=State.TAKEN, seen_at=at,
        fingerprint="again", form_token="again", order_version=1, author=karim, taken_at=at + HOUR,
    )  # fmt: skip
    command("BACK", State.WITHDRAWN, author=amelie)
    command("BEFORE", State.CONFIRMED, author=karim, taken_at=at - timedelta(days=40), ended_at=at)
    command("THEIRS", State.CONFIRMED, of=make.account(seller_id="2"), author=karim, taken_at=at, ended_at=at)
    manager = signed_in("manager", account)

    figure = told(manager)["pace"]

    assert (figure.value, figure.note) == ("1.3", "Orders: 4; hours of work: 3")
    listed = manager.get(figure.url)
    assert (set(numbers(listed)), figure.rows) == ({"N0", "N1", "N2", "N3"}, 4)
    assert not listed.context["complaints"]
    assert "4 orders" in text(listed)
    assert told(manager, "?channel=CDISFR")["pace"].value == "1.3"
    empty = told(manager, "?from=2026-01-01&to=2026-01-02")["pace"]
    assert (empty.value, numbers(manager.get(empty.url))) == ("–", [])


def test_these_figures_cost_one_query_however_many_there_are(account):
    manager = signed_in("manager")
    counts = []
    for turn in range(3):
        with CaptureQueriesContext(connection) as queries:
            manager.get("/statistics/")
        counts.append(len([one for one in queries.captured_queries if "hours FROM open, work" in one["sql"]]))
        command(f"N{turn}", State.UNKNOWN)

    assert counts == [1, 1, 1]


def standing(kind: str) -> list[str]:
    return [str(alerts.words(alert)) for alert in Alert.objects.filter(kind=kind, closed_at=None)]


def test_orders_near_their_deadline_open_one_alert_that_closes_when_they_are_declared(account):
    now = timezone.now()
    for number, hours in (("SOON", 0.5), ("LATE", -3), ("LATER", 5)):
        make.order(number, lines=(make.line(ship_by=now + hours * HOUR),))

    watching.watch(now)
    watching.watch(now)
    opened = Alert.objects.get(kind="deadline")
    assert standing("deadline") == [
        "Orders within an hour of their deadline or past it, and not declared as shipped: 2."
    ]
    assert (opened.account, opened.times) == (account, 2)
    for number in ("SOON", "LATE"):
        Command.objects.create(
            account=account, order=Order.objects.get(number=number), subject=number, kind="ship", state=State.READY,
            fingerprint=number, form_token=number, order_version=1,
        )  # fmt: skip
    watching.watch(now)

    assert standing("deadline") == []
    assert Alert.objects.filter(kind="deadline").count() == 1


def test_requests_that_stay_unclear_open_one_alert_that_closes_when_they_are_settled(account):
    now = timezone.now()
    fresh = command("N0", State.UNKNOWN, left_at=now - timedelta(minutes=2))

    watching.watch(now)
    assert standing("command-unclear") == []
    command("N1", State.ATTENTION)
    Command.objects.filter(pk=fresh.pk).update(left_at=now - HOUR)
    watching.watch(now)
    assert standing("command-unclear") == ["Requests that nobody answered clearly, a person decides: 2."]
    assert "Requests that nobody answered clearly" in text(signed_in("manager").get("/settings/alerts/"))
    Command.objects.update(state=State.CONFIRMED)
    watching.watch(now)

    assert standing("command-unclear") == []
