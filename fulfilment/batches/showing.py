"""The pages of batches, put together: each in a number of queries that does not grow with its orders."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from backoffice.models import User
from fulfilment import carriers
from fulfilment.batches import following, previewing, words
from fulfilment.batches.following import Progress
from fulfilment.batches.kinds import KINDS
from fulfilment.models import Batch, BatchItem
from fulfilment.outbox import switches
from orders import scope
from orders.models import Carrier
from orders.ports import MOST_AT_ONCE
from orders.words import grouped

PAGE = 50
LISTED = 30
Group = Batch.Group
GROUPS: dict[str, Promise] = {
    Group.CLEAR: gettext_lazy("Clear"),
    Group.LOOK: gettext_lazy("Look first"),
    Group.NOT: gettext_lazy("Not possible here"),
}


def title(batch: Batch, orders: int) -> str:
    return words.title(batch.kind, orders)


def may_steer(user: User, batch: Batch) -> bool:
    """May this person pause the batch and take it back?"""
    return user.has_perm("fulfilment.withdraw_any") or (
        batch.author_id == user.pk and user.has_perm(KINDS[batch.kind].right)
    )


def preview(request: HttpRequest, batch: Batch) -> dict[str, Any]:
    version = previewing.version(batch)  # before what it is of is read: it is never newer than the page
    found = {part.group: part for part in previewing.parts(batch)}
    clear, look = found[Group.CLEAR], found[Group.LOOK]
    group = request.GET.get("group", "")
    if group not in found:
        group = next(
            (name for name in (Group.LOOK, Group.CLEAR) if found[name].orders + found[name].left_out), Group.NOT
        )
    kind, all_of = KINDS[batch.kind], clear.orders + look.orders
    sends = clear.numbered + look.numbered
    items = BatchItem.objects.filter(batch=batch, answer=group)
    rows, after = _rows(request, items)
    listed = [_preview_row(row, batch.options.get("carrier", "")) for row in rows]
    needed = kind.parcels and not batch.options.get("carrier")
    return {
        **_common(batch),
        "state": "draft",
        "version": version,
        "heading": title(batch, all_of + clear.left_out + look.left_out + found[Group.NOT].orders),
        "happens": words.happens(batch.kind),
        "notes": _notes(batch, sum(part.left_out for part in found.values())),
        "tabs": [
            {
                "label": GROUPS[name],
                "count": str(part.orders + part.left_out),
                "url": f"?{urlencode({'group': name})}",
                "current": name == group,
                "tone": "warn" if name == Group.LOOK and part.orders else "",
            }
            for name, part in found.items()
        ],
        "part": found[group],
        "possible": group != Group.NOT,
        "rows": listed,
        "explained": len(found[group].reasons) > 1 or any(row["changed"] for row in listed),  # one is said above
        "group": group,
        "after": request.GET.get("after", ""),
        "older": f"?{urlencode({'group': group, 'after': after})}" if after else "",
        "newer": f"?{urlencode({'group': group})}" if request.GET.get("after") else "",
        "shown": _shown(len(rows), found[group].orders + found[group].left_out),
        "parcels": kind.parcels,
        "carriers": _carriers(batch) if kind.parcels else [],
        "carrier": batch.options.get("carrier", ""),
        "missing": _missing(kind.parcels, all_of - sends, needed),
        "send": words.title(batch.kind, clear.numbered or look.numbered) if sends and not needed else "",
        "send_looks": bool(not clear.numbered and look.numbered),
        "send_all": words.with_looks(batch.kind, sends) if clear.numbered and look.numbered and not needed else "",
        "leaves_by": previewing.leaves_by(batch.account, batch.kind, sends, timezone.now()) if sends else None,
        "sending_why_not": switches.why_not(batch.account, batch.kind),
    }


def progress(request: HttpRequest, batch: Batch, now: Progress) -> dict[str, Any]:
    user = scope.person(request)
    name = request.GET.get("state", "")
    items = following.narrowed(batch, name)
    rows, after = _rows(request, items.select_related("command"))
    tone, told = following.told(batch, now)
    steer = may_steer(user, batch) and now.open > 0
    here = {key: value for key in ("state", "after") if (value := request.GET.get(key, ""))}
    seen = following.version(batch, now)
    unsent = now.unsent if batch.state != Batch.State.WITHDRAWN else 0
    return {
        **_common(batch),
        "state": batch.state,
        "heading": title(batch, now.asked),
        "as_list": f"{reverse('orders:list')}?batch={batch.pk}",
        "now": now,
        "tone": tone,
        "told": told,
        "done": _("%(ended)s of %(all)s have ended") % {"ended": now.ended, "all": now.asked},
        "tabs": [
            {
                "label": label,
                "count": str(number),
                "url": f"?{urlencode({'state': word})}" if word else reverse("fulfilment:batch", args=[batch.pk]),
                "current": word == name,
                "tone": "danger" if word in ("attention", "refused") else "",
            }
            for word, label, number in following.tabs(now)
        ],
        "rows": [_progress_row(row) for row in rows],
        "group": "",
        "filter": name,
        "after": here.get("after", ""),
        "older": f"?{urlencode({**here, 'after': after})}" if after else "",
        "newer": f"?{urlencode({'state': name})}" if here.get("after") else "",
        "shown": _shown(len(rows), items.count()),
        "poll": f"?{urlencode({**here, 'seen': seen})}" if now.in_flight > 0 else "",
        "pausable": steer and batch.state == Batch.State.RUNNING and unsent > 0,
        "resumable": steer and batch.state == Batch.State.PAUSED,
        "unsent": unsent if steer else 0,
        "take_back": ngettext("Take back %(n)s that has not left", "Take back %(n)s that have not left", unsent)
        % {"n": unsent},
        "leaves_by": (
            previewing.leaves_by(batch.account, batch.kind, now.to_put, timezone.now())
            if unsent and batch.state == Batch.State.RUNNING
            else None
        ),
        "sending_why_not": switches.why_not(batch.account, batch.kind) if now.unsent else "",
    }


def discarded(batch: Batch) -> dict[str, Any]:
    return {**_common(batch), "state": "discarded", "heading": _("Thrown away")}


def all_of(request: HttpRequest) -> dict[str, Any]:
    """The list, newest first: previews of one's own only, and batches of the kinds that one has to do with."""
    user = scope.person(request)
    mine = request.GET.get("whose") == "mine"
    rows = Batch.objects.for_user(user).select_related("account").exclude(state=Batch.State.DISCARDED)
    rows = rows.exclude(~Q(author=user), state=Batch.State.DRAFT)
    if not user.has_perm("fulfilment.every_kind"):
        rows = rows.filter(kind__in=[kind.verb for kind in KINDS.values() if user.has_perm(kind.right)])
    if mine:
        rows = rows.filter(author=user)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    else:
        before = ""
    page = list(rows.order_by("-pk")[: LISTED + 1])
    more, page = len(page) > LISTED, page[:LISTED]
    now = following.of_batches([batch.pk for batch in page])
    whose = {"whose": "mine"} if mine else {}
    here = reverse("fulfilment:batches")
    return {
        "tabs": [
            {"label": pgettext("batches", "All"), "url": here, "current": not mine},
            {"label": _("Mine"), "url": f"{here}?whose=mine", "current": mine},
        ],
        "rows": [_listed(batch, now[batch.pk]) for batch in page],
        "several": len(scope.accounts(request)) > 1,
        "older": f"?{urlencode({**whose, 'before': page[-1].pk})}" if more else "",
        "newer": f"{here}?{urlencode(whose)}" if before else "",
        "shown": "",
        "mine": mine,
    }


