"""What became of what was asked, for the pages that follow it: the requests of an order, what comes next and when.

Words only: nothing here moves a command.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backoffice import shop
from backoffice.models import User
from backoffice.templatetags import components
from fulfilment import words
from fulfilment.models import OPEN, Command, CommandEvent, State
from fulfilment.verbs.registry import act_of
from octopia.contract.vocabulary import Verb
from orders.models import Order
from orders.ports import Entry

LONGEST = 200  # events of an order that a page reads
LATELY = timedelta(minutes=2)  # how long the end of a request stays in its place
QUIET = {"claimed", "marked", "later", "lease ended", "read asked", "in progress", "request not listed"}
BAD = {"refused", "judged", "unclear", "odd answer", "forbidden", "third crash", "never seen", "rejected later"}
BAD |= {"gone", "no answer", "absent, money", "never decided"}


@dataclass(frozen=True)
class Next:
    """What comes next for a command, as a sentence, and when; `at` is None where nobody knows."""

    words: str
    at: datetime | None = None


def events_of(order: Order) -> list[CommandEvent]:
    """Everything that happened to the order's commands, newest first; read once a page."""
    known: list[CommandEvent] | None = getattr(order, "_events_of_commands", None)
    if known is None:
        rows = CommandEvent.objects.filter(command__order=order.pk).select_related("command").order_by("-pk")
        known = list(rows[:LONGEST])
        order._events_of_commands = known  # type: ignore[attr-defined]
    return known


def commands_of(order: Order) -> list[Command]:
    """The order's commands, the one that moved last first; of the page's one reading."""
    found: dict[int, Command] = {}
    for event in events_of(order):
        found.setdefault(event.command_id, event.command)
    for command in found.values():
        command.order, command.account = order, order.account
    return list(found.values())


def holder(order: Order) -> Command | None:
    """The command that closes the order to others, uploads aside."""
    return next((each for each in commands_of(order) if each.is_open and each.kind != Verb.INVOICE), None)


def shown(order: Order, now: datetime) -> list[Command]:
    """Those that stand on the order's page: open or in progress, refused and not read yet, or ended just now."""
    return [command for command in commands_of(order) if _stands(command, now)]


def version(order: Order) -> str:
    """Tells whether anything of an order's requests changed: one cheap question of a poll."""
    last = CommandEvent.objects.filter(command__order=order.pk).aggregate(last=Max("pk"))["last"]
    return f"{order.version}-{last or 0}"


def version_shown(order: Order) -> str:
    """The same of what the page has read."""
    events = events_of(order)
    return f"{order.version}-{events[0].pk if events else 0}"


def coming(command: Command, why_not: str, now: datetime) -> Next:
    """What happens next without anybody's doing. `why_not`: why nothing of its kind is sent at present."""
    if command.state == State.PROPOSED:
        return Next(_("A colleague confirms it, or it is taken back."))
    if command.state == State.ATTENTION:
        closing = command.evidence.get("closing", {})
        if closing.get("epoch") == command.epoch:  # not one of before it was sent again
            return Next(
                _("%(person)s proposes to close it: “%(found)s”. A person decides.")
                % {"person": closing["by"], "found": closing["found"]}
            )
        return Next(_("A person decides: it was done, it was not, or it is sent again."))
    if command.state == State.READY:
        return _leaving(command, why_not, now)
    if command.state in (State.PREPARING, State.SENDING):
        return Next(_("It is on its way to the marketplace."))
    if command.state == State.UNKNOWN:
        return Next(_("Nothing is sent again before it was looked for. Next look"), command.due)
    if command.state == State.TAKEN:
        if command.kind == Verb.INVOICE:
            return Next(_("The marketplace imports it in its own time; it is asked again"), command.due)
        if act_of(command).follow and command.seen_at:
            return Next(_("The marketplace decides; it is asked again"), command.due)
        return Next(_("The next reading of the order should show it; if not, it is looked for"), command.due)
    return Next("")


def ended_words(command: Command) -> str:
    """How it ended badly, in the marketplace's words or the rule's; "" when there is nothing to say."""
    if command.reason:
        return command.reason
    verdict = command.judged
    return verdict.words if command.state == State.REFUSED and verdict else ""


def told(event: CommandEvent) -> str:
    """What happened, in words."""
    return str(words.EVENTS.get(event.what, event.what))


def timeline(order: Order, user: User) -> Iterator[Entry]:
    """The order's timeline: what people asked here, what the marketplace answered, what was read back."""
    gestures = user.has_perm("orders.gestures")  # their answers tell amounts
    for event in events_of(order):
        if event.what in QUIET or event.what.startswith("look"):
            continue
        command = event.command
        if command.kind == Verb.GESTURE and not gestures:
            continue
        said = event.said
        if event.what == "judged" and command.judged:
            said = command.judged.words
        moved = event.was != event.became
        yield Entry(
            at=event.at,
            origin="us",
            title=_("%(what)s: %(event)s") % {"what": words.VERBS[command.kind], "event": told(event)},
            who=event.actor_name,
            status=event.became if moved and event.what not in ("asked", "read") else "",
            kind="request",
            said=(said,) if said else (),
            tone="danger" if event.what in BAD else "",
        )


def row_columns() -> dict[str, Any]:
    """What the orders list brings along with each order: its open request, or one refused and not read yet."""
    open_now = Q(state__in=OPEN) | Q(state=State.TAKEN, seen_at=None) | Q(state=State.REFUSED, acknowledged_at=None)
    told = JSONObject(state="state", kind="kind", due="due", held="held")
    mine = Command.objects.filter(open_now, order=OuterRef("pk")).order_by("-pk")
    return {"request": Subquery(mine.annotate(told=told).values("told")[:1])}


def row_badge(order: Order) -> SafeString | str:
    """The badge of a row of the orders list for what was asked of its order."""
    request: dict[str, Any] | None = getattr(order, "request", None)
    if not request:
        return ""
    kind, due = str(words.VERBS[request["kind"]]), datetime.fromisoformat(request["due"])
    if request["state"] == State.READY and request["held"] and due > timezone.now():
        return components.tag(_("On hold until %(time)s") % {"time": clock(due)}, "info", "hollow", note=kind)
    return components.badge(request["state"], "request", note=kind)


def clock(moment: datetime) -> str:
    """`14:07:03` by the shop's clock: a hold ends by the second."""
    return f"{moment.astimezone(shop.zone()):%H:%M:%S}"


def polls(commands: Sequence[Command]) -> bool:
    """Does the machine move one of them, so that the page follows it closely?"""
    return any(command.in_flight for command in commands)


def _leaving(command: Command, why_not: str, now: datetime) -> Next:
    if why_not:
        return Next(_("It waits. %(why)s") % {"why": why_not})
    if command.on_hold:
        return Next(_("It can be taken back until it leaves"), command.due)
    if command.due > now:
        return Next(_("It is tried again"), command.due)
    return Next(_("It leaves in the next seconds."))


def _stands(command: Command, now: datetime) -> bool:
    if command.state == State.REFUSED and command.acknowledged_at is None:
        return True
    if command.ended_at is None:
        return True
    return command.ended_at > now - LATELY
