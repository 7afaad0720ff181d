"""Letters about alerts: one when an alert has stood for a while, one when it is over. Few: what flutters is told once.

Written by a job under a lease, never in a web request. Whom a kind is told to is the shop's choice; each person reads
only of accounts in their scope, in their language. It knows no kind.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage, get_connection
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import alerts, shop, typography
from backoffice.models import Alert, User
from backoffice.people.mails import sends_mail
from backoffice.roles import Role

log = logging.getLogger(__name__)

STANDS = timedelta(minutes=2)  # shorter troubles are not written about
QUIET = timedelta(hours=1)  # the same trouble is written about no oftener
REALLY_OVER = timedelta(minutes=5)  # until then it may come back
OLD = timedelta(days=1)  # what closed so long ago is no news
REMEMBERED = int(OLD.total_seconds())  # who was told what in a run that was broken off


class NoMail(Exception):
    """The mail server took no letter, or went away between two: it is tried again."""


@dataclass(frozen=True)
class Letter:
    """`told`: what stands for each piece of its news, so that a run that is broken off tells nobody twice."""

    message: EmailMessage
    told: list[str]


@dataclass
class News:
    """What one letter tells."""

    opened: list[Alert] = field(default_factory=list)
    closed: list[Alert] = field(default_factory=list)


def write(now: datetime | None = None) -> int:
    """Write what is to be written; how many letters left. Raises NoMail; nothing counts as told before."""
    if not sends_mail():
        return 0
    moment = now or timezone.now()
    _inherit(moment)
    opened = [alert for alert in _standing(moment) if not _told_lately(alert, moment)]
    closed = list(_over(moment))
    try:
        sent = _send(_letters(opened, closed))
    except OSError as error:  # what smtplib raises is one too
        raise NoMail(f"The mail server takes no letters. {settings.EMAIL_HOST}: {error}") from error
    Alert.objects.filter(pk__in=[alert.pk for alert in opened]).update(mailed_at=moment)
    Alert.objects.filter(pk__in=[alert.pk for alert in closed]).update(end_mailed_at=moment)
    return sent


def _send(letters: Sequence[Letter]) -> int:
    """One by one: an address that the server does not know keeps nobody else from being told, or told once."""
    if not letters:
        return 0
    refused: list[SMTPException] = []
    with get_connection() as server:
        for letter in letters:
            try:
                server.send_messages([letter.message])
            except (SMTPRecipientsRefused, SMTPDataError) as error:
                log.warning("a letter about alerts was refused")
                refused.append(error)
            else:
                cache.set_many(dict.fromkeys(letter.told, 1), REMEMBERED)
    if len(refused) == len(letters):
        raise refused[0]
    return len(letters) - len(refused)


def told_to(kind: str) -> frozenset[Role]:
    """The roles that are written to about a kind."""
    chosen: dict[str, list[str]] = shop.choice("alert_mails")
    return frozenset(map(Role, chosen[kind])) if kind in chosen else alerts.concerned(kind)


def _standing(now: datetime) -> Iterable[Alert]:
    """Open for long enough, and not written about yet."""
    return Alert.objects.filter(closed_at=None, mailed_at=None, opened_at__lte=now - STANDS).select_related("account")


def _over(now: datetime) -> Iterable[Alert]:
    """Written about, and closed for long enough."""
    return Alert.objects.filter(
        mailed_at__isnull=False, end_mailed_at=None, closed_at__lte=now - REALLY_OVER, closed_at__gt=now - OLD
    ).select_related("account")


def _same(alert: Alert) -> Q:
    return Q(kind=alert.kind, subject=alert.subject, account=alert.account_id)


def _told_lately(alert: Alert, now: datetime) -> bool:
    return Alert.objects.filter(_same(alert), mailed_at__gt=now - QUIET).exists()


def _inherit(now: datetime) -> None:
    """What people were told is over to nobody yet and has come back, goes on: the new alert counts as told, the former
    one's end is not told any more."""
    for former in Alert.objects.filter(mailed_at__isnull=False, end_mailed_at=None, closed_at__isnull=False):
        if Alert.objects.filter(_same(former), closed_at=None, mailed_at=None).update(mailed_at=former.mailed_at):
            Alert.objects.filter(pk=former.pk).update(end_mailed_at=now)


def _letters(opened: list[Alert], closed: list[Alert]) -> list[Letter]:
    """One letter a person, whatever the number of alerts."""
    if not opened and not closed:
        return []
    people = list(User.objects.filter(is_active=True).exclude(email="").prefetch_related("accounts").order_by("pk"))
    known = cache.get_many([_told(alert, person) for alert in (*opened, *closed) for person in people])

    def wanted(alert: Alert, person: User) -> bool:
        return _concerns(alert, person) and _told(alert, person) not in known

    letters = []
    for person in people:
        news = News([one for one in opened if wanted(one, person)], [one for one in closed if wanted(one, person)])
        if told := [_told(alert, person) for alert in (*news.opened, *news.closed)]:
            letters.append(Letter(_letter(person, news), told))
    return letters


def _told(alert: Alert, person: User) -> str:
    return f"alert-mails:{person.pk}:{alert.pk}:{'open' if alert.closed_at is None else 'over'}"


def _concerns(alert: Alert, person: User) -> bool:
    in_scope = alert.account_id is None or person.sees_every_account or alert.account in person.accounts.all()
    return in_scope and person.role in told_to(alert.kind)


def _letter(person: User, news: News) -> EmailMessage:
    with translation.override(person.language or settings.LANGUAGE_CODE):
        if len(news.opened) == 1:
            subject = _("Alert: %(what)s") % {"what": alerts.name(news.opened[0])}
        elif news.opened:
            subject = ngettext("%(count)d alert", "%(count)d alerts", len(news.opened)) % {"count": len(news.opened)}
        else:
            subject = _("Over: %(what)s") % {"what": ", ".join(alerts.name(one) for one in news.closed)}
        context = {
            "opened": [(_line(alert), _where(alert, person)) for alert in news.opened],
            "closed": [_line(alert) for alert in news.closed],
            "url": settings.SITE_URL + reverse("settings-alerts"),
        }
        body = render_to_string("settings/alert_mail.txt", context)
        return EmailMessage(subject.replace("\n", " "), body, None, [person.email])


def _line(alert: Alert) -> str:
    words = alerts.words(alert)
    return f"{alert.account.name}{typography.colon()}{words}" if alert.account else words


def _where(alert: Alert, person: User) -> str:
    """The address where its cause is seen; "" where there is none for this person."""
    place = alerts.place(alert, person)
    return settings.SITE_URL + place if place else ""