def _listed(batch: Batch, now: Progress) -> dict[str, Any]:
    draft = batch.state == Batch.State.DRAFT
    tone, told = ("neutral", _("Preview, nothing is sent yet")) if draft else following.told(batch, now)
    heading = title(batch, now.to_put + now.failed + now.not_asked if draft else now.asked)
    return {"batch": batch, "heading": heading, "tone": tone, "told": told}


def _common(batch: Batch) -> dict[str, Any]:
    return {
        "batch": batch,
        "account": batch.account,
        "here": reverse("fulfilment:batch", args=[batch.pk]),
        **_back(batch),
    }


def _back(batch: Batch) -> dict[str, str]:
    """Where it came from: the list it was chosen in, or the file it was made of."""
    if imported := batch.options.get("import"):
        return {"back": reverse("fulfilment:import", args=[imported]), "back_label": _("Back to the file")}
    if batch.options.get("invoices"):
        return {"back": reverse("fulfilment:invoices"), "back_label": _("Back to the invoices")}
    return {"back": reverse("orders:list") + batch.view, "back_label": _("Back to the list")}


def _rows(request: HttpRequest, items: Any) -> tuple[list[BatchItem], str]:
    """One page of a batch's orders, and from where to go on."""
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit() and len(after) < 6:
        items = items.filter(position__gt=int(after))
    found = list(items.select_related("order").defer("order__fees").order_by("position")[: PAGE + 1])
    return found[:PAGE], str(found[PAGE - 1].position) if len(found) > PAGE else ""


