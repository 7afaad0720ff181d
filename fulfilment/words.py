"""The outbox in words: verbs, what happened to a command, alerts; translated when shown."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.alerts import Place
from backoffice.roles import Role
from octopia.contract.vocabulary import Verb

VERBS: dict[str, Promise] = {
    Verb.ACCEPT: _("Acceptance"),
    Verb.REFUSE: _("Refusal"),
    Verb.SHIP: _("Shipment"),
    Verb.CANCEL: _("Cancellation"),
    Verb.GESTURE: _("Commercial gesture"),
    Verb.INVOICE: _("Invoice"),
}

LOOKED_AT = {"fulfilment:pack": _("Pack station")}  # by the name of its URL, for the log of who looked

EVENTS: dict[str, Promise] = {
    "asked": _("asked for"),
    "claimed": _("taken up to be sent"),
    "marked": _("begins to leave"),
    "taken": _("taken by the marketplace"),
    "no answer": _("no clear answer: it is looked for before anything is sent again"),
    "later": _("not sent, tried again later"),
    "refused": _("refused by the marketplace"),
    "judged": _("not sent: the order does not allow it any more"),
    "found": _("read back"),
    "unclear": _("something else was found in its place"),
    "gone": _("the marketplace does not know its order any more"),
    "odd answer": _("an answer that nobody foresaw"),
    "forbidden": _("not allowed for this order"),
    "lease ended": _("the process that had it ended in the middle"),
    "third crash": _("three processes in a row ended over it"),
    "look found": _("looked for it: it is there"),
    "look followed": _("looked for it: its request is there"),
    "look rejected": _("looked for it: its request was rejected"),
    "look absent": _("looked for it: it is not there"),
    "look unclear": _("looked for it: something else is there"),
    "look failed": _("looked for it: no usable answer"),
    "absent, again": _("it is not there: it is sent again"),
    "absent, money": _("it is not there: a person decides, since it moves money"),
    "read asked": _("not visible yet: the order is read by itself"),
    "waits its turn": _("a person is to look; shown when the other request for this order has ended"),
    "never seen": _("taken, and never seen since"),
    "in progress": _("in progress at the marketplace"),
    "request not listed": _("its request is not listed yet"),
    "done": _("done, says the marketplace"),
    "rejected later": _("rejected by the marketplace after it was taken"),
    "never decided": _("still undecided after three days"),
    "taken back": _("taken back before it was sent"),
    "hold ended": _("sent without waiting for the end of the hold"),
    "approved": _("confirmed by a colleague"),
    "closing proposed": _("a colleague is asked to close it"),
    "was done": _("closed: it was done"),
    "was not done": _("closed: it was not done"),
    "send again": _("to be sent again"),
    "read": _("read by a person"),
}

ALERTS: dict[str, Promise] = {
    "command-waits": _("Order %(subject)s (%(verb)s) still waits to be sent: its deadline is near, or a day is over."),
    "command-rejected": _("The marketplace took a request (%(verb)s) for order %(subject)s and rejected it later."),
    "command-unclear": _("Requests that nobody answered clearly, a person decides: %(count)s."),
    "deadline": _("Orders within an hour of their deadline or past it, and not declared as shipped: %(count)s."),
    "command-undecided": _("The marketplace has not decided about order %(subject)s (%(verb)s) for three days."),
}
ALERT_NAMES: dict[str, Promise] = {
    "deadline": _("An order's deadline is at risk"),
    "command-unclear": _("A request was not answered clearly"),
    "command-waits": _("A request waits to be sent, its deadline is near"),
    "command-undecided": _("The marketplace does not decide"),
    "command-rejected": _("The marketplace rejected a request"),
}
ALERT_PLACES: dict[str, Place] = {
    "deadline": Place("fulfilment:warehouse"),
    "command-unclear": Place("fulfilment:outbox", "?part=unclear"),
    "command-waits": Place("orders:detail", of_order=True),
    "command-undecided": Place("orders:detail", of_order=True),
    "command-rejected": Place("orders:detail", of_order=True),
}
ALERT_CONCERNED: dict[str, frozenset[Role]] = {
    "deadline": frozenset({Role.WAREHOUSE, Role.MANAGER, Role.ADMINISTRATOR}),
    "command-unclear": frozenset({Role.SUPPORT, Role.MANAGER, Role.ADMINISTRATOR}),
    "command-waits": frozenset(Role),
    "command-undecided": frozenset({Role.SUPPORT, Role.MANAGER, Role.ADMINISTRATOR}),
    "command-rejected": frozenset(Role),
}


def verb(kind: str) -> str:
    """What a command is about; a kind of another version as it is called."""
    return str(VERBS.get(kind, kind))
