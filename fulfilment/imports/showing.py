"""The pages of imports, put together: the history, the columns with a sample, the rows with their verdicts."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fulfilment.batches import following
from fulfilment.batches import words as batch_words
from fulfilment.imports import columns, files, rows, steps, words
from fulfilment.imports.columns import NONE, Columns
from fulfilment.imports.rows import Checked
from fulfilment.known_parcels import listed
from fulfilment.models import Import
from fulfilment.outbox import switches
from octopia.contract.vocabulary import Verb
from orders import scope
from orders.words import grouped

PAGE = 50
LISTED = 30
SAMPLE = 5  # rows that the columns step shows
State = Import.State


def history(request: HttpRequest) -> dict[str, Any]:
    """Step 1, and below it the files there were: sent ones, and one's own that are not sent yet."""
    user, among = scope.person(request), scope.accounts(request)
    there = Import.objects.for_user(user).exclude(state=State.DISCARDED).select_related("account", "batch")
    there = (there.filter(state=State.SENT) | there.filter(author=user)).defer("rows")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        there = there.filter(pk__lt=int(before))
    else:
        before = ""
    found = list(there.order_by("-pk")[: LISTED + 1])
    more, found = len(found) > LISTED, found[:LISTED]
    progress = following.of_batches([imported.batch_id for imported in found if imported.batch_id])
    here = reverse("fulfilment:imports")
    return {
        "steps": _steps(None, 1),
        "accounts": among,
        "several": len(among) > 1,
        "rows": [_listed(imported, user.pk, progress) for imported in found],
        "older": f"?{urlencode({'before': found[-1].pk})}" if more else "",
        "newer": here if before else "",
    }


def choosing(request: HttpRequest, imported: Import, fault: str = "", chosen: Columns | None = None) -> dict[str, Any]:
    """Step 2: the first rows, and which column is what."""
    table = steps.table(imported)
    found = chosen or columns.of_json(imported.columns)
    width = max((len(row.cells) for row in table[: 20 + SAMPLE]), default=0)
    head = table[found.first - 1].cells if 0 < found.first <= len(table) else ()
    labels = [_column(place, head) for place in range(width)]
    return {
        **_common(imported, 2),
        "fault": fault,
        "sample": [(row.line, [columns.cell(row, place) for place in range(width)]) for row in _sample(table, found)],
        "labels": labels,
        "gone": not table,
        "fields": [
            {
                "name": name,
                "label": label,
                "needed": needed,
                "value": getattr(found, name),
                "options": [(NONE, _("None") if not needed else _("Choose")), *enumerate(labels)],
            }
            for name, label, needed in (
                ("order", _("Order number"), True),
                ("number", _("Tracking number"), True),
                ("carrier", _("Carrier, where the file tells it"), False),
                ("sku", _("SKU, where an order has several parcels"), False),
            )
        ],
        "carriers": listed(imported.account),
        "carrier_name": found.carrier_name,
    }


def checked(request: HttpRequest, imported: Import) -> dict[str, Any]:
    """Step 3: every row with its verdict, and what can be sent; when it was sent, how that goes on."""
    every = rows.of_json(imported.rows)
    word = request.GET.get("verdict", "")
    shown = [row for row in every if word in ("", row.verdict)]
    after = request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 6 else 0
    part = shown[start : start + PAGE]
    here: dict[str, str | int] = {"verdict": word} if word else {}
    clear = _orders(every, words.SENDABLE)
    look = _orders(every, words.LOOK)
    draft = imported.state == State.CHECKED
    return {
        **_common(imported, 3),
        "told": told(imported.counts, len(every)),
        "tabs": [_tab("", _("All"), len(every), word)]
        + [_tab(name, words.label(name), number, word) for name, number in _sorted(imported.counts)],
        "rows": [
            {
                "row": row,
                "label": capfirst(words.label(row.verdict)),
                "tone": words.tone(row.verdict),
                "why": words.sentence(row),
            }
            for row in part
        ],
        "shown": ngettext("%(rows)s of %(total)s row", "%(rows)s of %(total)s rows", len(shown))
        % {"rows": len(part), "total": grouped(len(shown))},
        "older": f"?{urlencode({**here, 'after': start + PAGE})}" if start + PAGE < len(shown) else "",
        "newer": f"?{urlencode(here)}" if start else "",
        "draft": draft,
        "seen": steps.version(imported),
        "unknown_only": bool(every) and not clear and not look and imported.counts.get(words.UNKNOWN, 0) == len(every),
        "damaged": imported.counts.get(words.DAMAGED, 0),
        "send": batch_words.title(Verb.SHIP, clear or look) if draft and (clear or look) else "",
        "send_looks": not clear,
        "send_all": batch_words.with_looks(Verb.SHIP, clear + look) if draft and clear and look else "",
        "left": sum(number for name, number in imported.counts.items() if name not in DONE),
        "sending_why_not": switches.why_not(imported.account, Verb.SHIP) if draft else "",
        "batch_told": _batch_told(imported),
    }


