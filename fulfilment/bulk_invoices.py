"""Many invoices at once: each file is told apart by its name and judged by itself; what is fit becomes one batch.

Between the check and the press the files wait in the store of invoices; what was checked goes with the form, signed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _

from backoffice.models import SellerAccount, User
from fulfilment import invoices, words
from fulfilment.batches import putting
from fulfilment.batches.tokens import of_check
from fulfilment.models import OPEN, Batch, BatchItem, Command, State
from octopia.contract.vocabulary import Verb
from orders import lifecycle
from orders.lifecycle import Case, History
from orders.models import Line, Order

SALT = "fulfilment.bulk_invoices"
KEPT = 24 * 3600  # seconds for which a check may be sent
FILES = 100  # of one upload, ZIP archives aside
MOST = 1_000  # of one batch
TOGETHER = 300 * 1024 * 1024  # bytes of one upload, unpacked
ARCHIVE = 50 * 1024 * 1024  # bytes of a ZIP archive
AT_ONCE = 10  # files in memory


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
    desk = _Desk(account, by, token_urlsafe(24))
    found: list[Checked] = []
    fit: list[invoices.File] = []
    for name, content, trouble in _contents(uploads):
        try:
            if trouble:
                raise invoices.Unfit(trouble)
            fit.append(invoices.checked(name, content))
        except invoices.Unfit as error:
            found.append(Checked(name, why_not=str(error)))
        if len(fit) == AT_ONCE:
            found += desk.judged(fit)
            fit = []
    return found + desk.judged(fit)


def send(signed: Iterable[str], by: User, accounts: Sequence[SellerAccount]) -> tuple[Batch | None, list[Checked]]:
    """Send off what was checked, as one batch: the batch, and those that cannot be in it with the reason.

    One check makes one batch, however often and from wherever it is sent.
    """
    left: list[Checked] = []
    files: dict[str, dict[int, dict[str, Any]]] = {}
    for text in signed:
        try:
            told: dict[str, Any] = signing.loads(text, salt=f"{SALT}.{by.pk}.", max_age=KEPT)
        except signing.BadSignature:
            left.append(Checked(_("a file"), why_not=_("The check is older than a day: choose the files again.")))
            continue
        files.setdefault(told["check"], {})[told["order"]] = told
    if not files:
        return None, left
    token, chosen = next(iter(files.items()))  # others were put together by hand
    known = Order.objects.filter(pk__in=chosen, account__in=accounts).select_related("account")
    orders = {order.pk: order for order in known}
    for pk, told in chosen.items():
        if pk not in orders or not invoices.kept(told["sha256"]):
            left.append(Checked(told["name"], why_not=_("The file is not kept any more: choose it again.")))
            orders.pop(pk, None)
    items = [_item(orders[pk], told) for pk, told in chosen.items() if pk in orders]
    return (_batch(of_check(by.pk, token), items, by) if items else None), left


def _item(order: Order, told: Mapping[str, Any]) -> BatchItem:
    return BatchItem(
        account_id=order.account_id,
        order=order,
        number=order.number,
        order_version=told["seen"],
        payload={"name": told["name"], "sha256": told["sha256"]},
        answer=Batch.Group.CLEAR,
    )


def _batch(token: str, items: Sequence[BatchItem], by: User) -> Batch:
    """The batch of this check: a new one, or the one there is when it was sent twice."""
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                account_id=items[0].account_id,
                token=token,
                kind=Verb.INVOICE,
                author=by,
                author_name=str(by),
                options={"invoices": True},
            )
            for position, item in enumerate(items):
                item.batch, item.position = batch, position
            BatchItem.objects.bulk_create(items)
            putting.confirm(batch, look_too=True)
    except IntegrityError:
        return Batch.objects.get(token=token)
    return batch


def _contents(uploads: "Iterable[UploadedFile[Any]]") -> Iterator[tuple[str, bytes, str]]:
    """(name, content, trouble) of each file, those of archives one by one; each file has its answer."""
    together = files = 0
    for number, upload in enumerate(uploads, start=1):
        name = upload.name or ""
        most = ARCHIVE if name.lower().endswith(".zip") else invoices.LARGEST
        if number > FILES:
            yield name, b"", _("Up to 100 files at once: choose this one again afterwards.")
            continue
        if (upload.size or 0) > most:
            yield name, b"", _("The file is larger than 10 MB, or the archive than 50 MB: split it.")
            continue
        try:
            for inner, content in invoices.unpacked(name, upload.read(most + 1)):
                together, files = together + len(content), files + 1
                if together > TOGETHER or files > MOST:
                    yield inner, b"", _("All files together are too large: send them in several parts.")
                    break
                yield inner, content, ""
        except invoices.Unfit as error:
            yield name, b"", str(error)


class _Desk:
    """Judges the files of one check, a few at a time."""

    def __init__(self, account: SellerAccount, by: User, check: str) -> None:
        self.account, self.by, self.check = account, by, check
        self.book = lifecycle.abilities_of([account.pk])
        self.taken: set[str] = set()

    def judged(self, files: Sequence[invoices.File]) -> list[Checked]:
        names = {file.stem for file in files}
        lines = Prefetch("lines", Line.objects.order_by("position"))
        rows = Order.objects.filter(account=self.account, number__in=names).prefetch_related(lines)
        orders = {order.number: order for order in rows}
        closing = Q(state__in=OPEN) | Q(state=State.TAKEN, seen_at=None)
        held = Command.objects.filter(closing, order__in=[order.pk for order in rows], kind=Verb.INVOICE)
        holders = {command.subject: command for command in held}
        return [self._judged(file, orders.get(file.stem), holders) for file in files]

    def _judged(self, file: invoices.File, order: Order | None, holders: Mapping[str, Command]) -> Checked:
        if order is None:
            why_not = _("No order has this number: the file's name must be the order's number.")
            return Checked(file.name, why_not=why_not)
        if order.number in self.taken:
            return Checked(file.name, order.number, why_not=_("The order is there twice in what you chose."))
        self.taken.add(order.number)
        if (holder := holders.get(order.number)) is not None:
            return Checked(file.name, order.number, why_not=_occupied(holder))
        abilities = self.book.of(order.account_id, order.channel)
        verdict = Case(order, list(order.lines.all()), abilities, History()).verdict(Verb.INVOICE)
        if not verdict.offered:
            return Checked(file.name, order.number, why_not=verdict.words)
        warning = verdict.words if verdict.doubtful else ""
        return Checked(file.name, order.number, warning=warning, signed=self._signed(file, order))

    def _signed(self, file: invoices.File, order: Order) -> str:
        told = {"order": order.pk, "seen": order.version, "name": file.name, "sha256": invoices.keep(file)}
        return signing.dumps(told | {"check": self.check}, salt=f"{SALT}.{self.by.pk}.")


def _occupied(holder: Command) -> str:
    return _("%(what)s by %(who)s is under way for this order.") % {
        "what": words.VERBS[holder.kind], "who": holder.author_name or _("the program")
    }  # fmt: skip
