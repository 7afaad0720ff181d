"""A person's side in a process of its own, killed like the others: `python -m tests.chaos.loader SEED COMMANDS SPAN`.

It asks everything of the plan with the plan's form tokens, so that whoever starts again asks the same; some twice, and
some once more as a rival with another token. Acceptances are posted to the site as a browser would; the rest is put
from here. It ends when all was put.
"""

import os
import random
import secrets
import sys
import time

import django

django.setup()

from datetime import timedelta  # noqa: E402
from decimal import Decimal  # noqa: E402
from http.client import HTTPConnection, HTTPException  # noqa: E402
from urllib.parse import urlencode  # noqa: E402

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402

from backoffice.models import User  # noqa: E402
from fulfilment.models import ENDED, Command, State  # noqa: E402
from fulfilment.outbox import asking  # noqa: E402
from fulfilment.outbox.refusals import NotNow, Occupied, Refused, Stale  # noqa: E402
from fulfilment.verbs import cancellation, gesture, shipment  # noqa: E402
from octopia.contract.vocabulary import Status  # noqa: E402
from orders.models import Order  # noqa: E402
from tests.chaos.plan import Ask, plan  # noqa: E402

UNCLAIMED = [*ENDED, State.ATTENTION]


class Site:
    """One signed-in visitor, who posts forms whatever becomes of the web server meanwhile."""

    def __init__(self, user: User) -> None:
        visitor = Client()
        visitor.force_login(user)
        self._secret = secrets.token_hex(16)
        names = (settings.SESSION_COOKIE_NAME, visitor.session.session_key), (settings.CSRF_COOKIE_NAME, self._secret)
        self._cookies = "; ".join(f"{name}={value}" for name, value in names)

    def post(self, path: str, form: dict[str, str]) -> int:
        """The status of the answer; 0 when there was none."""
        body = urlencode({**form, "csrfmiddlewaretoken": self._secret})
        headers = {"Cookie": self._cookies, "Content-Type": "application/x-www-form-urlencoded"}
        connection = HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=10)
        try:
            connection.request("POST", path, body, headers)
            return connection.getresponse().status
        except (OSError, HTTPException):
            return 0
        finally:
            connection.close()


def main(seed: int, commands: int, span: float) -> None:
    rng = random.Random()
    person, site = User.objects.get(username="chaos"), Site(User.objects.get(username="hand"))
    known = set(Command.objects.values_list("form_token", flat=True))
    for command in Command.objects.filter(state=State.READY, held=True):
        _let_go(command, person)  # put by one that was killed before it could
    waiting = [ask for ask in plan(seed, commands).asks if _token(ask) not in known]
    while waiting:
        later = []
        for ask in waiting:
            time.sleep(span / commands)
            if not put(ask, _token(ask), person, site):
                later.append(ask)
                continue
            if rng.random() < 0.15:
                put(ask, _token(ask), person, site)  # a second click
            if rng.random() < 0.05:
                put(ask, f"rival-{_token(ask)}", person, site)  # a colleague
        waiting = later
        if waiting:
            time.sleep(0.2)
    connections.close_all()


def put(ask: Ask, token: str, person: User, site: Site) -> bool:
    """Whether nothing is left to do about it."""
    if (
        ask.after
        and not Command.objects.filter(form_token=f"form-of-the-ask-{ask.after}", state__in=UNCLAIMED).exists()
    ):
        return False
    order = Order.objects.get(number=ask.number)
    try:
        command = _posted(order, token, site) if ask.verb == "accept" else _put(ask, order, token, person)
    except (Occupied, Stale):
        return token.startswith("rival")
    except Refused:
        return True
    if command is None:  # the site did not take it: perhaps it is down, perhaps there is nothing left to accept
        return order.status != Status.WAITING_ACCEPTANCE or token.startswith("rival")
    if command.on_hold:
        _let_go(command, person)
    return True


def _posted(order: Order, token: str, site: Site) -> Command | None:
    status = site.post(f"/orders/{order.number}/approval/", {"form_token": token, "seen": str(order.version)})
    if status not in (0, 302, 303, 409, 502, 503):
        raise RuntimeError(f"the site answered {status}")
    return Command.objects.filter(form_token=token).first()


def _put(ask: Ask, order: Order, token: str, person: User) -> Command:
    lines = list(order.lines.order_by("position"))
    if ask.verb == "gesture":
        return gesture.ask(
            order, reason="MissingProduct", details="", amount=Decimal("0.10"), by=person, seen=order.version,
            form_token=token,
        )  # fmt: skip
    if ask.verb == "cancel":
        named: list[cancellation.LineAsked] = [
            {"code": line.code, "offer": line.offer, "reason": "missing-product", "refund_shipping": False}
            for line in lines
        ]
        return cancellation.ask(order, named, whole_order=True, by=person, seen=order.version, form_token=token)
    codes = [line.code for line in lines]
    parcels: list[shipment.ParcelAsked] = [
        {
            "number": number,
            "carrier": "Colissimo",
            "url": f"https://www.laposte.fr/outils/suivre-vos-envois?code={number}",
            "lines": [codes[position] for position in positions] or codes,
        }
        for number, positions in ask.parcels
    ]
    return shipment.ask(order, parcels, by=person, seen=order.version, form_token=token, hold=timedelta(seconds=0))


def _let_go(command: Command, person: User) -> None:
    try:
        asking.send_now(command, person)
    except NotNow:
        return


def _token(ask: Ask) -> str:
    return f"form-of-the-ask-{ask.token}"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
