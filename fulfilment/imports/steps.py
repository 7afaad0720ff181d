"""The steps of an import: a file is brought, its columns are settled and its rows judged, it is sent once."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import msgspec
from django.db import IntegrityError, transaction
from django.utils import timezone

from backoffice.models import SellerAccount, User
from fulfilment import carriers
from fulfilment.batches import putting
from fulfilment.imports import checking, columns, files, rows, sheets
from fulfilment.imports.columns import Columns
from fulfilment.imports.refusals import Changed, SentBefore
from fulfilment.known_parcels import listed
from fulfilment.models import Batch, BatchItem, Import
from octopia.contract.vocabulary import Verb

DRAFTS = (Import.State.OPENED, Import.State.CHECKED)


def bring(name: str, content: bytes, account: SellerAccount, by: User) -> tuple[Import, bool]:
    """The import of this file, and whether it is new: who brings one again goes on where it stood, or sees it sent.

    Raises Unreadable.
    """
    same = Import.objects.filter(account=account, digest=files.digest(content)).order_by("-pk")
    former = same.filter(state=Import.State.SENT).first() or same.filter(author=by, state__in=DRAFTS).first()
    if former is not None:
        return former, False
    table = sheets.read(content)
    layout = columns.layout(table)
    found = _remembered(table, account, layout) or columns.recognised(table, account)
    imported = Import(
        account=account, author=by, author_name=str(by), name=name[:200], digest=files.keep(content), layout=layout,
        columns=found.as_json,
    )  # fmt: skip
    imported.save()
    return imported, True


def table(imported: Import) -> list[sheets.Row]:
    """The rows of its file; none when it is not kept any more."""
    content = files.content(imported.digest)
    return sheets.read(content) if content else []


def settle(imported: Import, found: Columns, among: Sequence[SellerAccount]) -> None:
    """Take these columns, and judge every row."""
    given = rows.given(table(imported), found)
    _keep(imported, checking.check(imported.account, among, given, found.carrier_name), found)


def version(imported: Import) -> str:
    """Changes whenever its rows are judged otherwise, or by other columns."""
    return sha256(msgspec.json.encode(imported.rows)).hexdigest()[:16]


def send(imported: Import, among: Sequence[SellerAccount], by: User, *, look_too: bool, seen: str = "") -> Batch:
    """Judge it once more, and send off what can be sent. `seen`: the version that the page showed. Raises Changed, or
    SentBefore."""
    if seen not in ("", version(imported)):
        raise Changed
    found = columns.of_json(imported.columns)
    before = rows.of_json(imported.rows)
    result = checking.check(imported.account, among, rows.of_json(imported.rows), found.carrier_name)
    if [(row.line, row.verdict) for row in result.rows] != [(row.line, row.verdict) for row in before]:
        _keep(imported, result, found)
        raise Changed
    wanted = [item for item in result.items if look_too or item.answer == Batch.Group.CLEAR]
    if not wanted:
        raise Changed
    try:
        with transaction.atomic():
            if not Import.objects.filter(pk=imported.pk, state=Import.State.CHECKED).update(
                state=Import.State.SENT, sent_at=timezone.now()
            ):
                raise SentBefore
            batch = _batch(imported, wanted, by)
            Import.objects.filter(pk=imported.pk).update(batch=batch)
            putting.confirm(batch, look_too=True)
    except IntegrityError:  # a colleague sent the same file just now
        raise SentBefore from None
    return batch


def _batch(imported: Import, items: list[BatchItem], by: User) -> Batch:
    batch = Batch.objects.create(
        account=imported.account,
        token=f"import-{imported.pk}",
        kind=Verb.SHIP,
        author=by,
        author_name=str(by),
        options={"import": imported.pk},
    )
    for position, item in enumerate(items):
        item.batch, item.position = batch, position
    BatchItem.objects.bulk_create(items)
    return batch


def _keep(imported: Import, result: checking.Result, found: Columns) -> None:
    imported.columns, imported.state = found.as_json, Import.State.CHECKED
    imported.rows, imported.counts = [row.as_json for row in result.rows], result.counts
    kept = Import.objects.filter(pk=imported.pk, state__in=DRAFTS)
    kept.update(columns=imported.columns, rows=imported.rows, counts=imported.counts, state=imported.state)


def _remembered(table: Sequence[sheets.Row], account: SellerAccount, layout: str) -> Columns | None:
    """The columns of the last file that was sent and laid out like this one."""
    last = Import.objects.filter(account=account, layout=layout, state=Import.State.SENT).order_by("-pk").first()
    if last is None:
        return None
    found = columns.of_json(last.columns)
    known = {carriers.plain(label): label for label in listed(account)}
    name = known.get(carriers.plain(found.carrier_name), "")
    return replace(found, first=columns.head_at(table) + 1, carrier_name=name, sure=True)
