"""What stands around the rows of the orders list, in words: tabs, menus, chips, counts, and why there is nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import typography, wording
from backoffice.models import SellerAccount, User
from orders import adding, filters, ports, queries, reasons, scope, search, words
from orders.filters import Filters
from orders.lookup import TooSlow, bounded
from orders.models import Change, Order
from orders.queries import CAP, Matching

LATELY = timedelta(days=14)  # within which a channel that asks us would have asked


def tabs(chosen: Filters, counts: dict[str, int], saved: dict[str, Any]) -> list[dict[str, Any]]:
    """The views that everybody has, then the saved ones; the one after the current takes the key that changes view."""
    found = [
        {
            "label": words.VIEWS[view],
            "url": filters.address(Filters(view=view, account=chosen.account)) or reverse("orders:list"),
            "count": words.capped(count),
            "current": chosen.view == view and not saved["current"],
            "tone": "danger" if view == "late" and count else "",
        }
        for view, count in counts.items()
    ]
    found += saved["tabs"]
    at = next((index for index, tab in enumerate(found) if tab["current"]), -1)
    following = found[(at + 1) % len(found)]
    following |= {"key": "v", "key_label": _("Next view")}
    return found


def menus(chosen: Filters, around: scope.Surroundings, among: Sequence[SellerAccount]) -> list[dict[str, Any]]:
    """The filters that are lists of choices, for `components/filter.html`."""
    named = dict(wording.statuses())
    statuses = {**named, **{word: wording.word(word).label for word in around.statuses if word not in named}}
    several: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
        ("status", statuses, chosen.status),
        ("channel", dict(around.channels), chosen.channel),
        ("mode", words.MODES, chosen.mode),
    ]
    one: list[tuple[str, dict[str, Any], str]] = [("deadline", words.DEADLINES, chosen.deadline)]
    if len(among) > 1:
        one.append(("account", {account.slug: account.name for account in among}, chosen.account))
    menus = [
        {
            "name": name,
            "label": filters.LABELS[name],
            "kind": "checkbox",
            "active": ", ".join(str(choices.get(value, value)) for value in values),
            "options": [
                {"value": value, "label": label, "checked": value in values} for value, label in choices.items()
            ],
        }
        for name, choices, values in several
    ]
    menus += [
        {
            "name": name,
            "label": filters.LABELS[name],
            "kind": "radio",
            "active": str(choices.get(value, "")) if value else "",
            "options": [
                {"value": "", "label": _("Any"), "checked": not value},
                *({"value": word, "label": label, "checked": word == value} for word, label in choices.items()),
            ],
        }
        for name, choices, value in one
    ]
    return menus


def chips(chosen: Filters, around: scope.Surroundings, among: Sequence[SellerAccount]) -> list[dict[str, str]]:
    """The filters in force, each with the address that is without it."""
    channels = dict(around.channels)
    values = {
        "account": next((account.name for account in among if account.slug == chosen.account), ""),
        "status": ", ".join(str(wording.word(word).label) for word in chosen.status),
        "channel": ", ".join(channels.get(code, code) for code in chosen.channel),
        "mode": ", ".join(str(words.MODES[mode]) for mode in chosen.mode),
        "deadline": str(words.DEADLINES.get(chosen.deadline, "")),
        "placed": str(words.PLACED.get(chosen.placed, "")) or period(chosen),
        "outcome": str(words.OUTCOMES.get(chosen.outcome, "")),
        "reason": reasons.words(chosen.reason, around.reasons),
        "currency": chosen.currency,
        "amount": amounts(chosen),
        "batch": chosen.batch,
        "customer": chosen.customer,
        "q": chosen.text,
        "pasted": _("from your list"),
    }

    def label(name: str, value: str) -> str:
        title = filters.LABELS[chosen.by] if name == "placed" and chosen.by else filters.LABELS[name]
        return f"{title}{typography.colon()}{value}" if value else str(title)

    return [
        {
            "label": label(name, values[name]),
            "url": filters.address(chosen.without(name)) or reverse("orders:list"),
        }
        for name in chosen.active()
        if name != "view"
    ]


def placed(chosen: Filters) -> list[dict[str, Any]]:
    """The periods that the filter offers."""
    choices = {"": _("Any"), **words.PLACED}
    return [{"value": value, "label": label, "checked": value == chosen.placed} for value, label in choices.items()]


def period(chosen: Filters) -> str:
    if chosen.by and not (chosen.begins or chosen.ends):
        return ""
    if chosen.begins and chosen.ends:
        return typography.days(chosen.begins, chosen.ends)
    begins, ends = (typography.days(day, day) if day else "" for day in (chosen.begins, chosen.ends))
    return _between(begins, ends)


def amounts(chosen: Filters) -> str:
    least, most = ("" if amount is None else typography.figure(amount) for amount in (chosen.least, chosen.most))
    return _between(least, most)


def _between(least: str, most: str) -> str:
    if not most:
        return _("from %(least)s") % {"least": least}
    return f"{least} – {most}" if least else _("up to %(most)s") % {"most": most}


def added_up(found: Sequence[adding.Total], user: User) -> dict[str, Any]:
    """The exact number of rows and their sums in words, as far as this person sees amounts."""
    orders = sum(one.orders for one in found)
    told: list[tuple[str, str]] = []
    for one in found if user.has_perm("orders.prices") else ():
        told.append((_("Total"), typography.amount(one.selling, one.currency)))
        if user.has_perm("orders.commissions"):
            told += [
                (title, typography.amount(amount, one.currency))
                for title, amount in ((_("Commission without VAT"), one.commission), (_("Service fees"), one.fees))
                if amount is not None
            ]
    counted = ngettext("%(total)s order", "%(total)s orders", orders) % {"total": words.grouped(orders)}
    return {"orders": counted, "sums": told}


def sorts(chosen: Filters, current: queries.Sorting) -> dict[str, dict[str, str]]:
    """For each sortable column: the address of its other order, and what `aria-sort` says now."""
    told: dict[str, dict[str, str]] = {}
    for column, field in (("placed", "placed_at"), ("deadline", "deadline")):
        if column == "deadline" and not queries.sorts_by_deadline(chosen):
            continue
        active = current.column == field
        other = column if active and current.descending else f"-{column}"
        if not active:
            other = "-placed" if column == "placed" else "deadline"
        told[column] = {
            "url": filters.address(Filters(**{**chosen.__dict__, "sort": other})),
            "aria": ("descending" if current.descending else "ascending") if active else "none",
        }
    return told


def shown(rows: int, total: int) -> str:
    if total > CAP:
        return _("%(rows)s of more than %(total)s orders") % {"rows": rows, "total": words.grouped(CAP)}
    return ngettext("%(rows)s of %(total)s order", "%(rows)s of %(total)s orders", total) % {
        "rows": rows,
        "total": words.grouped(total),
    }


def whole(rows: int, total: int) -> str:
    """The box that chooses every order of the view and not the page's alone; "" where the page holds them all."""
    if total <= rows:
        return ""
    if total > ports.MOST_AT_ONCE:
        return _("The first %(total)s of this view") % {"total": words.grouped(ports.MOST_AT_ONCE)}
    return _("All %(total)s of this view") % {"total": words.grouped(total)}


