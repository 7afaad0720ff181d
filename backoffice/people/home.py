"""The way from the front door to the room where a role works."""

from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from backoffice.models import User
from backoffice.roles import HOMES, Role


def home(request: HttpRequest) -> HttpResponse:
    role = Role(cast(User, request.user).role)
    return HttpResponseRedirect(reverse(HOMES[role]))
