"""What support has to do with still: a person's own requests that are not over, and what was asked of an order last."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Literal

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.models import User
from fulfilment import listing, warehouse, words
from fulfilment.models import ENDED, Command, State
from orders.ports import Entry, Matter

ANSWERED = timedelta(hours=12)  # how long what has ended is still told
MOST = 30


def matters(user: User, accounts: Sequence[int]) -> Iterator[Matter]:
    """What this person asked for: to be checked, answered lately, in flight; the newest first."""
    lately = Q(state__in=ENDED, ended_at__gte=timezone.now() - ANSWERED)
    mine = Command.objects.filter(account__in=accounts, author=user.pk)
    wanted = listing.TO_CHECK | lately | listing.IN_FLIGHT
    for command in mine.filter(wanted).order_by("-pk")[:MOST]:
        yield Matter(_part(command), command.account_id, command.subject, _entry(command))


def questions(user: User, accounts: Sequence[int]) -> Iterator[Matter]:
    """What the pack station asks about orders: of everybody who may answer, the one that waits longest first."""
    if not user.has_perm("fulfilment.answer"):
        return
    for hold in warehouse.questions(accounts)[:MOST]:
        title = _("The pack station asks")
        entry = Entry(hold.at, "person", title, who=hold.by_name, said=(hold.why,) if hold.why else ())
        yield Matter("asked", hold.account_id, hold.order.number, entry)


def latest(orders: Sequence[int]) -> dict[int, Entry]:
    """What was asked of each of these orders last, by whomever."""
    newest = Command.objects.filter(order__in=orders).order_by("order", "-pk").distinct("order")
    return {command.order_id: _entry(command) for command in newest}


def _part(command: Command) -> Literal["check", "answered", "flight"]:
    if command.state in ENDED:
        return "answered"
    return "flight" if command.in_flight and command.state != State.UNKNOWN else "check"


def _entry(command: Command) -> Entry:
    return Entry(
        at=command.ended_at or command.created_at,
        origin="us",
        title=str(words.VERBS[command.kind]),
        who=command.author_name,
        status=command.state,
        kind="request",
        said=(command.reason,) if command.reason else (),
    )
