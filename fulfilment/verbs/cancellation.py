"""Cancel the whole order or some lines. Proof: a new request of ours, with our lines and reasons, in the list.

What was shipped is refunded: that moves money, and is never sent again by the machine.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Any, TypedDict

from django.db import transaction

import octopia
from backoffice.models import User
from fulfilment import limits
from fulfilment.models import Command, State
from fulfilment.models.commands import lines_of
from fulfilment.outbox.asking import Asked, put
from fulfilment.outbox.moves import keep_baseline
from fulfilment.outbox.refusals import Late, Refused
from fulfilment.verbs.lists import earliest, whole
from fulfilment.verbs.registry import Act, Finding, Guard, Proof, register
from octopia import schema
from octopia.contract.rules import SHIPPED
from octopia.contract.vocabulary import Status, Verb
from orders import lifecycle, requests
from orders.lifecycle import Verdict
from orders.models import CancellationRequest, Line, Order
from orders.sums import CENT, line_sum

DONE, REJECTED, IN_PROGRESS = "Done", "Rejected", "InProgress"
OURS = ("Seller", "")  # who asked may be left out: then it could be us
TOO_MUCH_NOW = Verdict(lifecycle.Answer.REFUSED, certainty="decided", params={"text": "refund now", "source": "limits"})


class LineAsked(TypedDict):
    """One line of the payload; `reason` is a code of the list that was fetched for the dialog."""

    code: str
    offer: str
    reason: str
    refund_shipping: bool


def ask(
    order: Order,
    lines: Sequence[LineAsked],
    *,
    whole_order: bool,
    by: User,
    seen: int,
    form_token: str,
    note: str = "",
    words: Mapping[str, str] = MappingProxyType({}),
) -> Command:
    """Ask for the whole order (every line with the same reason) or for these lines. Raises as `put`.

    A refund above the author's limits is proposed: a second person confirms it. `words`: of the reasons, by code, for
    whoever reads the request.
    """
    codes = {line["reason"] for line in lines}
    payload: dict[str, Any] = {
        "whole": whole_order,
        "lines": [dict(line) for line in lines],
        "words": {code: words[code] for code in codes & set(words)},
    }
    refunded = _refunded(order, lines)
    amount = refund(refunded)
    with transaction.atomic():
        over = limits.over(by, "cancel", amount, order.currency) if refunded else None
        asked = Asked(
            Verb.CANCEL,
            payload,
            seen=seen,
            form_token=form_token,
            lines=tuple(line["code"] for line in lines),
            amount=amount,
            currency=order.currency if refunded else "",
            refund=bool(refunded),
            note=note,
            propose=over is not None,
        )
        return put(order, asked, by)


def estimate(lines: Iterable[tuple[Line, bool]]) -> Decimal:
    """What the customer would get back for these lines, the shipping where it is refunded: our estimate."""
    total = Decimal(0)
    for line, refund_shipping in lines:
        told = line_sum(line)
        total += (told.goods or 0) + (told.shipping if refund_shipping else 0)
    return total.quantize(CENT, ROUND_HALF_UP)


def refund(lines: Iterable[tuple[Line, bool]]) -> Decimal | None:
    """The same of lines that were shipped; None when there are none, or a price of them is not known."""
    chosen = list(lines)
    known = chosen and all(line_sum(line).goods is not None for line, _shipping in chosen)
    return estimate(chosen) if known else None


def shipped(order: Order, lines: Iterable[Line]) -> list[Line]:
    """Those of these lines of the order that have left, also where the status tells only that a request waits (R13)."""
    among = list(lines)
    before = lifecycle.left_before(order, among).shipped
    return [line for line in among if line.status in SHIPPED or line.code in before]


def _refunded(order: Order, lines: Iterable[LineAsked]) -> list[tuple[Line, bool]]:
    """The lines asked for that were shipped, each with whether its shipping goes back too."""
    by_code = {line.code: line for line in shipped(order, order.lines.all())}
    return [(by_code[line["code"]], line["refund_shipping"]) for line in lines if line["code"] in by_code]


def send(client: octopia.Client, command: Command) -> str:
    lines = command.payload["lines"]
    if command.payload["whole"]:
        first = lines[0]
        return client.cancel(command.subject, reason=first["reason"], refund_shipping=first["refund_shipping"])
    return client.cancel_lines(
        command.subject,
        [
            schema.LineCancellation(
                code=line["code"],
                offer_id=line["offer"],
                reason=line["reason"],
                refund_shipping=line["refund_shipping"],
            )
            for line in lines
        ],
    )


def prepare(client: octopia.Client, command: Command) -> None:
    """One read: the list, kept as the baseline, and judged once more with it."""
    read = _read(client, command)
    keep_baseline(command, [request.id for request in read])
    verdict = judge(command)
    if not verdict.offered:
        raise Refused(verdict)
    _count_refund(command)


def _count_refund(command: Command) -> None:
    """What was shipped since it was asked for is a refund: it counts for its author's limits, and may be above them.

    Raises Refused, or Late.
    """
    refunded = _refunded(command.order, command.payload["lines"])
    if not refunded:
        return
    amount, currency = refund(refunded), command.order.currency
    if command.refund and (command.amount is None or (amount is not None and amount <= command.amount)):
        return  # no more than what was asked for, or confirmed
    with transaction.atomic():
        if command.author is None or limits.over(command.author, "cancel", amount, currency, again=command):
            raise Refused(TOO_MUCH_NOW)
        mine = Command.objects.filter(pk=command.pk, epoch=command.epoch, state=State.PREPARING)
        if not mine.update(refund=True, amount=amount, currency=currency):
            raise Late
    command.refund, command.amount, command.currency = True, amount, currency


def look(client: octopia.Client, command: Command) -> Finding:
    _read(client, command)
    return _found(command)


def follow(client: octopia.Client, command: Command) -> Finding:
    _read(client, command)
    return mirrored(command)


def mirrored(command: Command) -> Finding:
    """What our copy shows of a command that left; one that did not has shown nothing yet."""
    if not command.attempts and not command.look_first:
        return Finding(Proof.ABSENT)
    return _found(command)


def judge(command: Command) -> Verdict:
    if command.payload["whole"]:
        return lifecycle.cancellation(command.order)
    lines = list(command.order.lines.filter(code__in=lines_of(command.payload)))
    if len(lines) != len(lines_of(command.payload)):
        return Verdict(lifecycle.Answer.UNKNOWN)
    return lifecycle.cancellation(command.order, lines)


def guard(command: Command) -> Guard:
    """Money as soon as anything of it was shipped, also since it was asked. Reads the lines of the command's order."""
    named = set(lines_of(command.payload))
    gone = shipped(command.order, (line for line in command.order.lines.all() if line.code in named))
    return Guard.MONEY if command.refund or gone else Guard.WEAK


