"""Notes beside an order: their page, which the order's page holds as a region, and writing them."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice.models import User
from backoffice.pages import page
from orders import notes, scope
from orders.forms import NoteForm
from orders.models import Note, Order


@require_http_methods(["GET", "HEAD", "POST"])
def order_notes(request: HttpRequest, number: str) -> HttpResponse:
    """The notes, one of one's own opened by `note` (GET); a new one, or a change of one's own (POST)."""
    order, user = _order(request, number), scope.person(request)
    own = _own(request, order, user)
    if request.method != "POST":
        form = NoteForm(initial={"kind": own.kind, "text": own.text} if own else None)
        return page(request, "orders/notes.html", _context(order, user, form, own))
    if own and "remove" in request.POST:
        own.delete()
        return _done(request, order, user)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return page(request, "orders/notes.html", _context(order, user, form, own), status=422)
    if own:
        notes.change(own, **form.cleaned_data)
    else:
        notes.write(order, **form.cleaned_data, by=user)
    return _done(request, order, user)


def _done(request: HttpRequest, order: Order, user: User) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return page(request, "orders/notes.html", _context(order, user, NoteForm(), None))
    return HttpResponseRedirect(f"{order.get_absolute_url()}?account={order.account.slug}#orders-notes")


def _context(order: Order, user: User, form: NoteForm, own: Note | None) -> dict[str, Any]:
    return {"order": order, "notes": notes.shown(notes.of(order), user), "note_form": form, "note_own": own}


def _order(request: HttpRequest, number: str) -> Order:
    slug = request.GET.get("account", "")
    wanted = [account.pk for account in scope.accounts(request) if slug in ("", account.slug)]
    found = Order.objects.filter(number=number, account__in=wanted).select_related("account").order_by("pk").first()
    if found is None:
        raise Http404(_("No order with this number is known here."))
    order: Order = found
    return order


def _own(request: HttpRequest, order: Order, user: User) -> Note | None:
    """The note that the address names, one's own; 404 for anybody else's."""
    pk = request.GET.get("note", "")
    if not pk:
        return None
    if not (pk.isascii() and pk.isdigit() and len(pk) < 16):
        raise Http404(_("There is no such note."))
    note: Note = get_object_or_404(Note, pk=int(pk), order=order, author=user)
    return note
