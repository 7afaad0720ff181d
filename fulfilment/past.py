"""What could be asked of an order at a moment that has passed: the verbs of today's buttons, judged on what was known.

Words only: nothing of it can be sent.
"""

from dataclasses import dataclass
from datetime import datetime

from backoffice.models import User
from fulfilment import actions, following
from fulfilment.models import OPEN, Command, State
from octopia.contract.vocabulary import Verb
from orders import lifecycle
from orders.models import Order


@dataclass(frozen=True)
class Possible:
    """One verb at that moment. `why_not`: the sentence of a no; `doubt`: of a yes that is not sure."""

    label: str
    why_not: str
    doubt: str


def possible(order: Order, case: lifecycle.Case, user: User, moment: datetime) -> list[Possible]:
    """The verbs of this person's role. `order`: as the page has read it; `case`: as it was known at `moment`."""
    held = {upload: _held(order, moment, upload=upload) for upload in (False, True)}
    found = []
    for offer in actions.OFFERS:
        if user.has_perm(f"fulfilment.{offer.verb}"):
            verdict = case.verdict(offer.verb)
            why_not = held[offer.verb is Verb.INVOICE] or ("" if verdict.offered else verdict.words)
            found.append(Possible(str(offer.label), why_not, "" if why_not or not verdict.doubtful else verdict.words))
    return found


def _held(order: Order, moment: datetime, *, upload: bool) -> str:
    """Which request closed the order to others then, "" for none; an upload closes it to uploads alone."""
    judged: set[int] = set()
    for event in following.events_of(order):  # newest first: the first one known then tells how it stood
        command = event.command
        if event.at > moment or command.pk in judged or (command.kind == Verb.INVOICE) is not upload:
            continue
        judged.add(command.pk)
        if event.became in OPEN or (event.became == State.TAKEN and not _seen(command, moment)):
            return actions.held_words(command, event.became)
    return ""


def _seen(command: Command, moment: datetime) -> bool:
    return command.seen_at is not None and command.seen_at <= moment