def _read(client: octopia.Client, command: Command) -> Sequence[schema.CancellationRequest]:
    """The order's whole list, kept in the mirror."""
    first = client.cancellations(order=command.subject)
    read = whole(first, lambda after: client.cancellations(order=command.subject, after=after))
    requests.store_cancellations(command.account, read)
    return read


def _found(command: Command) -> Finding:
    """Our request among those that are new since the baseline."""
    known = CancellationRequest.objects.filter(account=command.account_id, number=command.subject)
    ours = list(known.filter(remote_id=command.remote_id)) if command.remote_id else []
    if not ours:  # no id was told, or it leads nowhere
        new = known.filter(user_type__in=OURS).exclude(remote_id__in=command.baseline or [])
        if command.baseline is None:
            new = new.filter(created_at__gte=earliest(command))
        ours = [request for request in new if _same(request, command)]
        if not ours and any(_touches(request, command) for request in new):
            return Finding(Proof.UNCLEAR, evidence={"requests": [request.remote_id for request in new]})
    if len(ours) > 1:
        return Finding(Proof.UNCLEAR, evidence={"requests": [request.remote_id for request in ours]})
    return _told(command, ours[0]) if ours else _without_request(command)


def _without_request(command: Command) -> Finding:
    """The request itself is not listed: its lines tell, if they are cancelled and it was taken."""
    statuses = set(command.order.lines.filter(code__in=lines_of(command.payload)).values_list("status", flat=True))
    if command.taken_at and statuses == {Status.CANCELLED}:
        return Finding(Proof.FOUND, evidence={"lines": sorted(statuses)})
    return Finding(Proof.ABSENT)


def _told(command: Command, request: CancellationRequest) -> Finding:
    """What became of our request, exactly which lines of it."""
    kept = {
        "request": request.remote_id,
        "status": request.status,
        "lines": {line["code"]: line.get("status", "") for line in request.lines},
    }
    said = " ".join(str(part) for error in request.errors for part in error if part)
    lines = [line.get("status") or request.status for line in request.lines] or [request.status]
    if request.status == IN_PROGRESS or IN_PROGRESS in lines:
        return Finding(Proof.FOLLOWED, said, request.remote_id, kept)
    if request.status == REJECTED or set(lines) == {REJECTED}:
        return Finding(Proof.REJECTED, said, request.remote_id, kept)
    if request.status == DONE and set(lines) == {DONE}:
        return Finding(Proof.FOUND, said, request.remote_id, kept)
    if request.status == DONE:  # a part of it: a person reads exactly which lines
        return Finding(Proof.UNCLEAR, said, request.remote_id, kept)
    return Finding(Proof.FOLLOWED, said, request.remote_id, kept)  # a word we do not know yet


def _same(request: CancellationRequest, command: Command) -> bool:
    asked = {(line["code"], line["reason"]) for line in command.payload["lines"]}
    told = {(line["code"], line.get("reason", "")) for line in request.lines}
    if command.payload["whole"] and request.type == "Total":
        return not told or {reason for _code, reason in told} <= {reason for _code, reason in asked}
    return told == asked


def _touches(request: CancellationRequest, command: Command) -> bool:
    return bool({line["code"] for line in request.lines} & set(lines_of(command.payload)))


register(
    Act(Verb.CANCEL, send=send, look=look, mirrored=mirrored, judge=judge, guard=guard, prepare=prepare, follow=follow)
)
