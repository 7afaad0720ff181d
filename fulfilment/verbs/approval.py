"""Accept or refuse an order. Proof: its status moved our way. The marketplace refuses a second decision."""

from datetime import datetime

import octopia
from backoffice import shop
from backoffice.models import User
from fulfilment.models import Batch, Command
from fulfilment.outbox.asking import Asked, put
from fulfilment.verbs import reading
from fulfilment.verbs.registry import Act, Finding, Guard, Proof, register
from octopia.contract.vocabulary import Status, Verb
from orders import lifecycle
from orders.lifecycle import Verdict
from orders.models import Order

UNDECIDED = {Status.PROCESSING, Status.WAITING_ACCEPTANCE}
OURS = {  # what an order becomes by it, and after it
    Verb.ACCEPT: {Status.ACCEPTED, Status.IN_PREPARATION, Status.SHIPPED, Status.DELIVERED},
    Verb.REFUSE: {Status.REFUSED},
}


def ask(
    order: Order,
    verb: Verb,
    *,
    by: User,
    seen: int,
    form_token: str,
    reason: str = "",
    batch: Batch | None = None,
) -> Command:
    """Accept or refuse the whole order; `reason` of a refusal is for ourselves and never sent. Raises as `put`."""
    payload = {"reason": reason} if reason else {}
    asked = Asked(
        verb, payload, seen=seen, form_token=form_token, deadline=deadline(order), note=reason[:500], batch=batch
    )
    return put(order, asked, by)


def deadline(order: Order) -> datetime | None:
    """Until when the order may be decided; None where nobody has told the channel's window (R5)."""
    window = shop.approval_window(order.channel)
    return order.created_at + window if window else None


def send(client: octopia.Client, command: Command) -> str:
    client.decide(command.subject, accepted=command.verb == Verb.ACCEPT)
    return ""


def look(client: octopia.Client, command: Command) -> Finding:
    reading.read(client, command)
    return mirrored(command)


def mirrored(command: Command) -> Finding:
    order = Order.objects.only("status", "changed_at").get(pk=command.order_id)
    evidence = {"status": order.status, "changed_at": order.changed_at.isoformat()}
    if order.status in UNDECIDED:
        return Finding(Proof.ABSENT, evidence=evidence)
    return Finding(Proof.FOUND if order.status in OURS[command.verb] else Proof.UNCLEAR, evidence=evidence)


def judge(command: Command) -> Verdict:
    return lifecycle.verdict(command.order, command.verb)


def guard(command: Command) -> Guard:
    return Guard.STRONG


for verb in (Verb.ACCEPT, Verb.REFUSE):
    register(Act(verb, send=send, look=look, mirrored=mirrored, judge=judge, guard=guard))
