"""What the outbox adds to the frame of every page: its entry with what needs a person, and the bars of what is off."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import shop, typography
from backoffice.models import SellerAccount, User
from fulfilment.outbox import switches
from fulfilment.warehouse import queue
from octopia.contract.vocabulary import Status, Verb
from orders import scope, words
from orders.models import Order
from orders.queries import CAP, OPEN

KEPT = 3  # seconds: every page asks it, and nothing is decided by it
OWN_KINDS = (Verb.ACCEPT, Verb.SHIP)  # what the warehouse has to do with


@dataclass(frozen=True)
class Paused:
    account: int
    reason: str
    cause: str
    by: str
    at: datetime
    until: datetime | None


@dataclass(frozen=True)
class Told:
    """What two queries say: how many commands need a person, the pauses, whether all is off, what is to be packed or
    answered."""

    waiting: int
    due: int  # orders that must go with the next parcels, or should have gone
    asked: int  # questions of the pack station that nobody has answered
    pauses: tuple[Paused, ...]
    installation: str  # why nothing at all is sent, "" when it may


def kinds(user: User) -> list[str]:
    """The kinds of commands this person has to do with."""
    return [*Verb] if user.has_perm("fulfilment.every_kind") else [*OWN_KINDS]


def told(request: HttpRequest, *, fresh: bool = False) -> Told:
    """What the frame says, at most three seconds old; `fresh`: asked now, once a request, for the outbox itself."""
    known: Told | None = getattr(request, "_told_of_outbox", None)
    if known is None:
        key = _key(request)
        known = None if fresh else cache.get(key)
        if known is None:
            known = _ask(scope.accounts(request), scope.person(request), timezone.now())
            cache.set(key, known, KEPT)
        request._told_of_outbox = known  # type: ignore[attr-defined]
    return known


def forget(request: HttpRequest) -> None:
    """This person changed it: their next page asks anew."""
    cache.delete(_key(request))


def _key(request: HttpRequest) -> str:
    accounts = "-".join(str(account.pk) for account in scope.accounts(request))
    every = scope.person(request).has_perm("fulfilment.every_kind")
    return f"outbox:{sha256(accounts.encode()).hexdigest()[:20]}:{every}"


def why_not(request: HttpRequest, account: SellerAccount, kind: str) -> str:
    """Why nothing of this kind is sent at present, without another query; "" when it is."""
    state = told(request)
    if state.installation:
        return state.installation
    pause = next((each for each in state.pauses if each.account == account.pk), None)
    return switches.account_why_not(account, kind, timezone.now()) or (
        switches.paused_words(pause.reason) if pause else ""
    )


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    user = scope.person(request)
    if not user.has_perm("fulfilment.outbox"):
        return []
    waiting = told(request).waiting
    url = reverse("fulfilment:outbox")
    return [
        {
            "label": _("Outbox"),
            "url": url,
            "key": "g u",
            "icon": "outbox",
            "count": words.capped(waiting) if waiting else "",
            "current": request.path.startswith((url, reverse("orders:sync"))),
        }
    ]


def asked(request: HttpRequest) -> str:
    """How many questions of the pack station wait for this person; "" for none."""
    waiting = told(request).asked if scope.person(request).has_perm("fulfilment.answer") else 0
    return words.capped(waiting) if waiting else ""


def packing(request: HttpRequest) -> list[dict[str, Any]]:
    """The entry of the queue, with what is late or must go with the next parcels."""
    if not scope.person(request).has_perm("fulfilment.queue"):
        return []
    due = told(request).due
    url = reverse("fulfilment:warehouse")
    return [
        {
            "label": _("Queue"),
            "url": url,
            "key": "g q",
            "icon": "queue",
            "count": words.capped(due) if due else "",
            "current": request.path.startswith(url),
        }
    ]


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The two pages of one: the outbox, and how complete the mirror is."""
    waiting = told(request).waiting
    found = (
        (_("Outbox"), reverse("fulfilment:outbox"), words.capped(waiting) if waiting else ""),
        (_("Sync"), reverse("orders:sync"), ""),
    )
    return [{"label": label, "url": url, "count": count, "current": request.path == url} for label, url, count in found]


