"""A person's side in a process of its own, killed like the others: `python -m tests.chaos.loader SEED COMMANDS SPAN`.

It asks everything of the plan with the plan's form tokens, so that whoever starts again asks the same; some twice, and
some once more as a rival with another token. It ends when all was put.
"""

import random
import sys
import time

import django

django.setup()

from datetime import timedelta  # noqa: E402

from django.db import connections  # noqa: E402

from backoffice.models import User  # noqa: E402
from fulfilment.models import Command, State  # noqa: E402
from fulfilment.outbox import asking  # noqa: E402
from fulfilment.outbox.refusals import NotNow, Occupied, Refused, Stale  # noqa: E402
from fulfilment.verbs import approval, shipment  # noqa: E402
from octopia.contract.vocabulary import Verb  # noqa: E402
from orders.models import Order  # noqa: E402
from tests.chaos.plan import Ask, plan  # noqa: E402


def main(seed: int, commands: int, span: float) -> None:
    rng = random.Random()
    person = User.objects.get(username="chaos")
    known = set(Command.objects.values_list("form_token", flat=True))
    waiting = [ask for ask in plan(seed, commands).asks if ask.token not in known]
    pace = span / commands
    for command in Command.objects.filter(state=State.READY, held=True):
        _let_go(command, person)  # put by one that was killed before it could
    while waiting:
        later = []
        for ask in waiting:
            time.sleep(pace)
            if not put(ask, ask.token, person):
                later.append(ask)
                continue
            if rng.random() < 0.15:
                put(ask, ask.token, person)  # a second click
            if rng.random() < 0.05:
                put(ask, f"rival-{ask.token}", person)  # a colleague
        waiting = later
        if waiting:
            time.sleep(0.2)
    connections.close_all()


def put(ask: Ask, token: str, person: User) -> bool:
    """Whether nothing is left to do about it."""
    if ask.after and not Command.objects.filter(form_token=ask.after, state__in=_ENDED).exists():
        return False
    order = Order.objects.get(number=ask.number)
    try:
        if ask.verb == "accept":
            command = approval.ask(order, Verb.ACCEPT, by=person, seen=order.version, form_token=token)
        else:
            codes = list(order.lines.order_by("position").values_list("code", flat=True))
            parcels: list[shipment.ParcelAsked] = [
                {
                    "number": number,
                    "carrier": "Colissimo",
                    "url": f"https://www.laposte.fr/outils/suivre-vos-envois?code={number}",
                    "lines": [codes[position] for position in positions] or codes,
                }
                for number, positions in ask.parcels
            ]
            command = shipment.ask(
                order, parcels, by=person, seen=order.version, form_token=token, hold=timedelta(seconds=0)
            )
    except (Occupied, Stale):
        return token.startswith("rival")
    except Refused:
        return True
    if command.on_hold:
        _let_go(command, person)
    return True


def _let_go(command: Command, person: User) -> None:
    try:
        asking.send_now(command, person)
    except NotNow:
        return


_ENDED = [State.CONFIRMED, State.REFUSED, State.ATTENTION, State.CLOSED_DONE, State.CLOSED_NOT_DONE, State.WITHDRAWN]

if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
