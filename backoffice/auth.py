"""How allauth meets our people: who may sign in, how often they may try, and where secrets are kept.

The rights themselves are `User.has_perm`, which reads `roles.py`; nothing else answers that question.
"""

import math
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

import qrcode  # type: ignore[import-untyped]
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from qrcode.image.svg import SvgPathFillImage  # type: ignore[import-untyped]

from backoffice import crypto, sessions
from backoffice.models import User
from backoffice.people import demo
from backoffice.roles import NEEDS_SECOND_FACTOR

View = Callable[..., HttpResponse]


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Active people only; and the demo's people, whose passwords are printed, only in the demo."""

    def user_can_authenticate(self, user: User) -> bool:
        return bool(super().user_can_authenticate(user)) and not demo.shut_out(user)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """No sign-up, one sentence for every failed login, tries counted by name and address together."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("This user name and password do not belong together."),
        "email_password_mismatch": _("This user name and password do not belong together."),
        "incorrect_password": _("This is not your password."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_code": _("This code is not right, or was used already."),
        "invalid_password_reset": _("This link has ended or was used already."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        return False  # there is one form of each page, and it is HTML

    def is_safe_url(self, url: str | None) -> bool:
        return safe(self.request, url or "")

    def add_message(self, *args: Any, message: str | None = None, **kwargs: Any) -> None:
        """allauth's own sentences are left out; our views say what happened."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """None for the unknown, the wrong and the inactive alike."""
        user = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active and not demo.shut_out(user) else None

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            wait = waiting(request, "login_failed", self._get_login_attempts_cache_key(request, **credentials))
            raise ValidationError(patience(wait), code="too_many_login_attempts") from None

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By name and address: a stranger who guesses cannot lock the real person out."""
        name = str(credentials.get("email") or credentials.get("username") or "").lower()
        return f"{self.get_client_ip(request)} {name}"

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        request: HttpRequest = self.request
        return not sessions.fresh(request)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Seeds encrypted with a key that is not in the database."""

    def encrypt(self, text: str) -> str:
        return crypto.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not second_factor_required(cast(User, authenticator.user))

    def build_totp_svg(self, url: str) -> str:
        """On white of its own: no camera reads black on the dark theme."""
        drawing = qrcode.make(url, image_factory=SvgPathFillImage)
        return bytes(drawing.to_string()).decode()

    def get_totp_label(self, user: User) -> str:
        return str(user.username)


def second_factor_required(user: User) -> bool:
    """Managers and administrators need one; in the demo it is only offered."""
    return not settings.DEMO and user.role in NEEDS_SECOND_FACTOR


def has_second_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists())


def safe(request: HttpRequest, url: str) -> bool:
    """Whether a redirect to `url` stays on this site."""
    return url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure())


def waiting(request: HttpRequest, action: str, key: str | None = None) -> int:
    """Seconds until one more try is counted; 0 when one may be made now."""
    now, wait = time.time(), 0.0
    for rate in ratelimit.get_rates(app="allauth.account", action=action):
        name = ratelimit.get_cache_key(request, app="allauth.account", action=action, rate=rate, key=key)
        tries = cache.get(name, [])
        if len(tries) >= rate.amount:
            wait = max(wait, tries[-1] + rate.duration - now)
    return math.ceil(wait)


def patience(seconds: int) -> str:
    """The waiting time in a sentence."""
    minutes = max(1, math.ceil(seconds / 60))
    return ngettext(
        "Too many tries. Wait %(minutes)d minute, then try again.",
        "Too many tries. Wait %(minutes)d minutes, then try again.",
        minutes,
    ) % {"minutes": minutes}


def login_url(request: HttpRequest, why: str = "") -> str:
    """The login page that leads back to where this request came from: itself for a page, its page for a write."""
    back = came_from(request)
    asked = {"next": back} if safe(request, back) and back != "/" else {}
    if why:
        asked["why"] = why
    return reverse("account_login") + (f"?{urlencode(asked)}" if asked else "")


def came_from(request: HttpRequest) -> str:
    """The page behind a request: itself, or for a write and for htmx the page that holds the form; "/" if unknown."""
    if getattr(request, "htmx", False):
        try:
            return request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
        except ValueError:  # a header of somebody's own making
            return "/"
    return request.get_full_path() if request.method in {"GET", "HEAD"} else request.headers.get("Referer", "/")


def fresh_login(view: View) -> View:
    """For what needs a fresh login: the password is asked again when the last proof is over ten minutes old.

    What was sent is not kept: it would lie in the session in clear. The page says so and leads back.
    """

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if sessions.fresh(request):
            return view(request, *args, **kwargs)
        back = came_from(request)
        url = f"{reverse('account_reauthenticate')}?{urlencode({'next': back if safe(request, back) else '/'})}"
        if getattr(request, "htmx", False):
            return HttpResponse(status=401, headers={"HX-Redirect": url})
        return HttpResponseRedirect(url)

    return asked
