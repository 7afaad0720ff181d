"""The plainest possible list, search, order page and figures: one template each, a keyset query, no features."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone

from orders.models import DayRollup, Line, Order, SearchRow, ShippedRollup

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


@login_required
def figures(request: HttpRequest) -> HttpResponse:
    """Sixty days: what came by channel, status and currency, and what was shipped by verdict and hours."""
    since = timezone.now().date() - timedelta(days=60)
    days = DayRollup.objects.filter(account=1, day__gt=since).values("day", "channel", "status", "currency")
    shipped = ShippedRollup.objects.filter(account=1, day__gt=since)
    context = {
        "days": days.annotate(orders=Sum("orders"), revenue=Sum("revenue")).order_by("day", "status"),
        "shipped": shipped.values("day", "verdict").annotate(orders=Sum("orders")).order_by("day", "verdict"),
        "hours": shipped.values("hours").annotate(orders=Sum("orders")).order_by("hours"),
        "to_ship": Order.objects.filter(account=1, status="InPreparation", ours=True).count(),
    }
    return render(request, "floor/figures.html", context)


urlpatterns = [
    path("figures/", figures),
    path("list/", listing),
    path("search/<str:word>/", search),
    path("number/<str:number>/", by_number),
    path("orders/<str:number>/", detail),
]
