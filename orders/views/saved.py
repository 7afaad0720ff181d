"""The page of the saved views: kept, renamed, shared, put in order and removed here; used as tabs of the list. And the
columns that a person chose for theirs."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from backoffice.models import SavedView
from backoffice.pages import page
from orders import columns as orders_columns
from orders import listing, saved, scope, selection, words
from orders.forms import ViewForm

STEPS = {"up": -1, "down": 1}


@require_http_methods(["GET", "HEAD", "POST"])
def views(request: HttpRequest) -> HttpResponse:
    """The person's views and those shared with them (GET); one more of them (POST)."""
    if request.method == "POST":
        return _keep(request)
    among = scope.accounts(request)
    around = scope.surroundings(among, timezone.now())
    user = scope.person(request)
    rows = [
        {
            "row": view.row,
            "url": saved.address(view.filters),
            "words": _told(view, listing.chips(view.filters, around, among)),
            "change": saved.may_change(user, view.row),
            "own": view.own,
        }
        for view in saved.read(request, among, around)
    ]
    return page(request, "orders/saved.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def view(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name for a view, or others who see it."""
    row = _changeable(request, pk)
    now = {"name": row.name, "audience": row.audience}
    form = ViewForm(request.POST if request.method == "POST" else None, user=scope.person(request), initial=now)
    if form.is_valid():
        row.name = form.cleaned_data["name"]
        row.audience = form.cleaned_data.get("audience", row.audience)
        if _stored(request, row):
            messages.success(request, _("The view “%(name)s” is saved.") % {"name": row.name})
            return HttpResponseRedirect(reverse("orders:views"))
        form.taken()
    return page(request, "orders/saved_view.html", {"form": form, "row": row}, status=422 if form.errors else 200)


@require_POST
def removal(request: HttpRequest, pk: int) -> HttpResponse:
    row = _changeable(request, pk)
    row.delete()
    saved.forget(scope.person(request))
    messages.success(request, _("The view “%(name)s” is removed.") % {"name": row.name})
    return HttpResponseRedirect(reverse("orders:views"))


@require_POST
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """One place up or down among its owner's views."""
    row = _changeable(request, pk)
    saved.move(row, STEPS.get(request.POST.get("step", ""), 0))
    saved.forget(scope.person(request))
    return HttpResponseRedirect(reverse("orders:views"))


@require_POST
def columns(request: HttpRequest) -> HttpResponse:
    """Which columns this person's lists have from now on; back to the list that it was chosen in."""
    user, among = scope.person(request), scope.accounts(request)
    ticked = [] if "usual" in request.POST else request.POST.getlist("columns")
    user.columns = orders_columns.chosen(ticked, user, several=len(among) > 1)
    user.save(update_fields=["columns"])
    asked = selection.read(QueryDict(request.POST.get("list", "").removeprefix("?")), request, among)
    return HttpResponseRedirect(saved.address(replace(asked.filters, columns=())), status=303)


def _keep(request: HttpRequest) -> HttpResponse:
    user = scope.person(request)
    form = ViewForm(request.POST, user=user)
    if form.is_valid():
        address = saved.kept(form.cleaned_data["address"], request, scope.accounts(request))
        row = SavedView(
            owner=user,
            name=form.cleaned_data["name"],
            audience=form.cleaned_data.get("audience", ""),
            address=address,
            position=saved.last_place(user),
        )
        if SavedView.objects.filter(owner=user).count() >= saved.MOST:
            form.add_error(None, _("%(most)s views are the most. Remove one first.") % {"most": saved.MOST})
        elif _stored(request, row):
            messages.success(request, _("The view “%(name)s” is saved.") % {"name": row.name})
            return HttpResponseRedirect(reverse("orders:list") + address)
        else:
            form.taken()
    return page(request, "orders/saved_view.html", {"form": form, "row": None}, status=422)


def _stored(request: HttpRequest, row: SavedView) -> bool:
    """Whether it could be stored: an owner has no two views of one name."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        return False
    saved.forget(scope.person(request))
    return True


def _changeable(request: HttpRequest, pk: int) -> SavedView:
    row = get_object_or_404(SavedView, pk=pk)
    if not saved.changeable(request, row):
        raise Http404
    return row


def _told(view: saved.View, chips: list[dict[str, Any]]) -> str:
    """What the view keeps, in words: "To ship · Channel: Cdiscount"."""
    own = [_("its own columns")] if view.filters.columns else []
    return " · ".join([str(words.VIEWS[view.filters.view]), *(str(chip["label"]) for chip in chips), *own])
