"""How long a session lives: rest and age by role and device, and the moments that end it early.

Times inside a session are seconds since 1970 of our own clock. What stands in it: when it began, when it was last
used, when the person last proved who they are, and whether the device is shared.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, cast

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from backoffice.models import User
from backoffice.roles import Role

LONGEST = timedelta(days=7)
REST = timedelta(hours=12)
REST_OF_ADMINISTRATOR = timedelta(hours=1)
REST_ON_SHARED_DEVICE = timedelta(minutes=30)
FRESH = timedelta(minutes=10)  # how long a proof of who one is counts for what needs a fresh login
NOTED_EVERY = timedelta(minutes=1)  # last use is written no oftener

# Regions that ask by themselves (the id that htmx sends along): an open page alone does not keep a session alive.
POLLS = {
    "exports", "freshness", "look-up", "orders-news", "orders-state", "orders-sync", "outbox-news",
    "fulfilment-batch", "fulfilment-order", "fulfilment-pack", "warehouse-news",
}  # fmt: skip

BEGAN, SEEN, PROVED, SHARED = "began", "seen", "proved", "shared"


@dataclass(frozen=True)
class Open:
    """One session of a person, as their list shows it."""

    id: int
    device: str
    address: str
    began: datetime
    seen: datetime
    shared: bool
    current: bool


@receiver(user_logged_in)
def begin(request: HttpRequest, user: User, **_: object) -> None:
    """Start the clocks of a session; Django has just given it a new key."""
    now = time.time()
    request.session.update({BEGAN: now, SEEN: now, PROVED: now})
    _seen(user)


def began(request: HttpRequest) -> datetime:
    """When this session began; one that does not know began just now."""
    return datetime.fromtimestamp(request.session.get(BEGAN, time.time()), UTC)


def prove(request: HttpRequest) -> None:
    """The person has just shown again who they are."""
    request.session[PROVED] = time.time()


def fresh(request: HttpRequest) -> bool:
    """Whether the person proved who they are within the last ten minutes."""
    return bool(time.time() - request.session.get(PROVED, 0) < FRESH.total_seconds())


def rest(user: User, shared: bool) -> timedelta:
    """How long a session may lie unused."""
    longest = REST_OF_ADMINISTRATOR if user.role == Role.ADMINISTRATOR else REST
    return min(longest, REST_ON_SHARED_DEVICE) if shared else longest


def ended(user: User, session: dict[str, Any], now: float) -> str:
    """Why a session with this content has ended: `age`, `rest` or `changed`; empty while it lives."""
    began = session.get(BEGAN)
    if began is None or began < user.sessions_valid_from.timestamp():
        return "changed"
    if now - began > LONGEST.total_seconds():
        return "age"
    if now - session.get(SEEN, began) > rest(user, bool(session.get(SHARED))).total_seconds():
        return "rest"
    return ""


def judge(request: HttpRequest) -> str:
    """Sign the request out when its session has ended and tell why; otherwise note its use, once a minute."""
    user = cast(User, request.user)
    now = time.time()
    if why := ended(user, dict(request.session.items()), now):
        logout(request)
        return why
    if request.headers.get("HX-Trigger") in POLLS:
        return ""
    if now - request.session.get(SEEN, 0) >= NOTED_EVERY.total_seconds():
        request.session[SEEN] = now
        _seen(user)
    return ""


def _seen(user: User) -> None:
    User.objects.filter(pk=user.pk).update(last_seen=timezone.now())


def end_all(user: User) -> None:
    """End every session of a person at once: the role or the status changed."""
    user.sessions_valid_from = timezone.now()
    user.save(update_fields=["sessions_valid_from"])
    for session in UserSession.objects.filter(user_id=user.pk):
        session.end()


def listed(request: HttpRequest) -> list[Open]:
    """The person's living sessions, the latest used first; those found ended are removed."""
    user = cast(User, request.user)
    store = import_module(settings.SESSION_ENGINE).SessionStore
    now, found = time.time(), []
    for row in UserSession.objects.filter(user_id=user.pk):
        content = store(row.session_key).load()
        signed_in = content.get("_auth_user_hash") == user.get_session_auth_hash()
        if not signed_in or ended(user, content, now):
            row.end()
            continue
        found.append(
            Open(
                id=row.pk,
                device=device(row.user_agent),
                address=row.ip,
                began=datetime.fromtimestamp(content[BEGAN], UTC),
                seen=datetime.fromtimestamp(content.get(SEEN, content[BEGAN]), UTC),
                shared=bool(content.get(SHARED)),
                current=row.session_key == request.session.session_key,
            )
        )
    return sorted(found, key=lambda one: one.seen, reverse=True)


def end(user: User, session: int) -> bool:
    """End one of the person's own sessions; False when it is not theirs or has ended already."""
    row = UserSession.objects.filter(user_id=user.pk, pk=session).first()
    if row is None:
        return False
    row.end()
    return True


def device(agent: str) -> str:
    """`Firefox, Linux` out of a browser's long name for itself; the first words of it when it is unknown."""
    browsers = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
    systems = {
        "Android": "Android",
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Windows": "Windows",
        "Mac OS": "macOS",
        "Linux": "Linux",
    }
    browser = next((name for sign, name in browsers.items() if sign in agent), "")
    system = next((name for sign, name in systems.items() if sign in agent), "")
    return ", ".join(filter(None, [browser, system])) or agent[:40] or "?"
