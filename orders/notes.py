"""Notes beside an order: who may write which, and how the order's page and its timeline show them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.models import User
from orders import folding
from orders.models import Note, Order
from orders.models.notes import LONGEST
from orders.ports import Bulk, Entry

AGAIN = timedelta(hours=1)
MOST = 50  # notes of an order that a page shows, the newest


@dataclass(frozen=True)
class NoteShown:
    """One note as a person sees it; `mine`: they may change it."""

    pk: int
    kind: str
    text: str
    who: str
    at: datetime
    changed_at: datetime | None
    mine: bool

    @property
    def for_packer(self) -> bool:
        return self.kind == Note.Kind.PACKER


def shown(notes: Iterable[Note], user: User) -> list[NoteShown]:
    return [
        NoteShown(
            note.pk, note.kind, note.text, note.author_name, note.at, note.changed_at, mine=note.author_id == user.pk
        )
        for note in notes
    ]


def of(order: Order) -> list[Note]:
    """The order's notes, what the packer must know first, then the newest; read once a page."""
    known: list[Note] | None = getattr(order, "_notes", None)
    if known is None and hasattr(order, "note_rows"):  # brought along by `sheet.found`
        known = [_read(row) for row in order.note_rows]
    if known is None:
        known = list(Note.objects.filter(order=order).order_by("kind", "-at")[:MOST])
    order._notes = known  # type: ignore[attr-defined]
    return known


def _read(row: dict[str, Any]) -> Note:
    moments = {name: row[name] and datetime.fromisoformat(row[name]) for name in ("at", "changed_at")}
    return Note(**row | moments)


def write(order: Order, kind: str, text: str, by: User) -> Note:
    note: Note = Note.objects.create(
        account_id=order.account_id, order=order, kind=kind, text=text, author=by, author_name=by.name or by.username
    )
    return note


def write_all(orders: Sequence[tuple[int, int]], kind: str, text: str, by: User) -> int:
    """The same note beside many orders, (id, account's id) each; how many have it now that had not.

    Sent twice it is written once: an order that got it from the same person within the hour is left alone.
    """
    with transaction.atomic():
        # the second press waits for the first; whoever only names the person, with an order locked, does not
        list(User.objects.select_for_update(no_key=True).filter(pk=by.pk).values("pk"))
        lately = Note.objects.filter(order__in=[pk for pk, _ in orders], author=by, kind=kind, text=text)
        known = set(lately.filter(at__gte=timezone.now() - AGAIN).values_list("order", flat=True))
        rows = [
            Note(
                account_id=account, order_id=pk, kind=kind, text=text, folded=folding.fold(text)[: 2 * LONGEST],
                author=by, author_name=by.name or by.username,
            )
            for pk, account in orders
            if pk not in known
        ]  # fmt: skip
        Note.objects.bulk_create(rows)
    return len(rows)


def bar(user: User) -> list[Bulk]:
    """The button below the orders list."""
    url = reverse("orders:many-notes")
    return [Bulk("note", _("Add a note"), "n", url)] if user.has_perm("orders.notes") else []


def change(note: Note, kind: str, text: str) -> None:
    """Say something else; the caller has made sure whose note it is."""
    note.kind, note.text, note.changed_at = kind, text, timezone.now()
    note.save()


def timeline(order: Order, _user: User) -> Iterator[Entry]:
    """The order's timeline: each note where it was written."""
    for note in of(order):
        title = _("Note for the packer") if note.kind == Note.Kind.PACKER else _("Note for the team")
        if note.changed_at:
            title = _("%(note)s, changed later") % {"note": title}
        yield Entry(note.at, "person", title, who=note.author_name, said=(note.text,))
