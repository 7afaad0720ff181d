"""Who may do what: one table of rights by role, and one of pages. A page without a row does not open."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    WAREHOUSE = "warehouse", _("Warehouse")
    SUPPORT = "support", _("Support")
    MANAGER = "manager", _("Manager")
    ADMINISTRATOR = "administrator", _("Administrator")


_ALL = frozenset(
    {
        "backoffice.profile",  # own profile, second factor, sessions
        "backoffice.alerts",  # those of one's role and accounts
        "orders.view",  # list and single order
        "orders.notes",  # read them, write them, change one's own
        "orders.refresh",  # read one order from the marketplace
        "fulfilment.queue",  # what must leave and by when; the picking list
        "orders.sync",  # how complete and fresh the mirror is
        "fulfilment.outbox",  # what we asked of the marketplace, of the kinds one has to do with; withdraw one's own
    }
)
_WAREHOUSE = _ALL | {
    "fulfilment.accept",
    "fulfilment.ship",
    "fulfilment.pack",  # the pack station, claims, holds, the truck, the dock check, the product table
    "fulfilment.import",  # tracking numbers from a carrier's file
    "fulfilment.attention_accept",  # close, or send again, what needs a person: one right a kind
    "fulfilment.attention_ship",
}
_SUPPORT = _ALL | {
    "orders.prices",
    "orders.email",
    "orders.billing",
    "orders.export",  # rows as a file, without personal data
    "orders.gestures",  # what customers were given
    "orders.support",  # the page of the telephone
    "orders.old_contacts",  # names and addresses beyond what is being prepared or was shipped lately
    "fulfilment.cancel",  # after shipping it is a refund: within the role's limit, else proposed
    "fulfilment.gesture",  # within the role's limit, else proposed
    "fulfilment.invoice",
    "fulfilment.answer",  # what the pack station asks about an order
    "fulfilment.every_kind",  # the outbox without exception
    "fulfilment.attention_cancel",  # of what was not shipped: a refund is money
    "fulfilment.attention_invoice",
    "fulfilment.attention_propose",  # money that nobody answered clearly: say what was found; a colleague closes it
}
_MANAGER = (
    _SUPPORT
    | _WAREHOUSE
    | {
        "orders.commissions",
        "orders.export_personal",  # with personal data, for a reason, after a fresh login
        "fulfilment.every_gesture",  # the history of gestures beyond one's own and those made elsewhere
        "orders.shared_views",  # views of the list for a role or for everybody
        "orders.statistics",  # the shop's figures
        "orders.quarantine",  # content of records set aside, and "read again"
        "orders.unknown_members",
        "backoffice.metrics",
        "fulfilment.refuse",
        "fulfilment.approve",  # a money command that a colleague proposed; never one's own
        "fulfilment.withdraw_any",  # take back, or send now, what another asked for
        "fulfilment.attention_refuse",
        "fulfilment.attention_money",  # a gesture, or the refund of what was shipped
        "fulfilment.pause",  # stop sending, and go on
    }
)
_ADMINISTRATOR = _MANAGER | {
    "orders.reread",  # backfill, reading a period again
    "orders.accesses",  # who looked at an order
    "orders.channels",  # what each sales channel can do, and how our predictions turned out
    "backoffice.accounts",
    "backoffice.users",
    "backoffice.logs",  # who looked at orders, who exported what
    "backoffice.shop",  # the shop's choices
    "fulfilment.adopt",  # let a moved or restored installation send
}

MAY: dict[Role, frozenset[str]] = {
    Role.WAREHOUSE: _WAREHOUSE,
    Role.SUPPORT: _SUPPORT,
    Role.MANAGER: _MANAGER,
    Role.ADMINISTRATOR: _ADMINISTRATOR,
}
HOMES: dict[Role, str] = {  # where "/" leads, by the name of the URL: a page that the role may open
    Role.WAREHOUSE: "fulfilment:warehouse",
    Role.SUPPORT: "orders:support",
    Role.MANAGER: "orders:statistics",
    Role.ADMINISTRATOR: "orders:list",
}
NEEDS_SECOND_FACTOR = frozenset({Role.MANAGER, Role.ADMINISTRATOR})

ANYBODY = "anybody"  # without signing in
SIGNED_IN = "signed in"  # whoever it is

# The right that a page asks for, by the name of its URL.
PAGES: dict[str, str] = {
    "home": SIGNED_IN,
    "account_login": ANYBODY,
    "mfa_authenticate": ANYBODY,  # the second step; it asks for the first itself
    "account_reset_password": ANYBODY,
    "account_reset_password_done": ANYBODY,
    "account_reset_password_from_key": ANYBODY,
    "invitation": ANYBODY,
    "language": ANYBODY,
    "account_logout": ANYBODY,
    "account_reauthenticate": SIGNED_IN,
    "profile": "backoffice.profile",
    "appearance": "backoffice.profile",
    "account_change_password": "backoffice.profile",
    "mfa_index": "backoffice.profile",
    "mfa_activate_totp": "backoffice.profile",
    "mfa_deactivate_totp": "backoffice.profile",
    "mfa_view_recovery_codes": "backoffice.profile",
    "mfa_generate_recovery_codes": "backoffice.profile",
    "sessions": "backoffice.profile",
    "session_end": "backoffice.profile",
    "settings": SIGNED_IN,  # it lists what the person may open
    "settings-alerts": "backoffice.alerts",
    "audit": "backoffice.logs",
    "settings-logs": "backoffice.logs",
    "settings-shop": "backoffice.shop",
    "settings-shop-section": "backoffice.shop",
    "settings-users": "backoffice.users",
    "settings-user": "backoffice.users",
    "settings-invite": "backoffice.users",
    "settings-roles": "backoffice.users",
    "settings-accounts": "backoffice.accounts",
    "settings-account": "backoffice.accounts",
    "settings-account-add": "backoffice.accounts",
    "settings-account-test": "backoffice.accounts",
    "styleguide": ANYBODY,  # there in development only, and made up
    "orders:list": "orders.view",
    "orders:detail": "orders.view",
    "orders:export": "orders.export",
    "orders:statistics-export": "orders.statistics",  # the view asks for the right to files too
    "exports": "orders.export",  # one's own
    "export-file": "orders.export",
    "export-stop": "orders.export",
    "orders:views": "orders.view",  # one's own, and those shared with one
    "orders:columns": "orders.view",  # one's own choice of them
    "orders:view": "orders.view",
    "orders:view-removal": "orders.view",
    "orders:view-place": "orders.view",
    "orders:state": "orders.view",
    "orders:refresh": "orders.refresh",
    "orders:notes": "orders.notes",
    "orders:many-notes": "orders.notes",
    "orders:look-up": "orders.refresh",
    "orders:support": "orders.support",
    "orders:statistics": "orders.statistics",
    "orders:statistics-gestures": "orders.statistics",
    "orders:sync": "orders.sync",
    "orders:freshness": SIGNED_IN,
    "orders:quarantine": "orders.quarantine",
    "orders:again": "orders.quarantine",
    "orders:period": "orders.reread",
    "orders:channels": "orders.channels",
    "orders:channel": "orders.channels",
    "fulfilment:warehouse": "fulfilment.queue",
    "fulfilment:warehouse-next": "fulfilment.pack",
    "fulfilment:products": "fulfilment.pack",
    "fulfilment:product-new": "fulfilment.pack",
    "fulfilment:products-file": "fulfilment.pack",
    "fulfilment:product": "fulfilment.pack",
    "fulfilment:picture": "fulfilment.queue",
    "fulfilment:pick": "fulfilment.queue",
    "fulfilment:pick-chosen": "fulfilment.queue",
    "fulfilment:slips": "fulfilment.queue",
    "fulfilment:truck": "fulfilment.pack",
    "fulfilment:claim": "fulfilment.pack",
    "fulfilment:claim-release": "fulfilment.pack",
    "fulfilment:hold": "fulfilment.pack",
    "fulfilment:question": "fulfilment.answer",
    "fulfilment:approval": "fulfilment.accept",
    "fulfilment:refusal": "fulfilment.refuse",
    "fulfilment:shipment": "fulfilment.ship",
    "fulfilment:shipment-look": "fulfilment.ship",
    "fulfilment:shipment-carriers": "fulfilment.ship",
    "fulfilment:pack": "fulfilment.pack",
    "fulfilment:slip": "orders.view",  # leads whoever packs to the station, others to the order
    "fulfilment:pack-cards": "fulfilment.pack",
    "fulfilment:batches": "fulfilment.outbox",  # to make or send off one needs the right of its verb
    "fulfilment:batch": "fulfilment.outbox",
    "fulfilment:batch-pause": "fulfilment.outbox",
    "fulfilment:batch-withdrawal": "fulfilment.outbox",
    "fulfilment:batch-numbers": "fulfilment.outbox",
    "fulfilment:batch-item": "fulfilment.outbox",
    "fulfilment:cancellation": "fulfilment.cancel",
    "fulfilment:gesture": "fulfilment.gesture",
    "fulfilment:requests": "orders.view",
    "fulfilment:outbox": "fulfilment.outbox",
    "fulfilment:pause": "fulfilment.pause",
    "fulfilment:resume": "fulfilment.pause",
    "fulfilment:adopt": "fulfilment.adopt",
    "fulfilment:step": "fulfilment.outbox",  # the view asks for the right of the step
    "fulfilment:invoice": "fulfilment.invoice",
    "fulfilment:invoice-file": "fulfilment.invoice",
    "fulfilment:invoices": "fulfilment.invoice",
    "fulfilment:gestures": "orders.gestures",
    "fulfilment:gestures-export": "orders.export",  # the view asks for the right to the rows too
    "fulfilment:parcels": "orders.view",
    "fulfilment:dock": "fulfilment.pack",
    "fulfilment:dock-removal": "fulfilment.pack",
    "fulfilment:dock-declaration": "fulfilment.ship",
    "fulfilment:dock-making": "fulfilment.pack",
    "fulfilment:dock-handover": "fulfilment.pack",
    "fulfilment:dock-carts": "fulfilment.pack",
    "fulfilment:dock-cart": "fulfilment.pack",
    "fulfilment:imports": "fulfilment.import",
    "fulfilment:import": "fulfilment.import",
    "fulfilment:import-columns": "fulfilment.import",
    "fulfilment:import-sending": "fulfilment.import",
    "fulfilment:import-rows": "fulfilment.import",
    "fulfilment:import-file": "fulfilment.import",  # its author's alone
    "healthz": ANYBODY,
    "readyz": ANYBODY,
    "metrics": ANYBODY,  # the view itself asks for the token or the right backoffice.metrics
}
