"""What a person should know: an alert opens once, counts, and closes when its cause has gone."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice import diagnoses
from backoffice.models import Alert, SellerAccount
from backoffice.roles import Role

# The sentence of each kind, with the alert's params and its subject; translated when shown. Apps add theirs in ready().
WORDS: dict[str, Promise] = {
    "token": _("The marketplace gives no token for the client id of %(accounts)s: %(trouble)s"),
    "breaker": _("The marketplace does not answer: %(trouble)s. It is asked once every 30 seconds until it does."),
    "job": _("The job %(subject)s failed %(failures)s times in a row: %(trouble)s"),
    "canary": _("No message came through the broker for three minutes. Work goes on, more slowly: check Redis."),
}

# Whom a kind concerns: they see it among the open alerts, and are written to unless the shop chose otherwise.
CONCERNED: dict[str, frozenset[Role]] = {
    "token": frozenset({Role.ADMINISTRATOR}),
    "breaker": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "job": frozenset({Role.ADMINISTRATOR}),
    "canary": frozenset({Role.ADMINISTRATOR}),
}
# What a kind is about, in a few words, where people choose who is written to.
NAMES: dict[str, Promise] = {
    "token": _("No token from the marketplace"),
    "breaker": _("The marketplace does not answer"),
    "job": _("A repeating job fails"),
    "canary": _("The broker is silent"),
}


def open_alert(kind: str, subject: str = "", account: SellerAccount | None = None, **params: Any) -> Alert:
    """Open the alert, or count it once more with its newest `params` (JSON values, no secrets, no personal data)."""
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
    return bool(
        Alert.objects.filter(kind=kind, subject=subject[:100], account=account, closed_at=None).update(
            closed_at=timezone.now()
        )
    )


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
    return {**alert.params, **trouble}
