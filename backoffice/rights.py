"""What each right opens, in a few words, for the page that shows the table of roles to people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LABELS: dict[str, Promise] = {
    "backoffice.profile": _("Own profile, password, second factor, sessions"),
    "backoffice.alerts": _("Alerts of the role and its accounts"),
    "backoffice.metrics": _("Figures about the machinery"),
    "backoffice.accounts": _("Seller accounts and their credentials"),
    "backoffice.users": _("People, their roles and accounts"),
    "backoffice.shop": _("The shop's choices: zone, cut-off times, limits, retention"),
    "backoffice.logs": _("Logs of looks at orders, of exports and of changes"),
    "orders.view": _("Orders: list, search, page"),
    "orders.refresh": _("Reading one order from the marketplace"),
    "orders.notes": _("Notes beside an order"),
    "orders.sync": _("How complete and fresh the copy is"),
    "orders.prices": _("Prices, totals and refunds"),
    "orders.email": _("The customer's e-mail address"),
    "orders.billing": _("The billing address"),
    "orders.gestures": _("What customers were given"),
    "orders.support": _("Answer the telephone: find an order by whatever a customer says"),
    "orders.old_contacts": _("Names and addresses of orders shipped long ago"),
    "orders.export": _("Rows as a file, without personal data"),
    "orders.export_personal": _("Rows as a file, with personal data, for a reason"),
    "fulfilment.every_gesture": _("The gestures that colleagues gave"),
    "orders.commissions": _("The marketplace's commissions"),
    "orders.quarantine": _("Records set aside: content, reading again"),
    "orders.unknown_members": _("Members of an order that no column is for"),
    "orders.channels": _("What each sales channel can do"),
    "orders.shared_views": _("Views of the list for a role or for everybody"),
    "orders.statistics": _("The shop's figures"),
    "orders.reread": _("Reading a period again"),
    "orders.accesses": _("Who looked at an order"),
    "fulfilment.outbox": _("Requests to the marketplace of the kinds one has to do with; take back one's own"),
    "fulfilment.every_kind": _("Requests to the marketplace of every kind"),
    "fulfilment.queue": _("What must leave and by when; pick lists and slips"),
    "fulfilment.accept": _("Accept orders"),
    "fulfilment.refuse": _("Refuse orders"),
    "fulfilment.ship": _("Declare shipments"),
    "fulfilment.pack": _("Claim and hold orders, end the holds when the truck is here, product table"),
    "fulfilment.answer": _("Answer what the pack station asks about an order"),
    "fulfilment.import": _("Tracking numbers from a carrier's file"),
    "fulfilment.cancel": _("Cancel; refunds up to the role's limit, proposals above it"),
    "fulfilment.gesture": _("Commercial gestures up to the role's limit, proposals above it"),
    "fulfilment.invoice": _("Attach invoices"),
    "fulfilment.approve": _("Confirm what a colleague proposed"),
    "fulfilment.withdraw_any": _("Take back or send now what others asked for"),
    "fulfilment.attention_accept": _("Settle acceptances that nobody answered clearly"),
    "fulfilment.attention_ship": _("Settle shipments that nobody answered clearly"),
    "fulfilment.attention_cancel": _("Settle cancellations that nobody answered clearly"),
    "fulfilment.attention_invoice": _("Settle invoices that nobody answered clearly"),
    "fulfilment.attention_propose": _("Propose to close refunds and gestures that nobody answered clearly"),
    "fulfilment.attention_refuse": _("Settle refusals that nobody answered clearly"),
    "fulfilment.attention_money": _("Settle refunds and gestures that nobody answered clearly"),
    "fulfilment.pause": _("Pause and resume sending"),
    "fulfilment.adopt": _("Let a moved or restored installation send"),
}


def label(right: str) -> str | Promise:
    """The words of a right; one that nobody named is shown as it is."""
    return LABELS.get(right, right)
