"""Notes beside an order: their page, which the order's page holds as a region, and writing them, also beside many."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from backoffice.models import User
from backoffice.pages import page
from orders import notes, ports, scope, selection, words
from orders.forms import NoteForm
from orders.lookup import TooSlow
from orders.models import Note, Order

NAMED = 20  # orders that the form names


@require_http_methods(["GET", "HEAD", "POST"])
def order_notes(request: HttpRequest, number: str) -> HttpResponse:
    """The notes, one of one's own opened by `note` (GET); a new one, or a change of one's own (POST)."""
    order, user = scope.order(request, number), scope.person(request)
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


@require_POST
def many(request: HttpRequest) -> HttpResponse:
    """The orders chosen in a list and the note's form; with `write`, the note beside each of them."""
    back = reverse("orders:list") + selection.view(request)
    try:
        chosen = selection.chosen(request, ports.MOST_AT_ONCE)
    except TooSlow:
        messages.warning(request, _("This view took too long to be read. Add a period or a status to it."))
        return HttpResponseRedirect(back)
    if not chosen.orders:
        messages.warning(request, _("None of these orders is here for you: choose at least one."))
        return HttpResponseRedirect(back)
    form = NoteForm(request.POST if "write" in request.POST else None)
    if form.is_valid():
        written = notes.write_all(chosen.orders, **form.cleaned_data, by=scope.person(request))
        said = ngettext(
            "The note is written beside %(count)s order.", "The note is written beside %(count)s orders.", written
        )
        messages.success(request, said % {"count": words.grouped(written)})
        return HttpResponseRedirect(back)
    numbers = Order.objects.filter(pk__in=[pk for pk, _account in chosen.orders[:NAMED]]).order_by("number")
    context = {
        "form": form,
        "count": len(chosen.orders),
        "numbers": list(numbers.values_list("number", flat=True)),
        "more": max(0, len(chosen.orders) - NAMED),
        "beyond": chosen.beyond,
        "most": ports.MOST_AT_ONCE,
        "posted": [(name, request.POST[name]) for name in ("view", "all") if request.POST.get(name)]
        + [("order", f"{pk}.{version}") for pk, version in selection.versions(request).items()],
        "back": back,
    }
    return page(request, "orders/many_notes.html", context, status=422 if form.errors else 200)


def _done(request: HttpRequest, order: Order, user: User) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return page(request, "orders/notes.html", _context(order, user, NoteForm(), None))
    return HttpResponseRedirect(f"{order.get_absolute_url()}?account={order.account.slug}#orders-notes")


def _context(order: Order, user: User, form: NoteForm, own: Note | None) -> dict[str, Any]:
    return {"order": order, "notes": notes.shown(notes.of(order), user), "note_form": form, "note_own": own}


def _own(request: HttpRequest, order: Order, user: User) -> Note | None:
    """The note that the address names, one's own; 404 for anybody else's."""
    pk = request.GET.get("note", "")
    if not pk:
        return None
    if not (pk.isascii() and pk.isdigit() and len(pk) < 16):
        raise Http404(_("There is no such note."))
    note: Note = get_object_or_404(Note, pk=int(pk), order=order, author=user)
    return note