def _preview_row(item: BatchItem, carrier: str) -> dict[str, Any]:
    number = item.payload.get("number", "")
    checked = carriers.check(number, carrier) if number and carrier else None
    return {
        "item": item,
        "order": item.order,
        "url": item.order.get_absolute_url(),
        "why": words.why(item.why, item.verdict),
        "changed": item.order.version != item.order_version,
        "number": number,
        "doubt": checked.words if checked and checked.warns else "",
    }


def _progress_row(item: BatchItem) -> dict[str, Any]:
    said = item.command.reason if item.command else ""
    if not item.command and item.trouble:
        kept = item.trouble == words.NOT_POSSIBLE
        said = words.why(item.why if kept else item.trouble, item.verdict) or words.why(item.trouble, None)
    return {
        "item": item,
        "order": item.order,
        "url": item.order.get_absolute_url(),
        "command": item.command,
        "said": said,
        "number": item.payload.get("number") or item.payload.get("name", ""),
    }


def _notes(batch: Batch, left_out: int) -> list[str]:
    """What the set does not hold, in sentences."""
    notes = []
    if unknown := batch.options.get("unknown"):
        notes.append(
            ngettext(
                "%(n)s of the orders you chose is not here for you, and was left out.",
                "%(n)s of the orders you chose are not here for you, and were left out.",
                unknown,
            )
            % {"n": unknown}
        )
    if batch.options.get("beyond"):
        notes.append(
            _("The view holds more: a batch takes its first %(most)s orders.") % {"most": grouped(MOST_AT_ONCE)}
        )
    if left_out:
        notes.append(
            ngettext("%(n)s order is left out by hand.", "%(n)s orders are left out by hand.", left_out)
            % {"n": left_out}
        )
    return notes


def _missing(parcels: bool, without: int, no_carrier: bool) -> str:
    """What keeps orders of a shipping batch from being sent off."""
    if not parcels:
        return ""
    if no_carrier:
        return _("Choose the carrier.")
    if not without:
        return ""
    return ngettext(
        "%(n)s order has no tracking number yet: it would stay here.",
        "%(n)s orders have no tracking number yet: they would stay here.",
        without,
    ) % {"n": without}


def _carriers(batch: Batch) -> list[str]:
    labels: Iterable[str] = Carrier.objects.filter(account=batch.account_id).values_list("label", flat=True)
    return list(dict.fromkeys(labels))


def _shown(rows: int, total: int) -> str:
    return ngettext("%(rows)s of %(total)s order", "%(rows)s of %(total)s orders", total) % {
        "rows": rows,
        "total": grouped(total),
    }
