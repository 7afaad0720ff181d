"""The way from the front door to the room where a role works."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("orders:list"))
