"""Give the customer money: a commercial gesture. Proof: a new request with our reason, amount and details in the list.

Never sent twice by a machine: the marketplace's guard against a repetition is that it rejects one, perhaps.
"""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

import octopia
from backoffice.models import User
from fulfilment import limits
from fulfilment.models import Command, State
from fulfilment.outbox.asking import Asked, put
from fulfilment.outbox.moves import keep_baseline
from fulfilment.outbox.refusals import Refused
from fulfilment.verbs.lists import earliest, whole
from fulfilment.verbs.registry import Act, Finding, Guard, Proof, register
from octopia import schema
from octopia.contract.vocabulary import Certainty, Verb
from orders import lifecycle, requests
from orders.lifecycle import Answer, Verdict
from orders.models import GestureRequest, Order

DONE, REJECTED = "Done", "Rejected"


def ask(
    order: Order,
    *,
    reason: str,
    details: str,
    amount: Decimal,
    by: User,
    seen: int,
    form_token: str,
    note: str = "",
) -> Command:
    """Give `amount` of the order's currency. Raises as `put`; Refused also for what was given or asked already.

    Above the author's limits it is proposed: a second person confirms it.
    """
    with transaction.atomic():
        over = limits.over(by, "gesture", amount, order.currency)
        if repeated(order, reason, amount) or taken(order).filter(amount=amount, payload__reason=reason).exists():
            raise Refused(_by("R51"))
        if reason == "Other" and not details.strip():
            raise Refused(_by("R49"))
        asked = Asked(
            Verb.GESTURE,
            {"reason": reason, "details": details, "amount": str(amount), "currency": order.currency},
            seen=seen,
            form_token=form_token,
            amount=amount,
            currency=order.currency,
            note=note,
            propose=over is not None,
        )
        return put(order, asked, by)


def repeated(order: Order, reason: str, amount: Decimal) -> GestureRequest | None:
    """The same gesture, given or being decided: the marketplace would reject it as a duplicate (R51)."""
    same = GestureRequest.objects.filter(account=order.account_id, number=order.number, reason=reason, amount=amount)
    found: GestureRequest | None = same.exclude(status=REJECTED).order_by("-created_at").first()
    return found


def taken(order: Order) -> "QuerySet[Command]":
    """What was asked for here and taken, whether its request is listed or a person has only seen that it was done."""
    there = (State.TAKEN, State.CONFIRMED, State.CLOSED_DONE)
    return Command.objects.filter(order=order, kind=Verb.GESTURE, state__in=there)


def send(client: octopia.Client, command: Command) -> str:
    asked = command.payload
    return client.give_gesture(
        command.subject, reason=asked["reason"], amount=Decimal(asked["amount"]), details=asked["details"]
    )


def prepare(client: octopia.Client, command: Command) -> None:
    """Two reads: the list, kept as the baseline, and the amount that may still be given."""
    read = _read(client, command)
    keep_baseline(command, [request.id for request in read])
    if repeated(command.order, command.payload["reason"], Decimal(command.payload["amount"])):
        raise Refused(_by("R51"))
    left = client.gesture_amount(command.subject)
    if left.currency and left.currency != command.payload["currency"]:
        raise Refused(_by("R48"))
    if Decimal(command.payload["amount"]) > left.allowable:
        raise Refused(_by("R47"))


def look(client: octopia.Client, command: Command) -> Finding:
    _read(client, command)
    return _found(command)


def follow(client: octopia.Client, command: Command) -> Finding:
    try:
        if command.remote_id:
            requests.store_gestures(command.account, [client.gesture(command.remote_id)])
            return mirrored(command)
    except octopia.Missing:  # what was told as its id leads nowhere
        pass
    return look(client, command)


def mirrored(command: Command) -> Finding:
    """What our copy shows of a command that left; one that did not has shown nothing yet."""
    if not command.attempts and not command.look_first:
        return Finding(Proof.ABSENT)
    return _found(command)


def judge(command: Command) -> Verdict:
    return lifecycle.verdict(command.order, Verb.GESTURE)


def guard(command: Command) -> Guard:
    return Guard.MONEY


def _read(client: octopia.Client, command: Command) -> Sequence[schema.GestureRequest]:
    """The order's whole list, kept in the mirror."""
    first = client.gestures(order=command.subject)
    read = whole(first, lambda after: client.gestures(order=command.subject, after=after))
    requests.store_gestures(command.account, read)
    return read


def _found(command: Command) -> Finding:
    """Our request among those that are new since the baseline: same reason, amount and details."""
    known = GestureRequest.objects.filter(account=command.account_id, number=command.subject)
    ours = list(known.filter(remote_id=command.remote_id)) if command.remote_id else []
    if not ours:  # no id was told, or it leads nowhere
        asked = command.payload
        new = known.exclude(remote_id__in=command.baseline or [])
        if command.baseline is None:
            new = new.filter(created_at__gte=earliest(command))
        same = new.filter(reason=asked["reason"], amount=Decimal(asked["amount"]))
        ours = [request for request in same if request.details.strip() == asked["details"].strip()]
    if not ours:
        return Finding(Proof.ABSENT)
    if len(ours) > 1:
        return Finding(Proof.UNCLEAR, evidence={"requests": [request.remote_id for request in ours]})
    request = ours[0]
    said = " ".join(str(part) for error in request.errors for part in error if part)
    proof = {DONE: Proof.FOUND, REJECTED: Proof.REJECTED}.get(request.status, Proof.FOLLOWED)
    return Finding(proof, said, request.remote_id, {"request": request.remote_id, "status": request.status})


def _by(rule: str) -> Verdict:
    return Verdict(Answer.REFUSED, rule, Certainty.DOCUMENTED)


register(
    Act(Verb.GESTURE, send=send, look=look, mirrored=mirrored, judge=judge, guard=guard, prepare=prepare, follow=follow)
)
