"""Letters about alerts: one when it opens, one when it is over, to whom it concerns; and the page of open alerts."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone, translation

from backoffice import alert_mails, alerts, jobs, shop
from backoffice.alerts import close_alert, open_alert
from backoffice.models import Alert
from backoffice.roles import Role
from tests import make
from tests.orders.pages import signed_in, text

pytestmark = pytest.mark.django_db

NOON = datetime.fromisoformat("2026-11-26T12:00:00+00:00")


@pytest.fixture(autouse=True)
def _somebody_reads():
    make.user("administrator", username="ada", email="ada@example.org")


def later(minutes: float) -> int:
    """Write what is to be written so many minutes after noon; how many letters left."""
    return alert_mails.write(NOON + timedelta(minutes=minutes))


def opened(kind: str = "canary", at: float = 0, **words) -> None:
    with time_machine.travel(NOON + timedelta(minutes=at), tick=False):
        open_alert(kind, **words)


def closed(kind: str = "canary", at: float = 0) -> None:
    with time_machine.travel(NOON + timedelta(minutes=at), tick=False):
        close_alert(kind)


def test_one_letter_when_it_has_stood_for_a_while_and_one_when_it_is_over():
    opened()
    letters = [later(1), later(3), later(4)]
    closed(at=10)
    letters += [later(11), later(16), later(17)]

    assert letters == [0, 1, 0, 0, 1, 0]
    assert [letter.subject for letter in mail.outbox] == ["Alert: The broker is silent", "Over: The broker is silent"]
    assert "No message came through the broker" in mail.outbox[0].body
    assert "/settings/alerts/" in mail.outbox[0].body


def test_what_was_over_before_anybody_was_written_to_is_not_written_about():
    opened()
    closed(at=1)

    assert [later(5), later(30)] == [0, 0]


def test_what_flutters_is_told_once_and_its_end_once():
    opened()
    letters = [later(3)]
    for turn in range(10, 50, 4):
        closed(at=turn)
        letters.append(later(turn + 1))
        opened(at=turn + 2)
        letters.append(later(turn + 3))
    closed(at=55)
    letters += [later(56), later(61), later(90)]

    assert sum(letters) == 2
    assert letters[0] == 1
    assert mail.outbox[1].subject.startswith("Over")


def test_trouble_that_comes_back_within_the_hour_is_written_about_only_when_it_stays():
    opened()
    later(3)
    closed(at=4)
    later(10)
    opened(at=20)

    assert [later(25), later(62), later(64)] == [0, 0, 1]


def test_a_letter_goes_to_the_roles_concerned_in_their_scope_and_language():
    one, two = make.account(seller_id="1", name="Un"), make.account(seller_id="2", name="Deux")
    make.user("manager", one, email="un@example.org", language="fr")
    make.user("manager", two, email="deux@example.org")
    make.user("warehouse", one, email="dock@example.org")
    make.user("manager", one, email="gone@example.org", is_active=False)
    make.user("manager", one)
    opened("drift", account=one, theirs=10, ours=9)

    later(3)

    told = {letter.to[0]: letter for letter in mail.outbox}
    assert set(told) == {"ada@example.org", "un@example.org"}
    assert told["un@example.org"].subject == "Alerte\u00a0: La copie diffère de la marketplace"
    assert "Un: " in told["ada@example.org"].body


def test_several_alerts_are_one_letter():
    opened("canary")
    opened("job", subject="live:1", failures=3, trouble="x")

    later(3)

    assert [letter.subject for letter in mail.outbox] == ["2 alerts"]
    assert "live:1" in mail.outbox[0].body


def test_a_letter_that_also_tells_of_an_end_is_about_what_begins():
    opened()
    later(3)
    closed(at=4)
    opened("job", at=7, subject="live:1", failures=3, trouble="x")

    later(10)

    assert mail.outbox[1].subject == "Alert: A repeating job fails"
    assert "Over, by itself or by somebody:" in mail.outbox[1].body


def test_the_shop_chooses_who_is_written_to():
    make.user("support", email="nina@example.org")
    shop.choose("alert_mails", {"canary": ["support"]}, None)
    opened()

    later(3)

    assert [letter.to for letter in mail.outbox] == [["nina@example.org"]]


def test_without_a_mail_server_nothing_counts_as_told(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    opened()

    assert later(3) == 0
    assert Alert.objects.get().mailed_at is None


def test_a_mail_server_that_is_away_is_tried_again(settings):
    settings.EMAIL_BACKEND = "tests.backoffice.refusing_mail.Backend"
    opened()

    with pytest.raises(alert_mails.NoMail, match="The mail server is away"):
        later(3)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert later(4) == 1


def test_the_administrator_is_told_of_a_mail_server_that_is_away(settings):
    settings.EMAIL_BACKEND = "tests.backoffice.refusing_mail.Backend"
    make.user("administrator", username="zoe", language="fr")
    jobs.discover()
    open_alert("canary")
    Alert.objects.update(opened_at=timezone.now() - timedelta(minutes=5))
    for _turn in range(jobs.ALERT_AFTER):
        jobs.soon("alert-mails")
        jobs.run("alert-mails")

    (alert,) = Alert.objects.filter(kind="job", closed_at=None)
    with translation.override("fr"):
        said = alerts.words(alert)

    assert "The mail server takes no letters. localhost: The mail server is away." in alerts.words(alert)
    assert "Le serveur de messagerie n’accepte aucun courrier. localhost" in said


def test_an_address_that_is_refused_keeps_nobody_else_from_one_letter(settings):
    settings.EMAIL_BACKEND = "tests.backoffice.refusing_mail.Choosy"
    make.user("administrator", username="gone", email="gone@example.invalid")
    make.user("administrator", username="zoe", email="zoe@example.org")
    opened()

    assert [later(3), later(4)] == [2, 0]
    assert [letter.to for letter in mail.outbox] == [["ada@example.org"], ["zoe@example.org"]]


def test_a_run_that_is_broken_off_writes_to_nobody_twice(settings):
    settings.EMAIL_BACKEND = "tests.backoffice.refusing_mail.Dying"
    make.user("administrator", username="zoe", email="zoe@example.org")
    make.user("administrator", username="yan", email="yan@example.org")
    opened()

    for minute in (3, 4):
        with pytest.raises(alert_mails.NoMail):
            later(minute)
    letters = [later(5), later(6)]

    assert letters == [1, 0]
    assert sorted(letter.to[0].partition("@")[0] for letter in mail.outbox) == ["ada", "yan", "zoe"]


def test_a_letter_leads_to_where_the_cause_of_each_alert_is_seen(settings):
    settings.SITE_URL = "https://shop.example.org"
    account = make.account(name="Lampes")
    opened("deadline", account=account, count=3)

    later(3)

    said = [line.strip() for line in mail.outbox[0].body.splitlines() if line.strip()]
    assert said[0].startswith("- Lampes: Orders within an hour")
    assert said[1] == "https://shop.example.org/warehouse/"
    assert said[2] == "Alerts that are open now: https://shop.example.org/settings/alerts/"


def test_numbers_and_verbs_of_a_letter_are_said_in_the_readers_language():
    account = make.account(name="Lampes")
    make.user("manager", account, email="un@example.org", language="fr")
    opened("indicator", subject="shipping", account=account, label="Orders shipped", value="93.6", threshold="95")
    opened("command-rejected", subject="SCID1", account=account, verb="ship")

    later(3)

    told = {letter.to[0]: letter.body for letter in mail.outbox}
    assert "93,6 % sur les 30 derniers jours" in told["un@example.org"].replace("\u00a0", " ")
    assert "(Expédition)" in told["un@example.org"]
    assert "93.6 %" in told["ada@example.org"]
    assert "(Shipment)" in told["ada@example.org"]


def test_letters_are_written_by_a_job_under_a_lease():
    jobs.discover()
    open_alert("canary")
    Alert.objects.update(opened_at=timezone.now() - timedelta(minutes=5))

    ran = jobs.run("alert-mails") if jobs.due(timezone.now()) else False

    assert ran
    assert len(mail.outbox) == 1


def test_every_kind_has_a_name_and_says_whom_it_concerns():
    assert set(alerts.NAMES) == set(alerts.WORDS) == set(alerts.CONCERNED)
    assert all(Role.ADMINISTRATOR in roles for roles in alerts.CONCERNED.values())


def test_the_page_and_the_side_bar_show_what_concerns_the_role_and_the_scope():
    one, two = make.account(seller_id="1", name="Un"), make.account(seller_id="2", name="Deux")
    open_alert("drift", account=one, theirs=10, ours=9)
    open_alert("drift", account=two, theirs=20, ours=19)
    open_alert("canary")
    clients = {"boss": signed_in("administrator"), "manager": signed_in("manager", one), "dock": signed_in("warehouse")}

    pages = {name: text(client.get("/settings/alerts/")) for name, client in clients.items()}
    frames = {name: text(client.get("/orders/")) for name, client in clients.items()}

    assert "Alerts 3" in frames["boss"]
    assert "Alerts 1" in frames["manager"]
    assert "Alerts" not in frames["dock"].split("Search")[0].replace("Settings", "")
    assert "Deux" in pages["boss"]
    assert "10 orders there" in pages["manager"]
    assert "20 orders there" not in pages["manager"]
    assert "Nothing is wrong." in pages["dock"]


def test_an_open_alert_leads_to_where_its_cause_is_seen():
    account = make.account()
    order = make.order("SCID1", of=account)
    open_alert("indicator", "deadlines", account, label="Deadlines kept", value="93", threshold="95")
    open_alert("command-rejected", order.number, account, verb="ship")
    open_alert("deadline", account=account, count=3)
    open_alert("canary")

    def urls(role: str) -> dict[str, str]:
        client = signed_in(role)
        found = {row["alert"].kind: row["url"] for row in client.get("/settings/alerts/").context["open"]}
        assert all(client.get(url).status_code == 200 for url in found.values() if url)
        return found

    assert urls("administrator") == {
        "indicator": "/statistics/#quality-title", "command-rejected": f"/orders/SCID1/?account={account.slug}",
        "deadline": "/warehouse/", "canary": "",
    }  # fmt: skip
    assert set(urls("warehouse")) == {"command-rejected", "deadline"}
    assert set(alerts.PLACES) == set(alerts.WORDS) - {"job", "canary"}


def test_what_closed_lately_is_shown_apart():
    open_alert("canary")
    close_alert("canary")

    answer = signed_in("administrator").get("/settings/alerts/")
    page = text(answer)

    assert answer.content.decode().count('aria-current="page"') == 1
    assert "Nothing is wrong." in page
    assert "Closed in the last seven days No message came through" in page