def approval_notes(request: HttpRequest) -> dict[str, Any]:
    """How long each channel gives to decide, as the shop knows, and the accounts whose portal accepts by itself."""
    automatic = [account.name for account in scope.accounts(request) if account.pk in _by_themselves(request)]
    windows = sorted(shop.choice("approval_windows").items())
    return {
        "automatic": sorted(automatic),
        "windows": [
            {"channel": channel, "hours": known["hours"], "origin": known.get("origin", "")}
            for channel, known in windows
        ],
    }


def accepts_by_itself(request: HttpRequest, order: Order) -> bool:
    """Does the portal decide about this order too, though it waits?"""
    return order.status == Status.WAITING_ACCEPTANCE and order.account_id in _by_themselves(request)


def _by_themselves(request: HttpRequest) -> set[int]:
    """The accounts whose portal accepts orders by itself: a word of their profile, which came with them."""
    return {account.pk for account in scope.accounts(request) if account.accepts_by_itself is True}  # type: ignore[attr-defined]


def bars(request: HttpRequest) -> list[dict[str, Any]]:
    """Red while nothing is sent: by a person's pause, or because this installation may not."""
    state = told(request)
    names = {account.pk: account.name for account in scope.accounts(request)}
    link = {"url": reverse("fulfilment:outbox"), "label": _("Outbox")}
    found = []
    if state.installation:
        found.append({"level": "danger", "words": state.installation, **link})
    for pause in state.pauses:
        at = typography.exact(pause.at, shop.zone(), timezone.now())
        said = _("Sending is paused for %(account)s since %(time)s: %(reason)s") % {
            "account": names.get(pause.account, ""), "time": at, "reason": pause.reason,
        }  # fmt: skip
        found.append({"level": "danger", "words": f"{said} ({pause.by})" if pause.by else said, **link})
    return found


def _ask(among: list[SellerAccount], user: User, now: datetime) -> Told:
    params: dict[str, Any] = {
        "accounts": [account.pk for account in among],
        "kinds": kinds(user),
        "now": now,
        "most": CAP + 1,
        "open": list(OPEN),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, params | {"keys": [switches.INSTALLATION, switches.RESTORED]})
        waiting, pauses, known, asked = cursor.fetchone()
    return Told(
        waiting=min(waiting, CAP + 1),
        asked=asked,
        due=queue.urgent([account.pk for account in among], now),
        pauses=tuple(_paused(row) for row in pauses or ()),
        installation=switches.installation_words(known or {}),
    )


def _paused(row: dict[str, Any]) -> Paused:
    until = datetime.fromisoformat(row["until"]) if row["until"] else None
    at = datetime.fromisoformat(row["at"])
    return Paused(row["account_id"], row["reason"], row["cause"], row["by_name"], at, until)


# Written out: composed, it would cost more than its answer.
_TOLD = """
SELECT (SELECT count(*) FROM (
          (SELECT FROM fulfilment_command WHERE account_id = ANY(%(accounts)s) AND kind = ANY(%(kinds)s)
              AND state NOT IN ('CONFIRMED', 'REFUSED', 'WITHDRAWN', 'CLOSED_DONE', 'CLOSED_NOT_DONE')
              AND state IN ('PROPOSED', 'ATTENTION') LIMIT %(most)s)
          UNION ALL
          (SELECT FROM fulfilment_command WHERE account_id = ANY(%(accounts)s) AND kind = ANY(%(kinds)s)
              AND state = 'REFUSED' AND acknowledged_at IS NULL LIMIT %(most)s)) waiting),
       (SELECT json_agg(row_to_json(p)) FROM (
          SELECT account_id, reason, cause, by_name, at, until FROM fulfilment_pause
           WHERE ended_at IS NULL AND (until IS NULL OR until > %(now)s) AND account_id = ANY(%(accounts)s)
           ORDER BY at) p),
       (SELECT json_object_agg(key, value) FROM backoffice_setting WHERE key = ANY(%(keys)s)),
       (SELECT count(*) FROM fulfilment_hold h JOIN orders_order o ON o.id = h.order_id
         WHERE h.account_id = ANY(%(accounts)s) AND h.asks AND h.ended_at IS NULL AND o.status = ANY(%(open)s))
"""
