"""The way from the front door to the room where a role works."""

from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from backoffice.models import User
from backoffice.roles import HOMES, Role


def home(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    room = HOMES[Role(user.role)]
    return HttpResponseRedirect(reverse(room) + (user.last_view if room == "orders:list" else ""))