def hidden(chosen: Filters, found: search.Found | None, total: int) -> dict[str, str] | None:
    """How many hits of the search the filters hide, and the address that shows them."""
    if found is None or total >= len(found.ids):
        return None
    count = len(found.ids) - total
    return {
        "words": ngettext(
            "%(count)s more is hidden by your filters.", "%(count)s more are hidden by your filters.", count
        )
        % {"count": count},
        "url": filters.address(Filters(text=chosen.text, pasted=chosen.pasted)),
    }


def emptiness(
    chosen: Filters, accounts: Sequence[int], now: datetime, ids: Sequence[int] | None, found: search.Found | None
) -> dict[str, Any]:
    """Why there is no row: the filter that excludes most, with the address without it."""
    names = [name for name in chosen.active() if name not in ("q", "pasted", "account")]
    if found is not None and not found.ids:
        title = _("Type more of the number.") if found.short else _("Nothing found.")
        return {"title": title, "text": "", "url": "", "label": ""}
    told: dict[str, Any] = {"title": words.EMPTY[chosen.view], "text": "", "url": "", "label": ""}
    if not names or names == ["view"]:
        if chosen.view == "to-approve" and not _waited_lately(accounts, now):
            told["text"] = _("The channel may accept orders by itself: none has waited for you in the last 14 days.")
        return told
    try:
        with bounded():
            gained = queries.counts(*(Matching(chosen.without(name), accounts, now, ids) for name in names))
    except TooSlow:
        gained = [0] * len(names)
    told["title"] = _("No order passes these filters.")
    most, name = max(zip(gained, names, strict=True))
    if most:
        told["text"] = _("“%(filter)s” excludes most: without it %(count)s would be shown.") % {
            "filter": filters.LABELS[name],
            "count": words.capped(most),
        }
        told["url"] = filters.address(chosen.without(name)) or reverse("orders:list")
        told["label"] = _("Remove “%(filter)s”") % {"filter": filters.LABELS[name]}
    return told


def _waited_lately(accounts: Sequence[int], now: datetime) -> bool:
    """Has any order of these accounts waited for our decision in the last two weeks?"""
    versions = Change.objects.filter(order=OuterRef("pk"), fields__status__contains=queries.WAITS)
    lately = Order.objects.filter(Exists(versions), account__in=accounts, created_at__gte=now - LATELY)
    try:
        with bounded():
            return lately.exists()
    except TooSlow:  # a shop with that many orders is better told nothing than something wrong
        return True


def unsearched(user: User) -> str:
    """The fields that this person's search leaves out, as a sentence."""
    if not user.has_perm("orders.old_contacts"):
        return _(
            "Your role searches numbers, products and parcels, and the names and addresses of orders that are being"
            " prepared or were shipped in the last 30 days; no e-mail addresses and no gestures."
        )
    return ""
