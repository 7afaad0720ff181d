"""A person's side in a process of its own, killed like the others:
`python -m tests.chaos.loader SEED COMMANDS SPAN PEOPLE WHICH`.

It asks everything of the plan with the plan's form tokens, so that whoever starts again asks the same; some twice, and
some once more as a rival with another token. Invoices and a quarter of all else but refusals are posted to the site as
a browser without scripts would; the rest is put from here. It ends when all was put.
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
from fulfilment.verbs import approval, cancellation, gesture, shipment  # noqa: E402
from octopia.contract.vocabulary import Status, Verb  # noqa: E402
from orders.models import Order  # noqa: E402
from tests.chaos.plan import Ask, plan  # noqa: E402

UNCLAIMED = [*ENDED, State.ATTENTION]
PAGES = {
    "accept": "approval", "ship": "shipment", "cancel": "cancellation", "gesture": "gesture", "invoice": "invoice",
}  # fmt: skip
BOUNDARY = "a-line-between-the-parts-of-a-form"
PAGE = "https://www.laposte.fr/outils/suivre-vos-envois?code="
Form = dict[str, str | list[str]]


class Site:
    """One signed-in visitor, who posts forms whatever becomes of the web server meanwhile."""

    def __init__(self, user: User) -> None:
        visitor = Client()
        visitor.force_login(user)
        self._secret = secrets.token_hex(16)
        names = (settings.SESSION_COOKIE_NAME, visitor.session.session_key), (settings.CSRF_COOKIE_NAME, self._secret)
        self._cookies = "; ".join(f"{name}={value}" for name, value in names)

    def post(self, path: str, form: Form, file: str = "") -> int:
        """The status of the answer; 0 when there was none. `file`: the name of a document to be sent with the form."""
        form = {**form, "csrfmiddlewaretoken": self._secret}
        body = _parts(form, file) if file else urlencode(form, doseq=True).encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}" if file else "application/x-www-form-urlencoded"
        connection = HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=10)
        try:
            connection.request("POST", path, body, {"Cookie": self._cookies, "Content-Type": kind})
            return connection.getresponse().status
        except (OSError, HTTPException):
            return 0
        finally:
            connection.close()


def _parts(form: Form, file: str) -> bytes:
    said = [f'form-data; name="{name}"\r\n\r\n{value}' for name, value in form.items()]
    said.append(f'form-data; name="file"; filename="{file}"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4 {file}')
    parts = "".join(f"--{BOUNDARY}\r\nContent-Disposition: {part}\r\n" for part in said)
    return f"{parts}--{BOUNDARY}--\r\n".encode()


class People:
    """Who asks: an administrator from here, somebody of the warehouse and somebody of support on the site."""

    def __init__(self) -> None:
        self.here = User.objects.get(username="chaos")
        self.hand = Site(User.objects.get(username="hand"))
        self.voice = Site(User.objects.get(username="voice"))

    def at(self, verb: str) -> Site:
        return self.hand if verb in ("accept", "ship") else self.voice


def main(seed: int, commands: int, span: float, people: int, which: int) -> None:
    rng, persons = random.Random(), People()
    known = set(Command.objects.values_list("form_token", flat=True))
    for command in Command.objects.filter(state=State.READY, held=True):
        _let_go(command, persons)  # put by one that was killed before it could
    mine = plan(seed, commands).asks[which::people]
    waiting = [ask for ask in mine if _token(ask) not in known]
    due = time.monotonic()
    while waiting:
        later = []
        for ask in waiting:
            due += span / len(mine)
            time.sleep(max(0.0, due - time.monotonic()))
            if not put(ask, _token(ask), persons):
                later.append(ask)
                continue
            if rng.random() < 0.1:
                put(ask, _token(ask), persons)  # a second click
            if rng.random() < 0.05:
                put(ask, f"rival-{_token(ask)}", persons)  # a colleague
        waiting = later
        if waiting:
            time.sleep(0.2)
            due = time.monotonic()
    connections.close_all()


def put(ask: Ask, token: str, people: People) -> bool:
    """Whether nothing is left to do about it."""
    if (
        ask.after
        and not Command.objects.filter(form_token=f"form-of-the-ask-{ask.after}", state__in=UNCLAIMED).exists()
    ):
        return False
    order = Order.objects.get(number=ask.number)
    try:
        command = _posted(ask, order, token, people) if ask.by_site else _put(ask, order, token, people)
    except (Occupied, Stale):
        return token.startswith("rival")
    except Refused:
        return True
    if command is None:  # the site did not take it: perhaps it is down, perhaps there is nothing left to accept
        return token.startswith("rival") or (ask.verb == "accept" and order.status != Status.WAITING_ACCEPTANCE)
    if command.on_hold:
        _let_go(command, people)
    return True


def _posted(ask: Ask, order: Order, token: str, people: People) -> Command | None:
    """The command of a form that was posted; None where the site did not take it. Raises what `_put` raises."""
    form: Form = {"form_token": token, "seen": str(order.version), **_typed(ask, order)}
    file = f"{order.number}.pdf" if ask.verb == "invoice" else ""
    status = people.at(ask.verb).post(f"/orders/{order.number}/{PAGES[ask.verb]}/", form, file)
    found = Command.objects.filter(form_token=token).first()
    if found is None and status not in (0, 302, 303, 409, 502, 503):
        raise RuntimeError(f"the site answered {status} to {ask}")
    if found is None and status == 409 and ask.verb in ("ship", "cancel", "gesture"):
        return _put(ask, order, token, people)  # which says why not
    return found


def _typed(ask: Ask, order: Order) -> Form:
    """What a person fills in, as the form's fields."""
    if ask.verb == "gesture":
        return {"amount": "0.10", "reason": "MissingProduct"}
    if ask.verb == "cancel":
        return {"scope": "whole", "reason": "missing-product"}
    form: Form = {}
    if ask.verb == "ship":
        form["parcels"] = str(len(ask.parcels))
        for place, parcel in enumerate(_parcels(ask, order), 1):
            kept = {"number": parcel["number"], "carrier": parcel["carrier"], "url": parcel["url"]}
            form |= {f"p{place}-{name}": value for name, value in kept.items()}
            form[f"p{place}-lines"] = parcel["lines"]
    return form


