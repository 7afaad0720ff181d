"""What tests of the pack station share: a shop with carriers, orders to pack, and a station that is fed with scans."""

import itertools
import re
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from backoffice.models import SellerAccount
from fulfilment.models import Bench, Command
from fulfilment.station import codes
from fulfilment.station.work import Work, read
from orders.models import Carrier, Order
from tests import make
from tests.orders.pages import signed_in

LABELS = ("Colissimo", "La Poste", "Chronopost", "DPD", "GLS", "UPS", "FedEx", "Colis Privé", "Mondial Relay")
DRILL, HOSE = "3760000000017", "3760000000024"
_tokens = itertools.count(1)


def shop(**fields: Any) -> SellerAccount:
    account = make.account(sending=["ship"], created_at=timezone.now() - timedelta(days=2), **fields)
    Carrier.objects.bulk_create(
        Carrier(account=account, label=label, code="x", position=place) for place, label in enumerate(LABELS)
    )
    return account


def drill(quantity: int = 1, code: str = "A", **members: Any) -> Any:
    told = {"sku": "DRL-18V", "title": "Perceuse-visseuse 18 V", "gtin": DRILL, "quantity": quantity} | members
    return make.line(code, **told)


def hose(quantity: int = 1, code: str = "B", **members: Any) -> Any:
    told = {"sku": "HOS-25", "title": "Tuyau d'arrosage 25 m", "gtin": HOSE, "quantity": quantity} | members
    return make.line(code, **told)


def label(turn: int = 1) -> str:
    """A Colissimo label."""
    return f"6A{turn:011}"


class Station:
    """One session at the station, as a browser without scripts sends it; it counts what a person does."""

    def __init__(self, account: SellerAccount, client: Client | None = None, role: str = "warehouse") -> None:
        self.client = client or signed_in(role, account)
        self.scans = self.keys = 0
        self.said = ""

    def post(self, step: str, text: str = "", token: str = "", stop: str | None = None) -> str:
        told = {
            "form_token": token or f"station-token-{next(_tokens):08}",
            "step": step,
            "text": text,
            "stop": self.stop_key if stop is None else stop,
        }
        answer = self.client.post("/warehouse/pack/", told, headers={"HX-Request": "true"})
        assert answer.status_code == 200, answer.content
        self.said = answer.content.decode()
        return self.said

    def scan(self, *texts: str) -> str:
        for text in texts:
            self.scans += 1
            self.post("scan", text)
        return self.said

    def key(self, step: str, text: str = "") -> str:
        self.keys += 1
        return self.post(step, text)

    @property
    def bench(self) -> Bench:
        return Bench.objects.get(key=self.client.session["station"])

    @property
    def order(self) -> Order:
        """The order on the bench."""
        assert self.bench.order is not None
        return self.bench.order

    @property
    def work(self) -> Work:
        return read(self.bench.work)

    @property
    def stop_key(self) -> str:
        if "station" not in self.client.session:
            return ""
        row = Bench.objects.filter(key=self.client.session["station"]).first()
        stop = read(row.work).stop if row else None
        shown = re.search(r'data-stop="(\w*)"', self.said)
        return stop.key if stop else shown[1] if shown else ""

    @property
    def signal(self) -> str:
        """What the page sounds like."""
        return "wrong" if self.work.stop else self.work.said.signal


def slip(order: Order) -> str:
    return codes.slip_code(order.pk)


def declared(order: Order) -> list[tuple[str, str, list[str]]]:
    command = Command.objects.filter(order=order).latest("pk")
    return [(parcel["carrier"], parcel["number"], parcel["lines"]) for parcel in command.payload["parcels"]]
