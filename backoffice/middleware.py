"""What every request passes: its language, its line in the log, and the table of rights. Deny by default."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django_structlog import middlewares

from backoffice import auth, roles, sessions
from backoffice.models import User

Answer = Callable[[HttpRequest], HttpResponse]

# Open before the second factor is set up: setting it up, and leaving.
_BEFORE_SECOND_FACTOR = {"mfa_activate_totp", "account_reauthenticate", "account_logout", "language", "metrics"}


class LocaleMiddleware:
    """The person's language, then the one chosen on the login page, then the browser's."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.user.language if request.user.is_authenticated else ""
        translation.activate(chosen or translation.get_language_from_request(request))
        request.LANGUAGE_CODE = translation.get_language()
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or "en")
        if not chosen:
            patch_vary_headers(response, ["Accept-Language"])
        return response


class RequestMiddleware(middlewares.RequestMiddleware):
    """The request's lines in the log: without the query, where names are searched for."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"


class AccessMiddleware:
    """Who may open what: sessions that have ended, pages without a row, persons without the right."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.why_ended = sessions.judge(request) if request.user.is_authenticated else ""  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers["Cache-Control"] = "no-store, private"  # every page may hold personal data
        patch_vary_headers(response, ["Cookie", "HX-Request"])
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        name = match.view_name if match else ""
        asks = roles.PAGES.get(name)
        if asks is None:
            raise PermissionDenied(f"The page {name} has no row in the table of rights.")
        if asks == roles.ANYBODY:
            return None
        if not request.user.is_authenticated:
            return _elsewhere(request, auth.login_url(request, getattr(request, "why_ended", "")), status=401)
        user = request.user
        if name not in _BEFORE_SECOND_FACTOR and _lacks_second_factor(request, user):
            return _elsewhere(request, reverse("mfa_activate_totp"), status=403)
        if asks != roles.SIGNED_IN and not user.has_perm(asks):
            raise PermissionDenied
        return None


def _elsewhere(request: HttpRequest, url: str, status: int) -> HttpResponse:
    """A browser is sent on; htmx is told by a header, and swaps nothing."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=status, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def _lacks_second_factor(request: HttpRequest, user: User) -> bool:
    """Asked of the database until it is there; the session remembers, since it cannot be removed afterwards."""
    if not auth.second_factor_required(user) or request.session.get("second_factor"):
        return False
    if auth.has_second_factor(user):
        request.session["second_factor"] = True
        return False
    return True