def _put(ask: Ask, order: Order, token: str, people: People) -> Command:
    by, seen = people.here, order.version
    if ask.verb == "accept":
        return approval.ask(order, Verb.ACCEPT, by=by, seen=seen, form_token=token)
    if ask.verb == "refuse":
        return approval.ask(order, Verb.REFUSE, by=by, seen=seen, form_token=token, reason="out of stock")
    if ask.verb == "gesture":
        return gesture.ask(
            order, reason="MissingProduct", details="", amount=Decimal("0.10"), by=by, seen=seen, form_token=token
        )
    if ask.verb == "cancel":
        named: list[cancellation.LineAsked] = [
            {"code": line.code, "offer": line.offer, "reason": "missing-product", "refund_shipping": False}
            for line in order.lines.order_by("position")
        ]
        return cancellation.ask(order, named, whole_order=True, by=by, seen=seen, form_token=token)
    return shipment.ask(order, _parcels(ask, order), by=by, seen=seen, form_token=token, hold=timedelta(seconds=0))


def _parcels(ask: Ask, order: Order) -> list[shipment.ParcelAsked]:
    codes = [line.code for line in order.lines.order_by("position")]
    return [
        {
            "number": number,
            "carrier": "Colissimo",
            "url": f"{PAGE}{number}",
            "lines": [codes[position] for position in positions] or codes,
        }
        for number, positions in ask.parcels
    ]


def _let_go(command: Command, people: People) -> None:
    try:
        asking.send_now(command, people.here)
    except NotNow:
        return


def _token(ask: Ask) -> str:
    return f"form-of-the-ask-{ask.token}"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
