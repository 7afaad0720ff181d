"""Every page of the site, one row each: `tests/test_site.py` opens each as every role in every language.

A page that is missing here fails there. Rights are not repeated: they are read from `roles.PAGES`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice import shop, typography
from backoffice.declarations import Section
from backoffice.models import SellerAccount, User
from fulfilment import choices
from fulfilment.batches import words
from fulfilment.models import Batch, BatchItem, DockScan, Handover, Import, Product, Slip
from octopia.contract.rules import CANCELLABLE
from octopia.contract.vocabulary import Ability
from orders import lifecycle
from orders.models import Channel, Order, Quarantine
from tests import make


@dataclass(frozen=True)
class World:
    """What the pages are about."""

    account: SellerAccount
    order: Order
    record: Quarantine
    person: User
    waiting: Order  # for our decision
    batch: Batch
    shipped: Order
    packed: Order  # all of it can be shipped
    imported: Import
    slip: Slip
    product: Product
    cart: DockScan
    handover: Handover


def world() -> World:
    account = make.account()
    order = make.order("SCID0000000001", of=account)
    record = Quarantine.objects.create(
        account=account,
        number="SCID0000000002",
        reason="lines.QK01.quantity is not a whole number.",
        raw="{}",
        hash="0",
        source="live",
    )
    waiting = make.order("SCID0000000003", of=account, status="WaitingAcceptance")
    shipped = make.order("SCID0000000004", of=account, status="Shipped")
    packed = make.order("SCID0000000005", of=account)
    known(order, shipped)
    person = make.user("support", account, username="solene")
    batch = Batch.objects.create(account=account, token="world", kind="accept", state=Batch.State.RUNNING)
    BatchItem.objects.create(
        account=account, batch=batch, position=0, order=waiting, number=waiting.number, order_version=waiting.version
    )
    rows = [[2, order.number, "6A00000000001", "Colissimo", "", "sendable", None]]
    imported = Import.objects.create(
        account=account, name="SCID0001", digest="0" * 64, state="sent", rows=rows, counts={"sendable": 1}, batch=batch
    )
    slip = Slip.objects.create(account=account, order=packed, run=uuid4(), position=1, by_name=str(person))
    product = Product.objects.create(account=account, sku="LAMP-01", location="A3-12", changed_by_name=str(person))
    shipped.parcels.create(account=account, number="6A00000000001", carrier="Colissimo", lines=["QK01"])
    day = shop.day_of(timezone.now()) - timedelta(days=1)
    cart = DockScan.objects.create(account=account, number="6A00000000001", day=day, by_name=str(person))
    listed = [{"number": cart.number, "order": order.number, "at": cart.at.isoformat()}]
    handover = Handover.objects.create(
        account=account, run=uuid4(), day=day, carrier="Colissimo", by_name=str(person), parcels=listed
    )
    return World(
        account, order, record, person, waiting, batch, shipped, packed, imported, slip, product, cart, handover
    )


def known(order: Order, shipped: Order) -> None:
    """What the dialogs about money fetch when they open, as if it had been fetched just now: no page calls anybody."""
    limits = {"allowed": True, "max_rate": Decimal(20), "max_amount": Decimal(50), "currency": "EUR"}
    lifecycle.learn(order.account, order.channel, Ability.GESTURES, value=True, source="allowsGesture: true")
    for status in CANCELLABLE:
        choices.keep(order.account, choices.reasons_of(order, status), [("missing-product", "Rupture de stock")])
    choices.keep(shipped.account, choices.configuration_of(shipped), limits)
    choices.keep(shipped.account, choices.amount_of(shipped), (Decimal("11.16"), "EUR"))


Words = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """A page that is opened with GET. `title`: the msgid its <title> begins with, or a function of the world."""

    name: str
    title: str | Callable[[World], str]
    words: Callable[[World], Words] = field(default=lambda _world: {})  # the address's words
    status: int = 200
    queries: int = 12  # at most, the session and the person included
    twin: bool = True  # htmx gets the page without its frame; False for pages that stand outside the frame

    def path(self, world: World) -> str:
        return reverse(self.name, kwargs=self.words(world))


PAGES = [
    Page("account_login", "Sign in", twin=False),
    Page("account_reset_password", "Password forgotten", twin=False),
    Page("account_reset_password_done", "Look into your mail", twin=False),
    Page("account_reset_password_from_key", "New password", lambda _: {"uidb36": "zz", "key": "ended"}, twin=False),
    Page("invitation", "This invitation has ended", lambda _: {"token": "ended"}, status=410, twin=False),
    Page("account_logout", "Sign out", twin=False),
    Page("account_reauthenticate", "Is it you?", twin=False),
    Page("profile", "Profile"),
    Page("account_change_password", "Change the password"),
    Page("mfa_index", "Second factor"),
    Page("mfa_view_recovery_codes", "Recovery codes"),
    Page("sessions", "Sessions", queries=14),
    Page("settings", "Settings"),
    Page("settings-alerts", "Alerts"),
    Page("settings-logs", "Logs"),
    Page("settings-shop", "Shop"),
    *(
        Page("settings-shop-section", str(section.label), lambda _, section=section: {"section": section.value})  # type: ignore[misc]
        for section in Section
    ),
    Page("settings-users", "People", queries=14),
    Page("settings-roles", "What each role may"),
    Page("settings-invite", "Invite somebody"),
    Page("settings-user", lambda world: world.person.username, lambda world: {"pk": world.person.pk}),
    Page("settings-accounts", "Seller accounts"),
    Page("settings-account-add", "Add an account"),
    Page("settings-account", lambda world: world.account.name, lambda world: {"slug": world.account.slug}),
    Page("orders:list", "Orders", queries=9),
    Page("orders:views", "Saved views"),
    Page("orders:export", "Export orders"),
    Page("exports", "Exports"),
    Page("orders:detail", lambda world: world.order.number, lambda world: {"number": world.order.number}),
    Page(
        "orders:notes",
        lambda world: gettext("Notes of %(number)s") % {"number": world.order.number},
        lambda world: {"number": world.order.number},
    ),
    Page(
        "fulfilment:approval",
        lambda world: f"{gettext('Accept')} {world.waiting.number}",
        lambda world: {"number": world.waiting.number},
    ),
    Page(
        "fulfilment:refusal",
        lambda world: f"{gettext('Refuse')} {world.waiting.number}",
        lambda world: {"number": world.waiting.number},
    ),
    Page(
        "fulfilment:cancellation",
        lambda world: gettext("Cancel lines of %(number)s") % {"number": world.order.number},
        lambda world: {"number": world.order.number},
        queries=14,
    ),
    Page(
        "fulfilment:gesture",
        lambda world: gettext("Gesture for %(number)s") % {"number": world.shipped.number},
        lambda world: {"number": world.shipped.number},
        queries=16,
    ),
    Page(
        "fulfilment:invoice",
        lambda world: gettext("Invoice for %(number)s") % {"number": world.shipped.number},
        lambda world: {"number": world.shipped.number},
        queries=14,
    ),
    Page("fulfilment:invoices", "Invoices"),
    Page("fulfilment:gestures", "Gestures"),
    Page("fulfilment:gestures-export", "Export gestures"),
    Page("orders:support", "Support"),
    Page("orders:statistics", "Figures", queries=18),
    Page("orders:statistics-export", "Export figures"),
    Page("orders:statistics-gestures", "Gestures given"),
    Page(
        "fulfilment:shipment",
        lambda world: f"{gettext('Ship')} {world.packed.number}",
        lambda world: {"number": world.packed.number},
        queries=16,
    ),
    Page("fulfilment:warehouse", "Queue", queries=18),
    Page("fulfilment:products", "Products"),
    Page("fulfilment:product-new", "Add a product"),
    Page("fulfilment:products-file", "Products from a file"),
    Page("fulfilment:product", lambda world: world.product.sku, lambda world: {"pk": world.product.pk}),
    Page("fulfilment:pick", "Pick list and slips"),
    Page("fulfilment:slips", "Pick list", lambda world: {"which": world.slip.run}, queries=14),
    Page("fulfilment:truck", "The truck is here"),
    Page(
        "fulfilment:claim",
        lambda world: gettext("Pack %(number)s") % {"number": world.order.number},
        lambda world: {"number": world.order.number},
    ),
    Page(
        "fulfilment:hold",
        lambda world: gettext("Keep %(number)s back") % {"number": world.order.number},
        lambda world: {"number": world.order.number},
    ),
    Page(
        "fulfilment:question",
        lambda world: gettext("Question about %(number)s") % {"number": world.order.number},
        lambda world: {"number": world.order.number},
    ),
    Page("fulfilment:pack", "Pack station"),
    Page("fulfilment:pack-cards", "Command cards"),
    Page("fulfilment:batches", "Batches"),
    Page("fulfilment:batch", lambda _: words.title("accept", 1), lambda world: {"pk": world.batch.pk}, queries=20),
    Page("fulfilment:outbox", "Outbox", queries=14),
    Page("fulfilment:pause", "Pause sending"),
    Page("fulfilment:adopt", "Turn sending on"),
    Page("orders:sync", "Sync", queries=15),
    Page("fulfilment:parcels", "Parcels", queries=14),
    Page("fulfilment:dock", "Dock check", queries=14),
    Page("fulfilment:dock-handover", "Handover list", lambda world: {"which": world.handover.run}, queries=14),
    Page("fulfilment:dock-carts", "Former carts"),
    Page(
        "fulfilment:dock-cart",
        lambda world: gettext("Cart of %(day)s") % {"day": typography.days(world.cart.day, world.cart.day)},
        lambda world: {"day": world.cart.day.isoformat()},
    ),
    Page("fulfilment:imports", "Tracking file"),
    Page("fulfilment:import", lambda world: world.imported.name, lambda world: {"pk": world.imported.pk}),
    Page("orders:sync", "Sync", queries=14),
    Page("orders:channels", "Channels"),
    Page("orders:channel", lambda _: "Cdiscount", lambda world: {"pk": Channel.objects.get(account=world.account).pk}),
    Page("orders:quarantine", lambda world: world.record.number, lambda world: {"pk": world.record.pk}),
]

# Addresses without a page of their own: only written to, led on from, or read by programs.
NO_PAGES = {
    "audit",  # leads to the log of changes: tests/backoffice/test_logs.py
    "orders:view",  # one's own and no other's: tests/orders/test_saved_views.py
    "export-file",  # a file, its owner's alone: tests/orders/test_exports.py
    "orders:columns",
    "orders:many-notes",  # what a list posts: tests/orders/test_notes.py
    "export-stop",
    "orders:view-removal",
    "orders:view-place",
    "home",
    "language",
    "appearance",
    "session_end",
    "mfa_authenticate",  # opens after the password only: tests/backoffice/test_people_profile.py
    "mfa_activate_totp",  # leads on where a second factor is set up: the same
    "mfa_deactivate_totp",  # exists where one is set up: the same
    "mfa_generate_recovery_codes",
    "fulfilment:invoice-file",  # a file: tests/fulfilment/test_invoice_pages.py
    "fulfilment:pick-chosen",  # what a list posts: tests/fulfilment/test_picking.py
    "fulfilment:warehouse-next",
    "fulfilment:claim-release",
    "fulfilment:picture",  # tests/fulfilment/test_products.py
    "fulfilment:batch-pause",
    "fulfilment:batch-withdrawal",
    "fulfilment:batch-numbers",
    "fulfilment:batch-item",
    "fulfilment:dock-removal",
    "fulfilment:dock-making",
    "fulfilment:slip",  # leads on: tests/fulfilment/test_station.py
    "fulfilment:dock-declaration",  # leads to an order's shipment: tests/fulfilment/test_dock.py
    "fulfilment:import-columns",  # its author's alone: tests/fulfilment/test_imports.py
    "fulfilment:import-sending",
    "fulfilment:import-rows",
    "fulfilment:import-file",
    "orders:state",
    "orders:refresh",
    "orders:look-up",
    "orders:freshness",
    "orders:period",
    "settings-account-test",
    "orders:again",
    "fulfilment:shipment-look",  # told while one types: tests/fulfilment/test_shipment.py
    "fulfilment:shipment-carriers",
    "fulfilment:requests",
    "fulfilment:step",
    "fulfilment:resume",
    "healthz",
    "readyz",
    "metrics",
}
