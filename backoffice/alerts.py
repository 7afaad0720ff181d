"""What a person should know: an alert opens once, counts, and closes when its cause has gone."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice import diagnoses
from backoffice.models import Alert, SellerAccount, User
from backoffice.roles import PAGES, Role

LOOKED_AT = 10.0  # seconds that a page may show former alerts
MOST = 500  # that a page counts

# The sentence of each kind, with the alert's params and its subject; translated when shown. Apps add theirs in ready().
WORDS: dict[str, Promise] = {
    "token": _("The marketplace gives no token for the client id of %(accounts)s: %(trouble)s"),
    "breaker": _("The marketplace does not answer: %(trouble)s. It is asked once every 30 seconds until it does."),
    "job": _("The job %(subject)s failed %(failures)s times in a row: %(trouble)s"),
    "canary": _("No message came through the broker for three minutes. Work goes on, more slowly: check Redis."),
    "journal": _("The journal “%(subject)s” was changed afterwards, from seal %(number)s on: run manage.py seals."),
}

# Whom a kind concerns: they see it among the open alerts, and are written to unless the shop chose otherwise.
CONCERNED: dict[str, frozenset[Role]] = {
    "token": frozenset({Role.ADMINISTRATOR}),
    "breaker": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "job": frozenset({Role.ADMINISTRATOR}),
    "canary": frozenset({Role.ADMINISTRATOR}),
    "journal": frozenset({Role.ADMINISTRATOR}),
}
# What a kind is about, in a few words, where people choose who is written to.
NAMES: dict[str, Promise] = {
    "token": _("No token from the marketplace"),
    "breaker": _("The marketplace does not answer"),
    "job": _("A repeating job fails"),
    "canary": _("The broker is silent"),
    "journal": _("An audit journal was changed"),
}


@dataclass(frozen=True)
class Place:
    """Where the cause of an alert is seen: a page by its name, and its query. `of_order`: its subject is one."""

    page: str
    query: str = ""
    of_order: bool = False


# How a param is said that is a word of the program or a number; apps add theirs in ready().
SAID: dict[str, Callable[[str], str]] = {}
PLACES: dict[str, Place] = {"journal": Place("settings-logs")}  # apps add theirs in ready()


def open_alert(kind: str, subject: str = "", account: SellerAccount | None = None, **params: Any) -> Alert:
    """Open the alert, or count it once more with its newest `params` (JSON values, no secrets, no personal data)."""
    forget()
    same = Alert.objects.filter(kind=kind, subject=subject[:100], account=account, closed_at=None)
    for _try in range(2):
        if same.update(times=F("times") + 1, seen_at=timezone.now(), params=params):
            return same.get()
        try:
            with transaction.atomic():
                return Alert.objects.create(kind=kind, subject=subject[:100], account=account, params=params)
        except IntegrityError:  # another process opened it in between: count there
            continue
    return same.get()


def close_alert(kind: str, subject: str = "", account: SellerAccount | None = None) -> bool:
    """Close the alert if it is open; whether it was."""
    forget()
    return bool(
        Alert.objects.filter(kind=kind, subject=subject[:100], account=account, closed_at=None).update(
            closed_at=timezone.now()
        )
    )


@dataclass
class _Standing:
    """What this process read last of the open alerts."""

    read_at: float = -LOOKED_AT
    rows: list[tuple[str, int | None]] | None = None


_standing = _Standing()


def standing() -> list[tuple[str, int | None]]:
    """(kind, account) of each open alert, for the frame of every page: read anew every ten seconds."""
    if _standing.rows is None or monotonic() - _standing.read_at > LOOKED_AT:
        _standing.rows = list(Alert.objects.filter(closed_at=None).values_list("kind", "account")[:MOST])
        _standing.read_at = monotonic()
    return _standing.rows


def forget() -> None:
    """Read the open alerts anew at the next question."""
    _standing.rows = None


def name(alert: Alert) -> str:
    """What its kind is about, in a few words."""
    return str(NAMES.get(alert.kind, alert.kind))


def place(alert: Alert, user: User) -> str:
    """The address where its cause is seen; nothing where there is none, or none that this person may open."""
    found = PLACES.get(alert.kind)
    if found is None or not user.has_perm(PAGES[found.page]):
        return ""
    if not found.of_order:
        return reverse(found.page) + found.query
    query = f"?account={alert.account.slug}" if alert.account else ""
    return reverse(found.page, args=[alert.subject]) + query


def concerned(kind: str) -> frozenset[Role]:
    """The roles that a kind concerns; a kind that says nothing concerns those who run the shop."""
    return CONCERNED.get(kind, frozenset({Role.MANAGER, Role.ADMINISTRATOR}))


def words(alert: Alert) -> str:
    """The alert as a sentence in the reader's language; a kind without words is shown by its name."""
    sentence = WORDS.get(alert.kind)
    if sentence is None:
        return f"{alert.kind} {alert.subject}".strip()
    try:
        return str(sentence) % {"subject": alert.subject, **_params(alert)}
    except KeyError:  # an alert stored by an older version, without this parameter
        return f"{alert.kind} {alert.subject}".strip()


def _params(alert: Alert) -> dict[str, Any]:
    trouble = {"trouble": diagnoses.told(alert.params["trouble"])} if "trouble" in alert.params else {}
    label = alert.params.get("label")  # a text of ours, in English
    said = {name: SAID[name](value) for name, value in alert.params.items() if name in SAID}
    return {**alert.params, **said, **trouble, **({"label": gettext(label)} if label else {})}
