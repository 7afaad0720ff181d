"""Many invoices at once: each file is told apart by its name, judged by itself, and asked for by itself.

Between the check and the press the files wait in the store of invoices; what was checked goes with the form, signed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from backoffice.models import SellerAccount, User
from fulfilment import invoices, words
from fulfilment.models import Command, State
from fulfilment.outbox.asking import occupied_by
from fulfilment.outbox.refusals import Occupied, Refused, Stale
from fulfilment.verbs import invoice
from octopia.contract.lifecycle import Ability
from octopia.contract.rules import SHIPPED
from octopia.contract.vocabulary import Verb
from orders import lifecycle
from orders.models import Channel, Line, Order

SALT = "fulfilment.bulk_invoices"
KEPT = 24 * 3600  # seconds for which a check may be sent
FILES = 100  # of one upload, ZIP archives aside
TOGETHER = 300 * 1024 * 1024  # bytes of one upload, unpacked
ARCHIVE = 50 * 1024 * 1024  # bytes of a ZIP archive
DONE = (State.CONFIRMED, State.CLOSED_DONE, State.TAKEN)


@dataclass(frozen=True)
class Checked:
    """One file and what would become of it. `why_not`: the sentence, "" when it can be attached, then `signed` asks."""

    name: str
    number: str = ""
    why_not: str = ""
    warning: str = ""
    signed: str = ""


def check(uploads: "Sequence[UploadedFile[Any]]", account: SellerAccount, by: User) -> list[Checked]:
    """A verdict for each file, a bad one beside the good ones. Nothing is asked yet."""
    found: list[Checked] = []
    fit: list[invoices.File] = []
    for name, content, trouble in _contents(uploads[:FILES]):
        try:
            if trouble:
                raise invoices.Unfit(trouble)
            fit.append(invoices.checked(name, content))
        except invoices.Unfit as error:
            found.append(Checked(name, why_not=str(error)))
    orders = _orders(account, {file.stem for file in fit})
    taken: set[str] = set()
    for file in fit:
        found.append(_judged(file, orders.get(file.stem), taken, by))
        taken.add(file.stem)
    return found


def send(signed: Iterable[str], by: User, accounts: Sequence[SellerAccount]) -> tuple[list[Command], list[Checked]]:
    """Ask for each that was checked: the commands, and those that could not be asked with the reason."""
    commands, left = [], []
    scope = {account.pk for account in accounts}
    for text in signed:
        try:
            told: dict[str, Any] = signing.loads(text, salt=f"{SALT}.{by.pk}.", max_age=KEPT)
        except signing.BadSignature:
            left.append(Checked(_("a file"), why_not=_("The check is older than a day: choose the files again.")))
            continue
        order = Order.objects.filter(pk=told["order"], account__in=scope).select_related("account").first()
        content = invoices.content(told["sha256"])
        if order is None or content is None:
            left.append(Checked(told["name"], why_not=_("The file is not kept any more: choose it again.")))
            continue
        file = invoices.File(told["name"], content)
        try:
            commands.append(invoice.ask(order, file, by=by, seen=told["seen"], form_token=told["token"]))
        except Refused as error:
            left.append(Checked(file.name, order.number, why_not=str(error.verdict.words)))
        except Occupied as error:
            left.append(Checked(file.name, order.number, why_not=_occupied(error.command)))
        except Stale:
            left.append(Checked(file.name, order.number, why_not=_("The order changed meanwhile: check it again.")))
    return commands, left


def _signed(file: invoices.File, order: Order, by: User) -> str:
    told = {"order": order.pk, "seen": order.version, "name": file.name, "sha256": invoices.keep(file)}
    return signing.dumps(told | {"token": token_urlsafe(24)}, salt=f"{SALT}.{by.pk}.")


def missing(accounts: Sequence[SellerAccount]) -> "QuerySet[Order]":
    """Shipped orders of channels that take invoices, without one that was attached from here."""
    book = lifecycle.abilities_of(account.pk for account in accounts)
    takes = Q(pk__in=[])
    for account, channel in Channel.objects.filter(account__in=accounts).values_list("account", "code"):
        if book.of(account, channel)[Ability.INVOICES].value:
            takes |= Q(account=account, channel=channel)
    there = Command.objects.filter(order=OuterRef("pk"), kind=Verb.INVOICE, state__in=DONE)
    return Order.objects.filter(takes, status__in=list(SHIPPED)).exclude(Exists(there))


def _contents(uploads: "Iterable[UploadedFile[Any]]") -> Iterator[tuple[str, bytes, str]]:
    """(name, content, trouble) of each file, those of archives one by one."""
    together = 0
    for upload in uploads:
        name = upload.name or ""
        most = ARCHIVE if name.lower().endswith(".zip") else invoices.LARGEST
        if (upload.size or 0) > most:
            yield name, b"", _("The file is larger than 10 MB, or the archive than 50 MB: split it.")
            continue
        try:
            for inner, content in invoices.unpacked(name, upload.read(most + 1)):
                together += len(content)
                if together > TOGETHER:
                    yield inner, b"", _("All files together are too large: send them in several parts.")
                    return
                yield inner, content, ""
        except invoices.Unfit as error:
            yield name, b"", str(error)


def _orders(account: SellerAccount, numbers: set[str]) -> dict[str, Order]:
    lines = Prefetch("lines", Line.objects.order_by("position"))
    rows = Order.objects.filter(account=account, number__in=numbers).select_related("account").prefetch_related(lines)
    return {order.number: order for order in rows}


def _judged(file: invoices.File, order: Order | None, taken: set[str], by: User) -> Checked:
    if order is None:
        return Checked(file.name, why_not=_("No order has this number: the file's name must be the order's number."))
    if file.stem in taken:
        return Checked(file.name, order.number, why_not=_("The order is there twice in what you chose."))
    if (holder := occupied_by(order, Verb.INVOICE)) is not None:
        return Checked(file.name, order.number, why_not=_occupied(holder))
    verdict = lifecycle.verdict(order, Verb.INVOICE)
    if not verdict.offered:
        return Checked(file.name, order.number, why_not=verdict.words)
    warning = verdict.words if verdict.doubtful else ""
    return Checked(file.name, order.number, warning=warning, signed=_signed(file, order, by))


def _occupied(holder: Command) -> str:
    return _("%(what)s by %(who)s is under way for this order.") % {
        "what": words.VERBS[holder.kind], "who": holder.author_name or _("the program")
    }  # fmt: skip
