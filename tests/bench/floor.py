"""The plainest possible list, search and order page: one template each, a keyset query, no features."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path

from orders.models import Line, Order, SearchRow

ROWS = 50
NEWEST = ("-placed_at", "-id")


def _page(request: HttpRequest, orders: object) -> HttpResponse:
    return render(request, "floor/list.html", {"orders": orders})


@login_required
def listing(request: HttpRequest) -> HttpResponse:
    return _page(request, Order.objects.filter(account=1).select_related("recipient").order_by(*NEWEST)[: ROWS + 1])


@login_required
def search(request: HttpRequest, word: str) -> HttpResponse:
    found = SearchRow.objects.filter(account=1, word=word).order_by("-placed_at").values("order")[: ROWS + 1]
    ids = [row["order"] for row in found]
    return _page(request, Order.objects.filter(pk__in=ids).select_related("recipient").order_by(*NEWEST))


@login_required
def by_number(request: HttpRequest, number: str) -> HttpResponse:
    return _page(request, Order.objects.filter(account=1, number=number).select_related("recipient"))


@login_required
def detail(request: HttpRequest, number: str) -> HttpResponse:
    order = get_object_or_404(Order.objects.select_related("recipient"), account=1, number=number)
    lines = Line.objects.filter(order=order)
    return render(request, "floor/detail.html", {"order": order, "lines": lines, "parcels": order.parcels.all()})


urlpatterns = [
    path("list/", listing),
    path("search/<str:word>/", search),
    path("number/<str:number>/", by_number),
    path("orders/<str:number>/", detail),
]
