"""Many orders at once: the batches there are, one batch as preview, progress and result, and the steps of a person."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from backoffice.pages import page
from fulfilment.batches import choosing, following, making, parcels, putting, showing
from fulfilment.batches.kinds import KINDS
from fulfilment.batches.previewing import Changed, Empty
from fulfilment.models import Batch, BatchItem
from orders import scope, selection
from orders.lookup import TooSlow


@require_http_methods(["GET", "HEAD", "POST"])
def batches(request: HttpRequest) -> HttpResponse:
    """The batches of this person's accounts (GET); a selection becomes a batch, and its preview opens (POST)."""
    if request.method == "POST":
        return _make(request)
    return page(request, "fulfilment/batches.html", showing.all_of(request))


def _make(request: HttpRequest) -> HttpResponse:
    user = scope.person(request)
    kind = KINDS.get(request.POST.get("verb", ""))
    if kind is None or not kind.listed:
        messages.warning(request, _("Choose what is to be asked of these orders."))
        return HttpResponseRedirect(reverse("orders:list"))
    if not user.has_perm(kind.right):
        raise PermissionDenied
    token = choosing.token(request, user)
    former = Batch.objects.for_user(user).filter(token=token).first()
    if former is not None:
        return HttpResponseRedirect(_url(former))
    back = reverse("orders:list") + selection.view(request)
    try:
        chosen = choosing.chosen(request)
    except TooSlow:
        messages.warning(request, _("This view took too long to be read. Add a period or a status to it."))
        return HttpResponseRedirect(back)
    if not chosen:
        messages.warning(request, _("None of these orders is here for you: choose at least one."))
        return HttpResponseRedirect(back)
    if len(chosen) > 1:
        context = {"choices": chosen, "kind": kind, "back": back, "posted": choosing.posted(request)}
        return page(request, "fulfilment/accounts.html", context, status=409)
    [(account, orders)] = chosen.items()
    return HttpResponseRedirect(_url(making.make(kind, account, orders, user, token)))


@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """The preview, then how far it is, then what became of it (GET; a poll gets 204 while nothing changed).

    Sending it off (POST): twice is as good as once.
    """
    found = _batch(request, pk)
    if request.method == "POST":
        return _confirm(request, found)
    if found.state == Batch.State.DISCARDED:
        return page(request, "fulfilment/batch.html", showing.discarded(found), status=410)
    if found.state == Batch.State.DRAFT:
        return page(request, "fulfilment/batch.html", showing.preview(request, found))
    now = following.progress(found)
    if request.htmx and request.GET.get("seen") == following.version(found, now):  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    return page(request, "fulfilment/batch.html", showing.progress(request, found, now))


def _confirm(request: HttpRequest, found: Batch) -> HttpResponse:
    _author(request, found)
    try:
        putting.confirm(found, look_too="look" in request.POST, seen=request.POST.get("seen", ""))
    except Changed:
        said = _("This preview was changed on another page since. Look at it once more; nothing was sent.")
        messages.warning(request, said)
    except Empty:
        messages.warning(request, _("Nothing is left to be sent off."))
    return HttpResponseRedirect(_url(found))


@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing more leaves, or it goes on: `on` is yes or no."""
    found = _steered(request, pk)
    if request.POST.get("on") == "no":
        putting.resume(found)
    else:
        putting.pause(found)
    return _back(request, found)


@require_POST
def withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what has not left."""
    found = _steered(request, pk)
    putting.withdraw(found, scope.person(request))
    return _back(request, found)


@require_POST
def item(request: HttpRequest, pk: int, position: int) -> HttpResponse:
    """Leave one order out of a preview, or take it in again."""
    found = _draft(request, pk)
    one = get_object_or_404(BatchItem, batch=found, position=position)
    choosing.leave_out(found, one.position, out=request.POST.get("out") != "no")
    if "carrier" in request.POST:  # the button stands in the form of the numbers: what was typed there stays
        _note(request, found)
    return _back(request, found)


@require_POST
def numbers(request: HttpRequest, pk: int) -> HttpResponse:
    """The carrier, and the tracking numbers of a preview: those typed on the page, and those pasted."""
    found = _draft(request, pk)
    _note(request, found)
    return _back(request, found)


def _note(request: HttpRequest, found: Batch) -> None:
    """Keep what the form of the numbers says, and tell what became of it."""
    choosing.keep_carrier(found, request.POST.get("carrier", ""))
    typed = {
        int(named): request.POST.get(name, "")
        for name in request.POST
        if (named := name.removeprefix("number-")) != name and named.isdecimal() and len(named) < 19
    }
    group = request.POST.get("group", "")
    told = parcels.note(
        found, typed, request.POST.get("column", "")[:60_000], scope.accounts(request),
        group if group in (Batch.Group.CLEAR, Batch.Group.LOOK) else "",
    )  # fmt: skip
    if told.kept:
        said = ngettext("%(n)s tracking number kept.", "%(n)s tracking numbers kept.", told.kept)
        messages.success(request, said % {"n": told.kept})
    if told.twice:
        said = _("These numbers stand beside more than one order and were left out: %(numbers)s")
        messages.warning(request, said % {"numbers": ", ".join(told.twice[:10])})
    for number, order in list(told.elsewhere.items())[:10]:
        said = _(
            "%(number)s was left out: order %(order)s has it already. Two orders in one parcel are shipped one by one."
        )
        messages.warning(request, said % {"number": number, "order": order})
    if told.spare:
        said = ngettext(
            "%(n)s pasted number was not used: every order has one.",
            "%(n)s pasted numbers were not used: every order has one.",
            len(told.spare),
        )
        messages.warning(request, said % {"n": len(told.spare)})
    if told.strange:
        said = ngettext(
            "%(n)s pasted line names no order of this list and was not used: %(lines)s",
            "%(n)s pasted lines name no order of this list and were not used: %(lines)s",
            len(told.strange),
        )
        messages.warning(request, said % {"n": len(told.strange), "lines": " · ".join(told.strange[:10])})


def _batch(request: HttpRequest, pk: int) -> Batch:
    """One batch of this person's accounts; a preview is its author's alone."""
    user = scope.person(request)
    found: Batch = get_object_or_404(Batch.objects.for_user(user).select_related("account"), pk=pk)
    if found.state == Batch.State.DRAFT and found.author_id != user.pk:
        raise Http404
    if not user.has_perm("fulfilment.every_kind") and not user.has_perm(KINDS[found.kind].right):
        raise PermissionDenied
    return found


def _author(request: HttpRequest, found: Batch) -> None:
    user = scope.person(request)
    if found.author_id != user.pk or not user.has_perm(KINDS[found.kind].right):
        raise PermissionDenied


def _draft(request: HttpRequest, pk: int) -> Batch:
    found = _batch(request, pk)
    _author(request, found)
    return found


def _steered(request: HttpRequest, pk: int) -> Batch:
    """A batch that this person may pause and take back: their own, or anybody's by right."""
    found = _batch(request, pk)
    if not showing.may_steer(scope.person(request), found):
        raise PermissionDenied
    return found


def _url(found: Batch, **query: Any) -> str:
    asked = {name: value for name, value in query.items() if value}
    return reverse("fulfilment:batch", args=[found.pk]) + (f"?{urlencode(asked)}" if asked else "")


def _back(request: HttpRequest, found: Batch) -> HttpResponse:
    """To the place in the page that the step was taken from."""
    return HttpResponseRedirect(
        _url(found, **{name: request.POST.get(name, "")[:20] for name in ("group", "state", "after")}), status=303
    )