DONE = (words.SENDABLE, words.REPEATED, words.SAME, words.ASKED)


def told(counts: dict[str, int], number: int) -> str:
    """The page's one line: "214 rows: 198 can be sent · 9 already shipped"."""
    head = ngettext("%(n)s row", "%(n)s rows", number) % {"n": grouped(number)}
    parts = [f"{grouped(many)} {words.label(name)}" for name, many in _sorted(counts)]
    return _("%(rows)s: %(verdicts)s") % {"rows": head, "verdicts": " · ".join(parts)}


def _sorted(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(name, counts[name]) for name in words.VERDICTS if counts.get(name)]


def _orders(every: list[Checked], verdict: str) -> int:
    return len({row.order for row in every if row.verdict == verdict})


def _tab(name: str, label: str, number: int, current: str) -> dict[str, Any]:
    return {
        "label": capfirst(label),
        "count": grouped(number),
        "url": f"?{urlencode({'verdict': name})}" if name else "?",
        "current": name == current,
        "tone": {"danger": "danger", "warn": "warn"}.get(words.tone(name), "") if name else "",
    }


def _batch_told(imported: Import) -> str:
    if imported.batch is None:
        return ""
    return following.told(imported.batch, following.progress(imported.batch))[1]


def _listed(imported: Import, user_id: int, progress: dict[int, following.Progress]) -> dict[str, Any]:
    batch, number = imported.batch, sum(imported.counts.values())
    said = following.told(batch, progress[batch.pk])[1] if batch is not None else _("Not sent yet.")
    return {
        "imported": imported,
        "url": step_url(imported),
        "counts": told(imported.counts, number) if number else _("The columns are not chosen yet."),
        "said": said,
        "file": _file(imported, user_id),
    }


def _file(imported: Import, user_id: int) -> str:
    """The address of the file for its author, while it is kept."""
    if imported.author_id != user_id or files.until(imported) <= timezone.now():
        return ""
    return reverse("fulfilment:import-file", args=[imported.pk])


def step_url(imported: Import) -> str:
    """Where it goes on."""
    name = "fulfilment:import-columns" if imported.state == State.OPENED else "fulfilment:import"
    return reverse(name, args=[imported.pk])


def _common(imported: Import, step: int) -> dict[str, Any]:
    return {
        "imported": imported,
        "account": imported.account,
        "steps": _steps(imported, step),
        "until": files.until(imported),
    }


def _steps(imported: Import | None, at: int) -> list[dict[str, Any]]:
    """The four steps, with the address of those that can be gone to."""
    urls = [reverse("fulfilment:imports"), "", "", ""]
    if imported is not None:
        if imported.state in steps.DRAFTS:
            urls[1] = reverse("fulfilment:import-columns", args=[imported.pk])
        if imported.state != State.OPENED:
            urls[2] = reverse("fulfilment:import", args=[imported.pk])
        if imported.batch_id:
            urls[3] = reverse("fulfilment:batch", args=[imported.batch_id])
    names = (_("File"), _("Columns"), _("Check"), _("Send"))
    return [
        {"number": number, "label": label, "url": url if number != at else "", "current": number == at}
        for number, (label, url) in enumerate(zip(names, urls, strict=True), 1)
    ]


def _column(place: int, head: tuple[str, ...]) -> str:
    named = head[place] if place < len(head) and head[place] else ""
    letter = chr(65 + place) if place < 26 else f"A{chr(65 + place - 26)}" if place < 52 else f"B{chr(65 + place - 52)}"
    return f"{letter} · {named}" if named else _("Column %(letter)s") % {"letter": letter}


def _sample(table: list[Any], found: Columns) -> list[Any]:
    return table[found.first : found.first + SAMPLE]
